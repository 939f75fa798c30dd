/**
 * Command `doctor`: what this machine can do, and what to change. Never fails on what is missing.
 *
 * @module
 */
import { gigabytes } from "../core/mod.ts";
import { ENGINES } from "../engines/mod.ts";
import { kernelSupport, TARGETS } from "../kernels/mod.ts";
import { type Machine, machineName, probeMachine } from "../results/mod.ts";
import { measureNoise, percent } from "../suites/mod.ts";
import type { Command, Input } from "./command.ts";
import { ROOT } from "./stages.ts";
import type { Terminal } from "./terminal.ts";

/** Examines the machine. */
export const doctor: Command = {
  name: "doctor",
  summary:
    "Tells what this machine can do (instruction sets, threads, engines, noise), and what to change.",
  operands: [],
  options: [{ name: "json", summary: "print the findings as JSON" }],
  run: runDoctor,
};

/** One thing that was looked at. */
export interface Finding {
  /** What, e.g. `engine onnxruntime-node`. */
  readonly what: string;
  /** `good`; `note` where something is missing that is not needed; `poor` where figures or stages will suffer. */
  readonly state: "good" | "note" | "poor";
  /** What was found. */
  readonly found: string;
  /** What to change, or `null`. */
  readonly remedy: string | null;
}

/** Noise above this makes small differences invisible. */
const NOISY = 0.03;

/** What the quick profile takes at its peak, about. */
const MEMORY_BYTES = 3e9;

/** What caches and results of all recipes take, about. */
const DISK_BYTES = 2e9;

async function runDoctor(input: Input, terminal: Terminal): Promise<number> {
  terminal.progress.show({ stage: "doctor", done: 0, total: 0, detail: "looking around" });
  const machine = await probeMachine();
  const findings = [
    ...machineFindings(machine),
    ...targetFindings(),
    ...await engineFindings(),
    diskFinding(await freeDiskBytes()),
    await stageFinding(),
    noiseFinding(await measureNoise()),
  ];
  terminal.progress.pause();
  if (input.has("json")) {
    terminal.print(JSON.stringify({ machine: await machineName(machine.cpu), findings }, null, 2));
  } else {
    for (const line of findingLines(findings, terminal)) terminal.print(line);
  }
  return 0;
}

/** CPU, memory and what holds them back. */
export function machineFindings(machine: Machine): Finding[] {
  const { cpu, memory, kernel, governor, cpuLimit } = machine;
  const findings: Finding[] = [
    cpu.value
      ? good("cpu", `${cpu.value.model}, ${cpu.value.cores} threads`)
      : note("cpu", `not known: ${cpu.reason}`, "apt-get install util-linux (lscpu)"),
  ];
  if (kernel.value) findings.push(good("system", kernel.value));
  if (memory.value) {
    const { totalBytes, availableBytes } = memory.value;
    const found = `${gigabytes(availableBytes)} free of ${gigabytes(totalBytes)}`;
    findings.push(
      availableBytes >= MEMORY_BYTES
        ? good("memory", found)
        : poor("memory", found, `free up ${gigabytes(MEMORY_BYTES)}, or pass --seeds 1`),
    );
  }
  if (governor.value && governor.value !== "performance") {
    const remedy = "cpupower frequency-set -g performance";
    findings.push(poor("clock rate", `governor "${governor.value}"`, remedy));
  }
  if (cpuLimit.value && !cpuLimit.value.startsWith("max")) {
    const [quota = 0, period = 1] = cpuLimit.value.split(" ").map(Number);
    const found = `the container may use ${(quota / period).toFixed(1)} CPUs`;
    const remedy = "start the container without a CPU quota, or pass --threads 1";
    findings.push(poor("cpu limit", found, remedy));
  }
  return findings;
}

/** Instruction sets that kernels are emitted for. */
function targetFindings(): Finding[] {
  const { targets, missing, bytes } = kernelSupport();
  return TARGETS.map((target) => {
    const what = `instructions ${target}`;
    if (!targets.includes(target)) return note(what, missing[target] ?? "not available", null);
    const reason = bytes[target];
    if (reason === undefined) return good(what, "kernels run");
    return note(what, `kernels run, but not those for int8: ${reason}`, null);
  });
}

async function engineFindings(): Promise<Finding[]> {
  return await Promise.all(ENGINES.map(async (engine) => {
    const what = `engine ${engine.id}`;
    const availability = await engine.probe();
    if (availability.available) {
      return good(what, `${availability.version} ${availability.detail}`.trim());
    }
    return poor(what, availability.reason, "it is left out of comparisons");
  }));
}

async function freeDiskBytes(): Promise<number | null> {
  try {
    const { stdout, success } = await new Deno.Command("df", { args: ["-Pk", ROOT] }).output();
    const fields = new TextDecoder().decode(stdout).trim().split("\n").at(-1)!.split(/\s+/);
    const blocks = Number(fields[3]);
    return success && Number.isFinite(blocks) ? 1024 * blocks : null;
  } catch {
    return null; // No df, or no leave to run it: not known.
  }
}

/** Whether caches and results have room. */
export function diskFinding(freeBytes: number | null): Finding {
  if (freeBytes === null) return note("disk", "free space not known", null);
  if (freeBytes >= DISK_BYTES) return good("disk", `${gigabytes(freeBytes)} free`);
  return poor("disk", `${gigabytes(freeBytes)} free`, `free up ${gigabytes(DISK_BYTES)}`);
}

/** Stages are processes of their own, so `deno` must be found. */
async function stageFinding(): Promise<Finding> {
  const what = "stages";
  try {
    const { success, stdout } = await new Deno.Command("deno", { args: ["--version"] }).output();
    const version = new TextDecoder().decode(stdout).split("\n")[0] ?? "";
    if (success) return good(what, `run as processes of ${version}`);
  } catch {
    // Not on the PATH; told below.
  }
  return poor(what, '"deno" is not on the PATH', "npx -y deno@2.9.6 task reproduce ...");
}

/** Noise of equal loops against each other. */
export function noiseFinding(noise: { readonly floor: number; readonly stepNs: number }): Finding {
  const found = `equal work differs by up to ±${percent(noise.floor)}; ` +
    `the clock steps ${Math.round(noise.stepNs)} ns`;
  if (noise.floor <= NOISY) return good("noise floor", found);
  return poor("noise floor", found, "close other programs; on a shared machine, measure at night");
}

/** Findings as aligned lines, then what to change. */
export function findingLines(
  findings: readonly Finding[],
  { paint }: Pick<Terminal, "paint">,
): string[] {
  const width = Math.max(...findings.map(({ what }) => what.length));
  const marks = {
    good: paint("good", "ok  "),
    note: paint("faint", "note"),
    poor: paint("doubt", "poor"),
  };
  const lines = findings.map(({ what, state, found }) =>
    `${marks[state]}  ${what.padEnd(width)}  ${found}`
  );
  const remedies = findings.filter(({ remedy }) => remedy !== null);
  if (remedies.length === 0) return [...lines, "", "nothing to change"];
  return [
    ...lines,
    "",
    "to change:",
    ...remedies.map(({ what, remedy }) => `  ${what}: ${remedy}`),
  ];
}

function good(what: string, found: string): Finding {
  return { what, state: "good", found, remedy: null };
}

function note(what: string, found: string, remedy: string | null): Finding {
  return { what, state: "note", found, remedy };
}

function poor(what: string, found: string, remedy: string): Finding {
  return { what, state: "poor", found, remedy };
}
