/**
 * The machine that numbers come from: its CPU, memory and limits, and a name for its folder of results.
 *
 * @module
 */
import { cpus } from "node:os";
import { probe, type Probed, runText } from "./probe.ts";

/** The processor. */
export interface Cpu {
  /** E.g. `AMD EPYC 9B45`. */
  readonly model: string;
  /** E.g. `AuthenticAMD`. */
  readonly vendor: string | null;
  /** Logical processors that this process may use. */
  readonly cores: number;
  /** Threads that share a core. */
  readonly threadsPerCore: number | null;
  /** Instruction sets and other features, as the kernel names them; `null` if not known. */
  readonly features: readonly string[] | null;
  /** Cache sizes by level as `lscpu` words them, e.g. `48 KiB (1 instance)`. */
  readonly caches: Readonly<Record<string, string>>;
  /** The hypervisor, or `null` on bare metal. */
  readonly hypervisor: string | null;
}

/** What could be learnt of the machine. */
export interface Machine {
  /** The processor. */
  readonly cpu: Probed<Cpu>;
  /** Memory in bytes. */
  readonly memory: Probed<{
    /** Installed. */
    readonly totalBytes: number;
    /** Free for use when asked. */
    readonly availableBytes: number;
  }>;
  /** Operating system and its kernel's release, e.g. `linux 6.1.0`. */
  readonly kernel: Probed<string>;
  /** What decides the clock rate, e.g. `performance`. */
  readonly governor: Probed<string>;
  /** Processor time that the container may use, e.g. `200000 100000` (quota and period in µs) or `max 100000`. */
  readonly cpuLimit: Probed<string>;
  /** Memory that the container may use in bytes, or `max`. */
  readonly memoryLimit: Probed<string>;
}

/** Asks the system. Takes some 20 ms, waits for no permission, and never fails: see {@linkcode Probed}. */
export async function probeMachine(): Promise<Machine> {
  const read = (path: string): Promise<Probed<string>> =>
    probe(() => runText("cat", path).then((text) => text.trim()));
  const [cpu, memory, kernel, governor, cpuLimit, memoryLimit] = await Promise.all([
    probe(probeCpu),
    probe(() => {
      const { total, available } = Deno.systemMemoryInfo();
      return { totalBytes: total, availableBytes: available };
    }),
    probe(() => `${Deno.build.os} ${Deno.osRelease()}`),
    read("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor"),
    read("/sys/fs/cgroup/cpu.max"),
    read("/sys/fs/cgroup/memory.max"),
  ]);
  return { cpu, memory, kernel, governor, cpuLimit, memoryLimit };
}

async function probeCpu(): Promise<Cpu> {
  const cores = navigator.hardwareConcurrency;
  const detailed = await probe(async () => parseCpu(await runText("lscpu", "--json"), cores));
  if (detailed.value !== null) return detailed.value;
  // Systems without lscpu, macOS among them, still tell the model.
  const model = await probe(() => cpus()[0]?.model ?? "");
  if (!model.value) throw new Error(detailed.reason);
  const unknown = { vendor: null, threadsPerCore: null, features: null, hypervisor: null };
  return { model: plainModel(model.value), cores, caches: {}, ...unknown };
}

/**
 * What `lscpu --json` says.
 *
 * @param cores Logical processors that this process may use, which `lscpu` does not know.
 * @throws {SyntaxError} If the text is not what `lscpu --json` writes.
 */
export function parseCpu(text: string, cores: number): Cpu {
  const { lscpu } = JSON.parse(text) as { lscpu?: LscpuField[] };
  const fields = new Map(
    flat(lscpu ?? []).map(({ field, data }) => [field.replace(/:$/, ""), data]),
  );
  const model = fields.get("Model name");
  if (!model) throw new SyntaxError('Cannot read lscpu: no "Model name"');
  const caches = [...fields].filter(([field]) => / cache$/.test(field));
  return {
    model: plainModel(model),
    vendor: fields.get("Vendor ID") ?? null,
    cores,
    threadsPerCore: Number(fields.get("Thread(s) per core")) || null,
    features: fields.get("Flags")?.split(" ") ?? null,
    caches: Object.fromEntries(caches.map(([field, data]) => [field.replace(/ cache$/, ""), data])),
    hypervisor: fields.get("Hypervisor vendor") ?? null,
  };
}

interface LscpuField {
  readonly field: string;
  readonly data: string;
  /** Newer versions put fields under headings. */
  readonly children?: readonly LscpuField[];
}

function flat(fields: readonly LscpuField[]): LscpuField[] {
  return fields.flatMap((field) => [field, ...flat(field.children ?? [])]);
}

/** `Intel(R) Xeon(R) CPU E5-2680 v4 @ 2.40GHz` → `Intel Xeon E5-2680 v4`. */
function plainModel(model: string): string {
  return model.replace(/\((R|TM)\)/gi, "").replace(/@.*$/, "").replace(
    /\b\d+-Core Processor\b/i,
    "",
  )
    .replace(/\bCPU\b/, "").replace(/\s+/g, " ").trim();
}

/**
 * A folder's name for the machine: its CPU and number of cores, e.g. `intel-xeon-processor-2c`.
 *
 * Like machines share a name, and so their results stand in one history. Where the CPU is not known it is named by its
 * architecture, e.g. `x86-64-2c`.
 *
 * @param cpu From {@linkcode probeMachine}; asked for if absent.
 */
export async function machineName(cpu?: Probed<Cpu>): Promise<string> {
  const { value } = cpu ?? (await probeMachine()).cpu;
  const model = value?.model ?? Deno.build.arch;
  const cores = value?.cores ?? navigator.hardwareConcurrency;
  const slug = model.toLowerCase().replace(/[^a-z0-9]+/g, "-").replace(/^-|-$/g, "");
  return `${slug || Deno.build.arch.replace("_", "-")}-${cores}c`;
}
