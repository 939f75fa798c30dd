import { assert, assertEquals, assertThrows } from "@std/assert";
import type { Step } from "../backend.ts";
import type { VectorMachine } from "../machine.ts";
import { guardArena } from "./guarded_arena.ts";
import { createInterpreter } from "./interpreter.ts";

const OPTIONS = { target: "avx2", arenaBytes: 1 << 16 } as const;

function step(id: string, args: number[], emit: (machine: VectorMachine) => void): Step {
  return { do: "call", kernel: { id, slots: args.length, emit }, args };
}

/** Runs a kernel that gets the address of 8 floats, and returns them. */
function run(emit: (machine: VectorMachine) => void, values: readonly number[]): number[] {
  using backend = createInterpreter(OPTIONS);
  const address = backend.allocate(32);
  backend.float32(address, 8).set(values);
  backend.build([[step("test", [address], emit)]]).run();
  return [...backend.float32(address, 8)];
}

Deno.test("createInterpreter() rounds a fused multiply-add once, an unfused twice", () => {
  const a = 1 + 2 ** -12; // a² - 1 = 2^-11 + 2^-24, of which a float32 near 1 keeps the first part
  for (const [target, expected] of [["avx2", 2 ** -11 + 2 ** -24], ["wasm", 2 ** -11]] as const) {
    using backend = createInterpreter({ ...OPTIONS, target });
    const address = backend.allocate(64);
    const kernel = step("fma", [address], (machine) => {
      const at = machine.argument(0);
      const [x, y, sum] = [machine.vector(), machine.vector(), machine.vector()];
      machine.constant(x, a);
      machine.constant(y, a);
      machine.constant(sum, -1);
      machine.fma(sum, x, y);
      machine.store({ base: at }, sum);
    });
    backend.build([[kernel]]).run();
    assertEquals(backend.float32(address, 1)[0], expected);
  }
});

Deno.test("createInterpreter() rounds halves to even", () => {
  const rounded = run((machine) => {
    const [at, x] = [machine.argument(0), machine.vector()];
    machine.load(x, { base: at });
    machine.round(x, x);
    machine.store({ base: at }, x);
  }, [0.5, 1.5, 2.5, -0.5, -1.5, 0.4, -2.6, 7]);
  assertEquals(rounded.map((x) => x + 0), [0, 2, 2, 0, -2, 0, -3, 7]);
});

Deno.test("createInterpreter() shows registers that were never written as NaN", () => {
  const stored = run((machine) => {
    const at = machine.argument(0);
    machine.store({ base: at }, machine.vector());
  }, [1]);
  assert(stored.every(Number.isNaN));
});

Deno.test("createInterpreter() refuses kernels that take too many registers", () => {
  const many = (take: (machine: VectorMachine) => void) => () =>
    run((machine) => {
      for (let i = 0; i < 17; i++) take(machine);
    }, []);
  assertThrows(many((machine) => machine.vector()), RangeError, "Cannot take a vector: all 16");
  assertThrows(many((machine) => machine.scalar()), RangeError, "Cannot take a scalar: all 13");
  run((machine) => {
    for (let i = 0; i < 17; i++) machine.scope(() => machine.vector());
  }, []);
});

Deno.test("createInterpreter() refuses addresses outside the arena", () => {
  assertThrows(() =>
    run((machine) => {
      const at = machine.argument(0);
      machine.increase(at, OPTIONS.arenaBytes);
      machine.load(machine.vector(), { base: at });
    }, []), RangeError);
});

Deno.test("createInterpreter() refuses more than the arena holds, and threads that would wait for ever", () => {
  using backend = createInterpreter(OPTIONS);
  assertThrows(() => backend.allocate(1 << 17), RangeError, "Cannot allocate 131072 bytes");
  assertThrows(() => backend.build([[{ do: "barrier" }], []]), RangeError, "1, 0 barriers");
});

Deno.test("createInterpreter() runs what is before a barrier first, whichever thread it is on", () => {
  using backend = createInterpreter(OPTIONS);
  const address = backend.allocate(64);
  const add = (id: string, factor: number, summand: number) =>
    step(id, [address], (machine) => {
      const at = machine.argument(0);
      const [x, a, b] = [machine.vector(), machine.vector(), machine.vector()];
      machine.load(x, { base: at });
      machine.constant(a, factor);
      machine.constant(b, summand);
      machine.horner(x, a, b);
      machine.store({ base: at }, x);
    });
  backend.build([[{ do: "barrier" }, add("double", 2, 0)], [add("one", 1, 1), { do: "barrier" }]])
    .run();
  assertEquals(backend.float32(address, 1)[0], 2);
});

Deno.test("guardArena() finds a write past the end and a changed input", () => {
  for (const [from, name] of [["output", "guard behind output 1"], ["input", "input 0"]] as const) {
    using backend = createInterpreter(OPTIONS);
    const arena = guardArena(backend);
    const input = arena.input(new Float32Array(8));
    const output = arena.output(8);
    arena.check();
    backend.float32(from === "input" ? input : output + 32, 1)[0] = 1;
    assertThrows(() => arena.check(), RangeError, name);
  }
});
