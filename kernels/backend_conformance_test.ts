/**
 * Arena, programs and threads of every target that works here.
 */
import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import type { Backend, Step } from "./backend.ts";
import type { Kernel, Target } from "./machine.ts";
import { testEach } from "./machine_trial.ts";
import { openBackend } from "./open.ts";

const BARRIER: Step = { do: "barrier" };

/** `y[0] = x[0] + 1`, on integers. */
const SUCCESSOR: Kernel = {
  id: "successor_u32",
  slots: 2,
  emit(m): void {
    const [x, y, value] = [m.argument(0), m.argument(1), m.scalar()];
    m.loadU32(value, { base: x });
    m.increase(value, 1);
    m.storeU32({ base: y }, value);
  },
};

function successor(x: number, y: number): Step {
  return { do: "call", kernel: SUCCESSOR, args: [x, y] };
}

function openSmall(target: Target, threads = 1): Backend {
  return openBackend({ target, arenaBytes: 1 << 18, threads });
}

testEach("allocate() gives zeroed, aligned, separate memory, never address 0", (target) => {
  using backend = openSmall(target);
  const sizes = [1, 64, 65, 0, 4096, 3];
  const addresses = sizes.map((size) => backend.allocate(size));
  addresses.forEach((address, i) => {
    const size = sizes[i] ?? 0;
    assert(address > 0 && address % 64 === 0, `${address}`);
    assert(backend.bytes(address, size).every((byte) => byte === 0));
    backend.bytes(address, size).fill(i + 1);
  });
  addresses.forEach((address, i) => {
    assert(backend.bytes(address, sizes[i] ?? 0).every((byte) => byte === i + 1));
  });
  assert(backend.usedBytes >= 4096 + 65);
});

testEach("allocate() says what was asked for if the arena is exhausted", (target) => {
  using backend = openSmall(target);
  const asked = 1 << 30;
  assertThrows(() => backend.allocate(asked), RangeError, `${asked}`);
  assertThrows(() => backend.allocate(-1), RangeError);
  // The last byte that was handed out is there; arenas may be rounded up, to huge pages at most.
  let last = backend.allocate(4096);
  assertThrows(() => {
    for (let i = 0; i < 1024; i++) last = backend.allocate(4096);
  }, RangeError);
  backend.bytes(last, 4096).fill(1);
});

testEach(
  "addressOf() lets code work in memory outside of the arena, or says that it cannot",
  (target) => {
    using backend = openSmall(target);
    const words = Uint32Array.of(0, 41, 0).subarray(1);
    const at = backend.addressOf(words);
    assertEquals(at === null, target.startsWith("wasm"));
    if (at === null) return;
    void backend.build([[successor(at, at + 4)]]).run();
    assertEquals([...words], [41, 42]);
  },
);

testEach("views of one address share memory, and stay in the arena", (target) => {
  using backend = openSmall(target);
  const address = backend.allocate(64);
  backend.float32(address, 16)[3] = 1;
  assertEquals(backend.uint32(address, 16)[3], 0x3f80_0000);
  assertEquals(backend.bytes(address + 12, 4)[3], 0x3f);
  assertThrows(() => backend.bytes(address, 1 << 20), RangeError);
  assertThrows(() => backend.bytes(0, 4), RangeError);
});

testEach("run() of one thread ends before it returns, and can be repeated", (target) => {
  using backend = openSmall(target);
  const [x, y] = [backend.allocate(4), backend.allocate(4)];
  using program = backend.build([[successor(x, y), BARRIER, successor(y, x)]]);
  assert(program.codeBytes > 0);
  for (let turn = 1; turn <= 10; turn++) {
    assertEquals(program.run(), undefined);
    assertEquals([...backend.uint32(x, 1), ...backend.uint32(y, 1)], [2 * turn, 2 * turn - 1]);
  }
});

testEach("build() emits kernels of equal ids once", (target) => {
  using backend = openSmall(target);
  const x = backend.allocate(4);
  let emitted = 0;
  const kernel = (): Kernel => ({ ...SUCCESSOR, emit: (m) => (emitted++, SUCCESSOR.emit(m)) });
  const steps = Array.from(
    { length: 5 },
    (): Step => ({ do: "call", kernel: kernel(), args: [x, x] }),
  );
  using program = backend.build([steps]);
  program.run();
  assertEquals([emitted, backend.uint32(x, 1)[0]], [1, 5]);
});

testEach("several programs share one arena", (target) => {
  using backend = openSmall(target);
  const x = backend.allocate(4);
  const programs = [1, 2, 3].map((calls) =>
    backend.build([Array.from({ length: calls }, () => successor(x, x))])
  );
  programs.forEach((program) => void program.run());
  assertEquals(backend.uint32(x, 1)[0], 6);
  programs[0]?.[Symbol.dispose]();
  programs[2]?.run();
  assertEquals(backend.uint32(x, 1)[0], 9);
  programs.forEach((program) => program[Symbol.dispose]());
});

testEach("build() refuses programs that cannot run", (target) => {
  using backend = openSmall(target, 2);
  const x = backend.allocate(4);
  const refused: Readonly<Record<string, readonly (readonly Step[])[]>> = {
    "no threads": [],
    "different numbers of barriers": [[BARRIER], [BARRIER, BARRIER]],
    "more threads than the backend has": [[], [], []],
    "too few arguments": [[{ do: "call", kernel: SUCCESSOR, args: [x] }]],
    "a negative argument": [[successor(x, -1)]],
    "a fractional argument": [[successor(0.5, x)]],
  };
  for (const [what, threads] of Object.entries(refused)) {
    assertThrows(() => backend.build(threads), RangeError, "Cannot", what);
  }
});

testEach("what is disposed can be disposed again, and not run", (target) => {
  const backend = openSmall(target);
  const x = backend.allocate(4);
  const [first, second] = [backend.build([[successor(x, x)]]), backend.build([[successor(x, x)]])];
  first[Symbol.dispose]();
  first[Symbol.dispose]();
  assertThrows(() => void first.run(), Error, "dispose");
  second.run();
  backend[Symbol.dispose]();
  backend[Symbol.dispose]();
  assertThrows(() => void second.run(), Error, "dispose");
  assertThrows(() => backend.build([[successor(x, x)]]), Error, "dispose");
  second[Symbol.dispose]();
});

// Both threads follow the other's word of the turn before, so that a barrier passed too early shows in the sum.
testEach("two threads meet at 1,000 barriers", async (target) => {
  using backend = openSmall(target, 2);
  const words = [backend.allocate(64), backend.allocate(64)];
  const [a = 0, b = 0] = words;
  const turn = (from: number, to: number): Step[] => [successor(from, to), BARRIER];
  const idle: Step[] = [BARRIER];
  const steps = (mine: number, other: number, first: boolean): Step[] =>
    Array.from(
      { length: 1000 },
      (_, i) => (i % 2 === 0) === first ? turn(other, mine) : idle,
    ).flat();
  using program = backend.build([steps(a, b, true), steps(b, a, false)]);
  for (let run = 1; run <= 5; run++) {
    await program.run();
    assertEquals([backend.uint32(a, 1)[0], backend.uint32(b, 1)[0]], [1000 * run - 1, 1000 * run]);
  }
});

testEach("threads do their own shares, uneven and without barriers", async (target) => {
  using backend = openSmall(target, 2);
  const [a, b] = [backend.allocate(64), backend.allocate(64)];
  const calls = (word: number, count: number): Step[] =>
    Array.from({ length: count }, () => successor(word, word));
  for (const [mine, other] of [[3, 2000], [2000, 3], [0, 5], [5, 0]] as const) {
    backend.uint32(a, 1).fill(0);
    backend.uint32(b, 1).fill(0);
    using program = backend.build([calls(a, mine), calls(b, other)]);
    for (let run = 0; run < 3; run++) await program.run();
    assertEquals([backend.uint32(a, 1)[0], backend.uint32(b, 1)[0]], [3 * mine, 3 * other]);
  }
});

testEach("stamps note the time on every thread, and time goes on", async (target) => {
  using backend = openSmall(target, 2);
  const x = backend.allocate(64);
  const stamps = backend.allocate(32);
  const steps = (thread: number): Step[] => [
    { do: "stamp", at: stamps + 16 * thread },
    ...Array.from({ length: 3000 }, () => successor(x + 32 * thread, x + 32 * thread)),
    BARRIER,
    { do: "stamp", at: stamps + 16 * thread + 8 },
  ];
  const words = backend.uint32(stamps, 8);
  const timeOf = (stamp: number): number => words[2 * stamp]! + 2 ** 32 * words[2 * stamp + 1]!;
  using program = backend.build([steps(0), steps(1)]);
  let before = 0;
  for (let run = 0; run < 3; run++) {
    await program.run();
    const times = [0, 1, 2, 3].map(timeOf);
    assert(times[0]! < times[1]! && times[2]! < times[3]! && before < times[0]!, `${times}`);
    before = times[1]!;
  }
});

testEach("a stamp at an address that is none is refused", (target) => {
  using backend = openSmall(target);
  for (const at of [0, 12, -8, NaN]) {
    assertThrows(() => backend.build([[{ do: "stamp", at }]]), RangeError, `${at}`);
  }
});

testEach("a backend for two threads also runs programs of one", async (target) => {
  using backend = openSmall(target, 2);
  const x = backend.allocate(4);
  using alone = backend.build([[successor(x, x)]]);
  using together = backend.build([[successor(x, x), BARRIER], [BARRIER, successor(x, x)]]);
  for (let run = 0; run < 4; run++) {
    alone.run();
    await together.run();
  }
  assertEquals(backend.uint32(x, 1)[0], 12);
});

testEach("run() refuses to start while another run is under way", async (target) => {
  using backend = openSmall(target, 2);
  const [x, y] = [backend.allocate(64), backend.allocate(64)];
  const calls = (word: number): Step[] => Array.from({ length: 500 }, () => successor(word, word));
  using program = backend.build([calls(x), calls(y)]);
  const first = program.run();
  // A run that has ended when it returns leaves nothing to refuse.
  if (first !== undefined) {
    await assertRejects(async () => await program.run(), Error, "Cannot run program");
    await first;
  }
  await program.run();
  assertEquals([backend.uint32(x, 1)[0], backend.uint32(y, 1)[0]], [1000, 1000]);
});

testEach("threads sleep between runs and wake again", async (target) => {
  using backend = openSmall(target, 2);
  const [x, y] = [backend.allocate(64), backend.allocate(64)];
  using program = backend.build([[successor(x, x), BARRIER], [successor(y, y), BARRIER]]);
  for (let run = 0; run < 5; run++) {
    await program.run();
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  assertEquals([backend.uint32(x, 1)[0], backend.uint32(y, 1)[0]], [5, 5]);
});
