import { assert, assertEquals, assertThrows } from "@std/assert";
import type { Address, Comparison, Scalar, Vector, VectorMachine } from "../machine.ts";
import { createAssembler } from "./assembler.ts";
import { createX64Backend } from "./backend.ts";
import { emitKernel, type X64Target } from "./machine.ts";
import { x64Support } from "./support.ts";

const LANES = 16; // of the widest target; all buffers hold a multiple of it
const { targets } = x64Support();

/** Runs `body` on each target that works here; the others are shown as ignored. */
function testEach(name: string, body: (target: X64Target) => void): void {
  for (const target of ["avx512", "avx2"] as const) {
    Deno.test({
      name: `${name} [${target}]`,
      ignore: !targets.includes(target),
      fn: () => body(target),
    });
  }
}

/** Numbers that repeat from run to run: mulberry32, to [-4, 4). */
function randoms(seed: number, length: number, low = -4, high = 4): Float32Array<ArrayBuffer> {
  let state = seed;
  return Float32Array.from({ length }, () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return low + (high - low) * (((t ^ (t >>> 14)) >>> 0) / 2 ** 32);
  });
}

/**
 * Runs one kernel whose arguments are the addresses of `inputs`, then that of `outBytes` of output filled with 0xff,
 * then `extra`; returns the output.
 */
function run(
  target: X64Target,
  emit: (machine: VectorMachine, argument: (slot: number) => Scalar) => void,
  inputs: readonly (Float32Array | Uint32Array | Uint16Array)[],
  outBytes: number,
  extra: readonly number[] = [],
): ArrayBuffer {
  using backend = createX64Backend({ target, arenaBytes: 2 ** 20 });
  const addresses = inputs.map((input) => {
    const address = backend.allocate(input.byteLength);
    const bytes = new Uint8Array(input.buffer, input.byteOffset, input.byteLength);
    backend.bytes(address, input.byteLength).set(bytes);
    return address;
  });
  const guard = 64; // bytes before and behind the output that must stay as they are
  const out = backend.allocate(outBytes + 2 * guard);
  const all = backend.bytes(out, outBytes + 2 * guard).fill(0xff);
  const args = [...addresses, out + guard, ...extra];
  const kernel = {
    id: "test",
    slots: args.length,
    emit: (machine: VectorMachine) => emit(machine, (slot) => machine.argument(slot)),
  };
  using program = backend.build([[{ do: "call", kernel, args }]]);
  program.run();
  for (const side of [all.subarray(0, guard), all.subarray(guard + outBytes)]) {
    assert(side.every((byte) => byte === 0xff), "a guard byte was overwritten");
  }
  return all.slice(guard, guard + outBytes).buffer;
}

/** Applies an operation on vectors to whole arrays, vector by vector. */
function mapVectors(
  target: X64Target,
  inputs: readonly (Float32Array | Uint32Array)[],
  operation: (machine: VectorMachine, to: Vector, ...from: Vector[]) => void,
): ArrayBuffer {
  const length = inputs[0]?.length ?? 0;
  return run(
    target,
    (m, argument) => {
      const from = inputs.map((_, i) => argument(i));
      const out = argument(inputs.length);
      const vectors = inputs.map(() => m.vector());
      const to = m.vector();
      m.repeat(length / m.lanes, () => {
        vectors.forEach((vector, i) => m.load(vector, { base: from[i] as Scalar })); // i < length
        operation(m, to, ...vectors);
        m.store({ base: out }, to);
        for (const pointer of [...from, out]) m.increase(pointer, 4 * m.lanes);
      });
    },
    inputs,
    4 * length,
  );
}

type Operation = (m: VectorMachine, to: Vector, a: Vector, b: Vector) => void;
const { fround } = Math;

/** Ties to even. */
function roundEven(x: number): number {
  const floor = Math.floor(x);
  const rest = x - floor;
  if (rest !== 0.5) return Math.round(x);
  return floor % 2 === 0 ? floor : floor + 1;
}

const ARITHMETIC: readonly [string, Operation, (a: number, b: number) => number][] = [
  ["add", (m, to, a, b) => m.add(to, a, b), (a, b) => fround(a + b)],
  ["subtract", (m, to, a, b) => m.subtract(to, a, b), (a, b) => fround(a - b)],
  ["multiply", (m, to, a, b) => m.multiply(to, a, b), (a, b) => fround(a * b)],
  ["divide", (m, to, a, b) => m.divide(to, a, b), (a, b) => fround(a / b)],
  ["minimum", (m, to, a, b) => m.minimum(to, a, b), (a, b) => Math.min(a, b)],
  ["maximum", (m, to, a, b) => m.maximum(to, a, b), (a, b) => Math.max(a, b)],
  ["round", (m, to, a) => m.round(to, a), (a) => roundEven(a) + 0],
  ["copy", (m, to, a) => m.copy(to, a), (a) => a],
  [
    "squareRoot",
    (m, to, a, b) => {
      m.multiply(to, a, b);
      m.multiply(to, to, to);
      m.squareRoot(to, to);
    },
    (a, b) => fround(Math.sqrt(fround(fround(a * b) ** 2))),
  ],
];

for (const [name, operation, reference] of ARITHMETIC) {
  testEach(`${name}() computes what Math.fround does`, (target) => {
    const [a, b] = [randoms(1, 8 * LANES), randoms(2, 8 * LANES)];
    a.set([0.5, 1.5, 2.5, -0.5, -1.5, 3.4999998, -2.5, 0]); // ties
    const out = new Float32Array(
      mapVectors(target, [a, b], (m, to, x, y) => operation(m, to, x!, y!)),
    );
    assertEquals(out.map((x) => x + 0), a.map((x, i) => reference(x, b[i]!)));
  });
}

testEach("fma() and horner() round once", (target) => {
  // From [0.5, 2) the exact result has at most 50 bits, so a double holds it.
  const inputs = (seed: number): Float32Array => randoms(seed, 8 * LANES, 0.5, 2);
  const [a, b, c] = [inputs(4), inputs(5), inputs(6)];
  const exact = c.map((x, i) => fround(a[i]! * b[i]! + x));
  const twice = c.map((x, i) => fround(fround(a[i]! * b[i]!) + x));
  assert(exact.some((x, i) => x !== twice[i]), "inputs tell the two apart");
  const fma = mapVectors(target, [a, b, c], (m, to, x, y, z) => {
    m.copy(to, z!);
    m.fma(to, x!, y!);
  });
  const horner = mapVectors(target, [a, b, c], (m, to, x, y, z) => {
    m.copy(to, x!);
    m.horner(to, y!, z!);
  });
  assertEquals(new Float32Array(fma), exact);
  assertEquals(new Float32Array(horner), exact);
});

testEach("fma() takes its last factor from memory", (target) => {
  const x = randoms(7, 3 * LANES);
  const out = run(
    target,
    (m, argument) => {
      const [from, to, index] = [argument(0), argument(1), argument(2)];
      const [sum, two] = [m.vector(), m.vector()];
      m.constant(two, 2);
      m.zero(sum);
      m.fma(sum, two, { base: from });
      m.fma(sum, two, { base: from, disp: 4 });
      m.fma(sum, two, { base: from, index, disp: 64 });
      m.store({ base: to }, sum);
    },
    [x],
    4 * LANES,
    [12],
  );
  const lanes = target === "avx512" ? 16 : 8;
  const wanted = Float32Array.from(
    { length: lanes },
    (_, i) => [x[i]!, x[i + 1]!, x[i + 19]!].reduce((sum, value) => fround(sum + 2 * value), 0),
  );
  assertEquals(new Float32Array(out).subarray(0, lanes), wanted);
});

const BITS: readonly [string, Operation, (a: number, b: number) => number][] = [
  ["and", (m, to, a, b) => m.and(to, a, b), (a, b) => a & b],
  ["or", (m, to, a, b) => m.or(to, a, b), (a, b) => a | b],
  ["xor", (m, to, a, b) => m.xor(to, a, b), (a, b) => a ^ b],
  ["addInt32", (m, to, a, b) => m.addInt32(to, a, b), (a, b) => a + b],
  ["shiftLeftInt32", (m, to, a) => m.shiftLeftInt32(to, a, 23), (a) => a << 23],
  ["zero", (m, to) => m.zero(to), () => 0],
  ["constant", (m, to) => m.constant(to, -0), () => 0x80000000],
  ["constantBits", (m, to) => m.constantBits(to, 0x7fc12345), () => 0x7fc12345],
];

for (const [name, operation, reference] of BITS) {
  testEach(`${name}() computes what integers do`, (target) => {
    const a = new Uint32Array(randoms(8, 4 * LANES).buffer);
    const b = new Uint32Array(randoms(9, 4 * LANES).buffer);
    a.set([0xffffffff, 0x80000000, 0x7fffffff]);
    b.set([1, 0x80000000, 0x7fffffff]);
    const out = mapVectors(target, [a, b], (m, to, x, y) => operation(m, to, x!, y!));
    assertEquals(new Uint32Array(out), a.map((x, i) => reference(x, b[i]!) >>> 0));
  });
}

testEach("toInt32() rounds to nearest even, toFloat32() is exact", (target) => {
  const a = randoms(10, 4 * LANES, -1e6, 1e6);
  a.set([0.5, 1.5, 2.5, -0.5, -2.5, 2147483520, -2147483648, 16777217]);
  const integers = mapVectors(target, [a], (m, to, x) => m.toInt32(to, x!));
  assertEquals(new Int32Array(integers), Int32Array.from(a, roundEven));
  const floats = mapVectors(
    target,
    [new Uint32Array(integers)],
    (m, to, x) => m.toFloat32(to, x!),
  );
  assertEquals(new Float32Array(floats), Float32Array.from(new Int32Array(integers)));
});

const COMPARISONS: Readonly<Record<Comparison, (a: number, b: number) => boolean>> = {
  lt: (a, b) => a < b,
  le: (a, b) => a <= b,
  gt: (a, b) => a > b,
  ge: (a, b) => a >= b,
  eq: (a, b) => a === b,
};

testEach("select() chooses by every comparison, NaN being false", (target) => {
  const inputs = (seed: number): Float32Array => randoms(seed, 2 * LANES);
  const [a, b, t, f] = [inputs(11), inputs(12), inputs(13), inputs(14)];
  a.set([NaN, 1, NaN, 0, -0, Infinity, 2, -Infinity]);
  b.set([1, NaN, NaN, -0, 0, Infinity, 2, Infinity]);
  for (const comparison of Object.keys(COMPARISONS) as Comparison[]) { // keys of the record above
    const wanted = a.map((x, i) => COMPARISONS[comparison](x, b[i]!) ? t[i]! : f[i]!);
    // The destination may be any of the sources.
    for (const aliased of [null, 0, 1, 2, 3]) {
      const out = mapVectors(target, [a, b, t, f], (m, to, ...from) => {
        const destination = aliased === null ? to : from[aliased]!;
        m.select(destination, from[0]!, comparison, from[1]!, from[2]!, from[3]!);
        m.copy(to, destination);
      });
      assertEquals(new Float32Array(out), wanted, `${comparison} into ${aliased}`);
    }
  }
});

testEach("select() works with every vector taken, and spoils none", (target) => {
  const lanes = target === "avx512" ? 16 : 8;
  const count = target === "avx512" ? 32 : 16;
  const out = run(
    target,
    (m, argument) => {
      const to = argument(0);
      const all = Array.from({ length: m.vectors }, () => m.vector());
      all.forEach((vector, i) => m.constant(vector, i));
      m.select(all[3]!, all[0]!, "lt", all[1]!, all[2]!, all[3]!);
      all.forEach((vector, i) => m.store({ base: to, disp: 4 * m.lanes * i }, vector));
    },
    [],
    4 * lanes * count,
  );
  const firsts = Array.from({ length: count }, (_, i) => new Float32Array(out)[lanes * i]);
  assertEquals(firsts, firsts.map((_, i) => i === 3 ? 2 : i));
});

testEach(
  "load() and store() take any alignment, broadcast() and storeLane0() one lane",
  (target) => {
    const x = randoms(15, 2 * LANES);
    const out = run(
      target,
      (m, argument) => {
        const [from, to] = [argument(0), argument(1)];
        const v = m.vector();
        m.load(v, { base: from, disp: 12 });
        m.store({ base: to, disp: 4 }, v);
        m.storeLane0({ base: to, disp: 120 }, v);
        m.broadcast(v, { base: from, disp: 20 });
        m.storeLane0({ base: to, disp: 124 }, v);
      },
      [x],
      128,
    );
    const lanes = target === "avx512" ? 16 : 8;
    const words = new Float32Array(out);
    assertEquals(words.subarray(1, 1 + lanes), x.subarray(3, 3 + lanes));
    assertEquals([...words.subarray(30)], [x[3]!, x[5]!]);
    assertEquals(new Uint32Array(out)[1 + lanes], 0xffffffff); // nothing behind the vector was written
  },
);

testEach("integer operations compute addresses and counts", (target) => {
  const table = Uint16Array.of(7, 0xffff, 3, 9);
  const words = Uint32Array.of(0xfedcba98, 5);
  const out = run(
    target,
    (m, argument) => {
      const [u16, u32, to, big] = [argument(0), argument(1), argument(2), argument(3)];
      let disp = 0;
      const put = (value: Scalar): void => {
        m.storeU32({ base: to, disp }, value);
        disp += 4;
      };
      const s = m.scalar();
      m.loadU16(s, { base: u16, disp: 2 });
      put(s);
      m.loadU32(s, { base: u32 });
      put(s);
      m.move(s, 0);
      put(s);
      m.move(s, 0xffffffff);
      put(s);
      m.increase(s, -5);
      put(s);
      m.decrease(s, 1000);
      put(s);
      m.move(s, 3);
      m.shiftLeft(s, 4);
      m.shiftLeft(s, 0);
      put(s);
      m.increase(s, big);
      put(s);
      m.decrease(s, big);
      put(s);
      m.move(s, big);
      put(s);
      m.move(s, 2);
      const t = m.scalar();
      m.loadU16(t, { base: u16, index: s, disp: 2 });
      put(t);
    },
    [table, words],
    44,
    [2 ** 40 + 17],
  );
  assertEquals(
    [...new Uint32Array(out)],
    [0xffff, 0xfedcba98, 0, 0xffffffff, 0xfffffffa, 0xfffffc12, 48, 65, 48, 17, 3],
  );
});

testEach("repeat() runs a body as often as asked, nested and not at all", (target) => {
  for (const [outer, inner] of [[0, 5], [5, 0], [1, 1], [3, 7], [1, 4], [1000, 1000]] as const) {
    const out = run(
      target,
      (m, argument) => {
        const [to, rows, columns] = [argument(0), argument(1), argument(2)];
        const counts = [m.scalar(), m.scalar(), m.scalar()] as const;
        for (const count of counts) m.move(count, 0);
        m.repeat(rows, () => {
          m.increase(counts[0], 1);
          m.repeat(columns, () => m.increase(counts[1], 1));
          m.repeat(inner, () => m.increase(counts[2], 1));
        });
        [...counts, rows, columns].forEach((value, i) =>
          m.storeU32({ base: to, disp: 4 * i }, value)
        );
      },
      [],
      20,
      [outer, inner],
    );
    assertEquals([...new Uint32Array(out)], [outer, outer * inner, outer * inner, outer, inner]);
  }
});

testEach("repeat() reaches over bodies longer than a short jump", (target) => {
  const out = run(
    target,
    (m, argument) => {
      const [to, times] = [argument(0), argument(1)];
      const s = m.scalar();
      m.move(s, 0);
      m.repeat(times, () => {
        for (let i = 0; i < 100; i++) m.increase(s, 1000);
      });
      m.storeU32({ base: to }, s);
    },
    [],
    4,
    [3],
  );
  assertEquals(new Uint32Array(out)[0], 300_000);
});

testEach("a kernel may hold every register, and no more", (target) => {
  const out = run(
    target,
    (m, argument) => {
      const to = argument(0);
      const taken: Scalar[] = [];
      assertThrows(
        () => {
          for (let i = 0; i < 100; i++) taken.push(m.scalar());
        },
        RangeError,
        "Cannot take scalar: all 14 are taken",
      );
      taken.forEach((scalar, i) => m.move(scalar, i + 1));
      m.scope(() => {
        for (let i = 0; i < m.vectors; i++) m.vector();
        assertThrows(() => m.vector(), RangeError, `all ${m.vectors} are taken`);
      });
      m.scope(() => m.vector());
      taken.forEach((scalar, i) => m.storeU32({ base: to, disp: 4 * i }, scalar));
    },
    [],
    52,
  );
  assertEquals([...new Uint32Array(out)], Array.from({ length: 13 }, (_, i) => i + 1));
});

testEach("scope() frees what was taken inside, for use again", (target) => {
  emitAlone(target, (m) => {
    const ids: number[] = [];
    let leaked: Vector | undefined;
    m.scope(() => {
      leaked = m.vector();
      ids.push(leaked.id, m.scalar().id);
    });
    m.scope(() => ids.push(m.vector().id, m.scalar().id));
    assertEquals(ids.slice(0, 2), ids.slice(2));
    assertThrows(() => m.zero(leaked!), RangeError, "it is free, expected one in scope");
  });
});

testEach("kernels are told what cannot be emitted", (target) => {
  emitAlone(target, (m) => {
    const [s, v] = [m.scalar(), m.vector()];
    const at: Address = { base: s };
    assertThrows(() => m.argument(1), RangeError, "slot is 1, expected 0 to 0");
    assertThrows(() => m.load(v, { ...at, disp: -4 }), RangeError, "displacement is -4");
    assertThrows(() => m.load(v, { ...at, disp: 2 ** 31 }), RangeError, "2147483648");
    assertThrows(() => m.shiftLeft(s, 32), RangeError, "32 bits");
    assertThrows(() => m.shiftLeftInt32(v, v, 32), RangeError, "32 bits");
    assertThrows(() => m.repeat(-1, () => {}), RangeError, "-1 times");
    assertThrows(() => m.repeat(1.5, () => {}), RangeError, "1.5 times");
    assertThrows(() => m.increase(s, 2 ** 31), RangeError, "Cannot encode add");
  });
});

function emitAlone(target: X64Target, emit: (machine: VectorMachine) => void): void {
  emitKernel(createAssembler(), { id: "alone", slots: 1, emit }, target);
}
