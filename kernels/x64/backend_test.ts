import { assert, assertEquals, assertThrows } from "@std/assert";
import { EnvironmentError } from "../../core/mod.ts";
import type { Step } from "../backend.ts";
import type { Kernel, VectorMachine } from "../machine.ts";
import { checkInstructions, createX64Backend } from "./backend.ts";
import { assembleProgram } from "./program.ts";
import { x64Support } from "./support.ts";

const [target] = x64Support().targets;
const ignore = target === undefined; // no AVX2, another system, or no --allow-ffi

function test(name: string, fn: () => void): void {
  Deno.test({ name, ignore, fn });
}

function open(arenaBytes = 2 ** 16, threads = 1): ReturnType<typeof createX64Backend> {
  return createX64Backend({ target: target ?? "avx2", arenaBytes, threads });
}

const BARRIER: Step = { do: "barrier" };

function call(kernel: Kernel, ...args: number[]): Step {
  return { do: "call", kernel, args };
}

/** `[to] = [from] + by` on 32-bit integers. */
const ADD: Kernel = {
  id: "add",
  slots: 3,
  emit: (m: VectorMachine) => {
    const [from, to, by] = [m.argument(0), m.argument(1), m.argument(2)];
    const value = m.scalar();
    m.loadU32(value, { base: from });
    m.increase(value, by);
    m.storeU32({ base: to }, value);
  },
};

/** Uses every scalar, so that all registers which callers own are saved and restored. */
const GREEDY: Kernel = {
  id: "greedy",
  slots: 1,
  emit: (m) => {
    for (let i = 0; i < 14; i++) m.move(m.scalar(), -1 - i);
  },
};

/** Counts to `slot 0`; takes time that depends on it. */
const DELAY: Kernel = { id: "delay", slots: 1, emit: (m) => m.repeat(m.argument(0), () => {}) };

test("run() calls kernels in order and may be repeated", () => {
  using backend = open();
  const at = backend.allocate(4);
  const words = backend.uint32(at, 1);
  using program = backend.build([[
    call(ADD, at, at, 5),
    call(GREEDY, 0),
    BARRIER, // alone, a thread need not wait
    call(ADD, at, at, 100),
  ]]);
  assertEquals(program.run(), undefined);
  program.run();
  assertEquals(words[0], 210);
  assert(program.codeBytes > 0);
});

test("build() emits kernels with equal ids once", () => {
  using backend = open();
  const at = backend.allocate(4);
  let emitted = 0;
  const kernel = { ...ADD, emit: (m: VectorMachine) => (emitted++, ADD.emit(m)) };
  using program = backend.build([[call(kernel, at, at, 1), call({ ...kernel }, at, at, 2)]]);
  program.run();
  assertEquals([emitted, backend.uint32(at, 1)[0]], [1, 3]);
});

test("programs of one backend do not disturb each other", () => {
  using backend = open(2 ** 16, 2);
  const at = backend.allocate(4);
  using one = backend.build([[call(ADD, at, at, 1)]]);
  using two = backend.build([[call(ADD, at, at, 10), BARRIER], [
    BARRIER,
    call(ADD, at, at, 100),
  ]]);
  for (let i = 0; i < 10; i++) {
    one.run();
    two.run();
  }
  assertEquals(backend.uint32(at, 1)[0], 1110);
});

test("two threads meet at 1,000 barriers, run after run", () => {
  using backend = open(2 ** 20, 2);
  const cells = [backend.allocate(4), backend.allocate(4)] as const;
  // In every round each thread writes its cell from the other's: wrong at once if one of them runs ahead.
  const rounds = Array.from({ length: 500 }, (_, i) => i);
  const threads = ([0, 1] as const).map((me) =>
    rounds.flatMap((i): Step[] => [
      ...(i % 2 === me ? [call(ADD, cells[1 - me]!, cells[me], 1)] : []),
      ...(i % 7 === 3 * me ? [call(DELAY, 300)] : []),
      BARRIER,
      BARRIER,
    ])
  );
  using program = backend.build(threads);
  for (let run = 1; run <= 20; run++) {
    backend.uint32(cells[0], 1)[0] = 0;
    backend.uint32(cells[1], 1)[0] = 0;
    program.run();
    const last = cells.map((cell) => backend.uint32(cell, 1)[0]);
    assertEquals(last, [499, 500], `run ${run}`);
  }
});

test("run() returns after the last thread has ended, however late", () => {
  using backend = open(2 ** 16, 3);
  const at = [1, 2, 3].map(() => backend.allocate(4));
  using program = backend.build(
    at.map((cell, i) => [call(DELAY, i === 0 ? 1 : 300_000 * i), call(ADD, cell, cell, 1)]),
  );
  for (let run = 1; run <= 20; run++) {
    program.run();
    assertEquals(at.map((cell) => backend.uint32(cell, 1)[0]), [run, run, run]);
  }
});

Deno.test({
  name: "sleeping threads are woken",
  ignore,
  fn: async () => {
    using backend = open(2 ** 16, 2);
    const at = backend.allocate(4);
    using program = backend.build([[], [call(ADD, at, at, 1)]]);
    for (let run = 1; run <= 5; run++) {
      await new Promise((resolve) => setTimeout(resolve, 5)); // long past the spinning
      program.run();
      assertEquals(backend.uint32(at, 1)[0], run);
    }
  },
});

test("run() leaves rounding and callers' registers as they were", () => {
  using backend = open();
  using program = backend.build([[call(GREEDY, 0)]]);
  let sum = 0;
  for (let i = 0; i < 10_000; i++) {
    program.run();
    sum += 0.1;
  }
  assertEquals(sum, Array.from({ length: 10_000 }).reduce<number>((all) => all + 0.1, 0));
});

test("allocate() hands out zeroed, aligned memory and says when it ends", () => {
  using backend = open(4096);
  const [a, b] = [backend.allocate(1), backend.allocate(100)];
  assertEquals([a % 64, b - a], [0, 64]);
  assertEquals(backend.usedBytes, 192);
  assert(backend.bytes(a, 192).every((byte) => byte === 0));
  assertThrows(
    () => backend.allocate(2 ** 20),
    RangeError,
    "Cannot allocate 1048576 bytes: 8000 of 8192 are free",
  );
  assertThrows(() => backend.allocate(-1), RangeError, "Cannot allocate -1 bytes");
  assertThrows(() => backend.allocate(NaN), RangeError, "Cannot allocate NaN bytes");
});

test("views see the same bytes and stay inside the arena", () => {
  using backend = open(4096);
  const at = backend.allocate(64);
  backend.float32(at, 2).set([1, -2]);
  assertEquals([...backend.uint32(at, 2)], [0x3f800000, 0xc0000000]);
  assertEquals([...backend.bytes(at + 2, 2)], [0x80, 0x3f]);
  assertThrows(() => backend.float32(at, 1e6), RangeError, "not in the arena");
  assertThrows(() => backend.bytes(at - 1, 1), RangeError, "not in the arena");
  assertThrows(() => backend.float32(0, 1), RangeError, "Cannot view 1 x 4 bytes at 0");
});

test("build() refuses programs that would hang or crash", () => {
  using backend = open(4096, 2);
  const short = [call(ADD, 1, 2)];
  assertThrows(() => backend.build([]), RangeError, "0 threads, expected 1 to 2");
  assertThrows(() => backend.build([[], [], []]), RangeError, "3 threads, expected 1 to 2");
  assertThrows(
    () => backend.build([[BARRIER], [BARRIER, BARRIER]]),
    RangeError,
    "threads have 1, 2 barriers, expected equal numbers",
  );
  assertThrows(
    () => backend.build([short]),
    RangeError,
    "Cannot call add: 2 arguments, expected 3",
  );
  for (const bad of [-1, 0.5, NaN, 2 ** 47]) {
    assertThrows(() => backend.build([[call(ADD, 1, 2, bad)]]), RangeError, `argument is ${bad}`);
  }
});

test("disposing ends everything, twice does no harm, and nothing can be used afterwards", () => {
  const backend = open(4096, 2);
  const at = backend.allocate(64);
  const view = backend.float32(at, 16);
  const [early, late] = [backend.build([[]]), backend.build([[], []])];
  early.run();
  late.run();
  early[Symbol.dispose]();
  early[Symbol.dispose]();
  assertThrows(() => early.run(), RangeError, "Cannot run program: it was disposed");
  late.run();
  backend[Symbol.dispose]();
  backend[Symbol.dispose]();
  late[Symbol.dispose]();
  assertThrows(() => late.run(), RangeError, "Cannot run program: it was disposed");
  for (
    const use of [
      () => backend.allocate(1),
      () => backend.float32(at, 1),
      () => backend.uint32(at, 1),
      () => backend.bytes(at, 1),
      () => backend.build([[]]),
    ]
  ) assertThrows(use, RangeError, "Cannot use backend: it was disposed");
  // A view that outlives its memory is empty; reading it would otherwise end the process.
  assertEquals(view.length, 0);
  assertEquals(view[0], undefined);
});

test("createX64Backend() refuses numbers of threads that make no sense", () => {
  for (const threads of [0, -1, 1.5, 1025]) {
    assertThrows(() => open(4096, threads), RangeError, `${threads} threads, expected`);
  }
});

test("createX64Backend() names the reason if there is not so much memory", () => {
  assertThrows(() => open(2 ** 50), EnvironmentError, "Cannot map memory: mmap refused");
});

Deno.test("createX64Backend() refuses targets of other back ends", () => {
  assertThrows(
    () => createX64Backend({ target: "wasm", arenaBytes: 64 }),
    EnvironmentError,
    "Cannot open x86-64 backend for wasm: not an x86-64 target, expected",
  );
});

Deno.test("checkInstructions() refuses dot products of bytes on processors without them", () => {
  const kernel = (emit: Kernel["emit"]): Kernel => ({ id: "checked", slots: 0, emit });
  const [dot, none] = [
    kernel((m) => {
      const vector = m.vector();
      m.dotU8S8(vector, vector, vector);
    }),
    kernel((m) => m.zero(m.vector())),
  ];
  const check = (tried: Kernel, on: "avx512" | "avx2"): void => {
    const steps = [{ do: "call", kernel: tried, block: 0 } as const];
    const meeting = { counter: 0, records: [], schedYield: 0n };
    checkInstructions(assembleProgram(on, [steps], meeting), on, "CPU lacks avx512vnni");
  };
  assertThrows(
    () => check(dot, "avx512"),
    EnvironmentError,
    "Cannot build program: it multiplies bytes on avx512, but CPU lacks avx512vnni",
  );
  check(dot, "avx2");
  check(none, "avx512");
});
