import { assert, assertEquals, assertMatch, assertThrows } from "@std/assert";
import { machineName, parseCpu, probeMachine } from "./machine.ts";

const LSCPU = JSON.stringify({
  lscpu: [
    { field: "Vendor ID:", data: "AuthenticAMD" },
    { field: "Model name:", data: "AMD EPYC 9B45 128-Core Processor" },
    { field: "Thread(s) per core:", data: "2" },
    { field: "Flags:", data: "avx2 avx512f" },
    { field: "L1d cache:", data: "48 KiB (1 instance)" },
  ],
});

function named(model: string, cores = 2): Promise<string> {
  const cpu = parseCpu(JSON.stringify({ lscpu: [{ field: "Model name:", data: model }] }), cores);
  return machineName({ value: cpu, reason: null });
}

Deno.test("parseCpu() reads lscpu, flat or under headings", () => {
  const cpu = parseCpu(LSCPU, 4);
  assertEquals(cpu, {
    model: "AMD EPYC 9B45",
    vendor: "AuthenticAMD",
    cores: 4,
    threadsPerCore: 2,
    features: ["avx2", "avx512f"],
    caches: { L1d: "48 KiB (1 instance)" },
    hypervisor: null,
  });
  const heading = { field: "Vendor ID:", data: "x", children: JSON.parse(LSCPU).lscpu.slice(1) };
  assertEquals(parseCpu(JSON.stringify({ lscpu: [heading] }), 4), { ...cpu, vendor: "x" });
});

Deno.test("parseCpu() refuses text that names no CPU", () => {
  assertThrows(() => parseCpu("{}", 1), SyntaxError, 'no "Model name"');
  assertThrows(() => parseCpu("lscpu: not found", 1), SyntaxError);
});

Deno.test("machineName() is a slug of model and cores", async () => {
  assertEquals(await named("Intel(R) Xeon(R) Processor"), "intel-xeon-processor-2c");
  assertEquals(
    await named("Intel(R) Core(TM) i7-8565U CPU @ 1.80GHz", 8),
    "intel-core-i7-8565u-8c",
  );
  assertEquals(await named("AMD EPYC 9B45 128-Core Processor"), "amd-epyc-9b45-2c");
  assertEquals(await named("Neoverse-N1", 64), "neoverse-n1-64c");
});

Deno.test("machineName() falls back on the architecture", async () => {
  const name = await machineName({ value: null, reason: "lscpu is not installed" });
  assertMatch(name, /^(x86-64|aarch64)-\d+c$/);
});

Deno.test("probeMachine() tells of every part what it is or why it is not known", async () => {
  const machine = await probeMachine();
  for (const [part, { value, reason }] of Object.entries(machine)) {
    assert((value === null) === (reason !== null), `${part}: ${value}, ${reason}`);
  }
  assert((machine.memory.value?.totalBytes ?? 0) > 1 << 20);
  assertMatch(machine.kernel.value ?? "", /^\w+ \S+$/);
});

Deno.test({
  name: "probeMachine() names the missing permissions",
  permissions: { run: false, sys: false },
  fn: async () => {
    const { cpu, memory, governor } = await probeMachine();
    assertEquals([cpu.reason, memory.reason, governor.reason], [
      "deno run lacks --allow-run=lscpu",
      "deno run lacks --allow-sys",
      "deno run lacks --allow-run=cat",
    ]);
  },
});

Deno.test({
  name: "probeMachine() learns the model without lscpu",
  permissions: { run: false, sys: true },
  fn: async () => {
    const { cpu } = await probeMachine();
    assert((cpu.value?.model ?? "") !== "", cpu.reason ?? "");
    assertEquals(cpu.value?.features, null);
  },
});
