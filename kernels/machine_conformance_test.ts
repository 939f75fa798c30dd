/**
 * Every method of the vector machine, by itself, on every target that works here, against arithmetic in JavaScript.
 */
import { assert, assertEquals, assertLessOrEqual, assertThrows } from "@std/assert";
import { createRandom } from "../core/mod.ts";
import {
  type Address,
  type Comparison,
  type Scalar,
  type Target,
  TARGETS,
  type Vector,
  type VectorMachine,
} from "./machine.ts";
import { asFloat32, asUint32, runTrial } from "./machine_trial.ts";
import { kernelSupport } from "./open.ts";

const SUPPORT = kernelSupport();

/** Registers one test for each target; those of targets that do not work here are shown as ignored, with the reason. */
function testEach(name: string, body: (target: Target) => void): void {
  for (const target of TARGETS) {
    const reason = SUPPORT.missing[target];
    const suffix = reason === undefined ? "" : ` (skipped: ${reason})`;
    Deno.test(`${target}: ${name}${suffix}`, { ignore: reason !== undefined }, () => body(target));
  }
}

// ---- Lane-wise operations: one loop over 64 lanes, so that every target makes several turns.

const LANES = 64;

type Inputs = readonly [Float32Array, Float32Array, Float32Array];
type Operands = readonly [Vector, Vector, Vector];

/** An operation on up to three vectors: `x`, `y`, `z`. */
interface LaneCase {
  readonly name: string;
  readonly emit: (m: VectorMachine, to: Vector, operands: Operands) => void;
  readonly expected: (x: number, y: number, z: number) => number;
  readonly inputs?: Inputs;
  /** The operation also reads its destination, which starts as a copy of the operand of this number. */
  readonly accumulates?: 0 | 1 | 2;
  /** Largest difference, relative to the largest term; 0 if left out. */
  readonly tolerance?: number;
}

const { fround } = Math;
const COMPARISONS: Readonly<Record<Comparison, (x: number, y: number) => boolean>> = {
  lt: (x, y) => x < y,
  le: (x, y) => x <= y,
  gt: (x, y) => x > y,
  ge: (x, y) => x >= y,
  eq: (x, y) => x === y,
};

/** Normal deviates of many magnitudes and both signs, with some lanes equal in all three. */
function randomInputs(seed: number): Inputs {
  const random = createRandom(seed);
  const fill = (): Float32Array =>
    Float32Array.from(
      { length: LANES },
      () => random.normal() * 2 ** (random.integer(17) - 8),
    );
  const [x, y, z] = [fill(), fill(), fill()];
  for (let i = 0; i < LANES; i += 7) z[i] = y[i] = x[i] ?? 0;
  return [x, y, z];
}

function inputsFrom(fill: (lane: number) => number): Inputs {
  const x = Float32Array.from({ length: LANES }, (_, lane) => fill(lane));
  return [x, x.toReversed(), x.map((value) => -value)];
}

function bitsOf(value: number): number {
  return asUint32(new Uint8Array(Float32Array.of(value).buffer))[0] ?? 0;
}

function fromBits(bits: number): number {
  return asFloat32(new Uint8Array(Int32Array.of(bits).buffer))[0] ?? 0;
}

const INTEGERS = inputsFrom((lane) => fromBits(createRandom(lane).integer(2 ** 32)));
const HALVES = inputsFrom((lane) => (lane - 32) / 2);
const LARGE = inputsFrom((lane) => (lane - 32) * 67_108_860.75);

const LANE_CASES: readonly LaneCase[] = [
  { name: "add", emit: (m, to, [x, y]) => m.add(to, x, y), expected: (x, y) => fround(x + y) },
  {
    name: "subtract",
    emit: (m, to, [x, y]) => m.subtract(to, x, y),
    expected: (x, y) => fround(x - y),
  },
  {
    name: "multiply",
    emit: (m, to, [x, y]) => m.multiply(to, x, y),
    expected: (x, y) => fround(x * y),
  },
  {
    name: "divide",
    emit: (m, to, [x, y]) => m.divide(to, x, y),
    expected: (x, y) => fround(x / y),
  },
  {
    name: "minimum",
    emit: (m, to, [x, y]) => m.minimum(to, x, y),
    expected: (x, y) => Math.min(x, y),
  },
  {
    name: "maximum",
    emit: (m, to, [x, y]) => m.maximum(to, x, y),
    expected: (x, y) => Math.max(x, y),
  },
  {
    name: "squareRoot",
    emit: (m, to, [x]) => m.squareRoot(to, x),
    expected: (x) => fround(Math.sqrt(x)),
    inputs: inputsFrom((lane) => lane * lane * 0.37),
  },
  { name: "round", emit: (m, to, [x]) => m.round(to, x), expected: roundToEven },
  {
    name: "round of halves",
    emit: (m, to, [x]) => m.round(to, x),
    expected: roundToEven,
    inputs: HALVES,
  },
  {
    name: "round of large numbers",
    emit: (m, to, [x]) => m.round(to, x),
    expected: roundToEven,
    inputs: LARGE,
  },
  {
    name: "fma",
    emit: (m, to, [, y, z]) => m.fma(to, y, z),
    expected: (x, y, z) => x + y * z,
    accumulates: 0,
    tolerance: 2 ** -23,
  },
  {
    name: "horner",
    emit: (m, to, [, y, z]) => m.horner(to, y, z),
    expected: (x, y, z) => x * y + z,
    accumulates: 0,
    tolerance: 2 ** -23,
  },
  { name: "copy", emit: (m, to, [x]) => m.copy(to, x), expected: (x) => x },
  {
    name: "and",
    emit: (m, to, [x, y]) => m.and(to, x, y),
    expected: (x, y) => fromBits(bitsOf(x) & bitsOf(y)),
  },
  {
    name: "or",
    emit: (m, to, [x, y]) => m.or(to, x, y),
    expected: (x, y) => fromBits(bitsOf(x) | bitsOf(y)),
  },
  {
    name: "xor",
    emit: (m, to, [x, y]) => m.xor(to, x, y),
    expected: (x, y) => fromBits(bitsOf(x) ^ bitsOf(y)),
  },
  {
    name: "toInt32",
    emit: (m, to, [x]) => m.toInt32(to, x),
    expected: (x) => fromBits(roundToEven(x)),
  },
  {
    name: "toInt32 of halves",
    emit: (m, to, [x]) => m.toInt32(to, x),
    expected: (x) => fromBits(roundToEven(x)),
    inputs: HALVES,
  },
  {
    name: "toInt32 of large numbers",
    emit: (m, to, [x]) => m.toInt32(to, x),
    expected: (x) => fromBits(roundToEven(x)),
    inputs: inputsFrom((lane) => (lane - 32) * 67_000_000.25),
  },
  {
    name: "toFloat32",
    emit: (m, to, [x]) => m.toFloat32(to, x),
    expected: (x) => fround(bitsOf(x) | 0),
    inputs: INTEGERS,
  },
  {
    name: "addInt32",
    emit: (m, to, [x, y]) => m.addInt32(to, x, y),
    expected: (x, y) => fromBits((bitsOf(x) + bitsOf(y)) | 0),
    inputs: INTEGERS,
  },
  ...[0, 1, 23, 31].map((bits): LaneCase => ({
    name: `shiftLeftInt32 by ${bits}`,
    emit: (m, to, [x]) => m.shiftLeftInt32(to, x, bits),
    expected: (x) => fromBits(bitsOf(x) << bits),
    inputs: INTEGERS,
  })),
  ...(Object.keys(COMPARISONS) as Comparison[]).flatMap((comparison): LaneCase[] => [
    {
      name: `select ${comparison}`,
      emit: (m, to, [x, y, z]) => m.select(to, x, comparison, y, z, x),
      expected: (x, y, z) => COMPARISONS[comparison](x, y) ? z : x,
    },
    {
      name: `select ${comparison} with NaN and signed zeros`,
      emit: (m, to, [x, y, z]) => m.select(to, x, comparison, y, y, z),
      expected: (x, y, z) => COMPARISONS[comparison](x, y) ? y : z,
      inputs: inputsFrom((lane) => [NaN, 0, -0, Infinity, -Infinity, 1, -1][lane % 7] ?? 0),
    },
  ]),
];

function roundToEven(x: number): number {
  const magnitude = Math.abs(x);
  const floor = Math.floor(magnitude);
  const up = magnitude - floor > 0.5 || (magnitude - floor === 0.5 && floor % 2 === 1);
  const rounded = up ? floor + 1 : floor;
  return x < 0 || Object.is(x, -0) ? -rounded : rounded;
}

/** Runs a case with its own destination (`alias` is null), or with an operand as the destination. */
function runLaneCase(target: Target, test: LaneCase, alias: 0 | 1 | 2 | null): Uint8Array {
  const inputs = test.inputs ?? randomInputs(7);
  const [, , , result] = runTrial(target, {
    buffers: [...inputs, new Float32Array(LANES).fill(NaN)],
    emit(m, at): void {
      const [x, y, z] = [m.vector(), m.vector(), m.vector()];
      const to = alias === null ? m.vector() : ([x, y, z] as const)[alias];
      m.repeat(LANES / m.lanes, () => {
        [x, y, z].forEach((vector, i) => m.load(vector, address(at, i)));
        if (alias === null && test.accumulates !== undefined) {
          m.copy(to, ([x, y, z] as const)[test.accumulates]);
        }
        test.emit(m, to, [x, y, z]);
        m.store(address(at, 3), to);
        at.forEach((pointer) => m.increase(pointer, 4 * m.lanes));
      });
    },
  });
  return result ?? new Uint8Array();
}

function address(at: readonly Scalar[], i: number, disp = 0): Address {
  const base = at[i];
  assert(base !== undefined);
  return { base, disp };
}

function checkLanes(test: LaneCase, result: Uint8Array, what: string): void {
  const [xs, ys, zs] = test.inputs ?? randomInputs(7);
  const [values, bits] = [asFloat32(result), asUint32(result)];
  for (let lane = 0; lane < LANES; lane++) {
    const [x = 0, y = 0, z = 0] = [xs[lane], ys[lane], zs[lane]];
    const expected = test.expected(x, y, z);
    const label = `${what} lane ${lane}: x=${x} y=${y} z=${z}`;
    if (test.tolerance === undefined) {
      if (Number.isNaN(expected)) assert(Number.isNaN(values[lane]), label);
      else assertEquals(bits[lane], bitsOf(expected), label);
    } else {
      const scale = Math.max(Math.abs(x), Math.abs(x * y), Math.abs(y * z), Math.abs(z));
      const difference = Math.abs((values[lane] ?? NaN) - expected);
      assertLessOrEqual(difference, test.tolerance * scale, label);
    }
  }
}

testEach("every lane-wise operation agrees with JavaScript, whatever the destination", (target) => {
  for (const test of LANE_CASES) {
    const aliases = test.accumulates === undefined ? [null, 0, 1, 2] as const : [null, 0] as const;
    for (const alias of aliases) {
      const what = `${test.name} into ${alias === null ? "its own register" : `operand ${alias}`}`;
      checkLanes(test, runLaneCase(target, test, alias), what);
    }
  }
});

// (1 + e)(1 - e) - 1 is -e² if rounded once, and 0 if the product is rounded first.
testEach(
  "fused says whether fma() and horner() round once, with registers and memory",
  (target) => {
    const epsilon = 2 ** -23;
    let fused = false;
    const [, result] = runTrial(target, {
      buffers: [Float32Array.of(1 - epsilon, ...Array(15).fill(1 - epsilon)), new Float32Array(48)],
      emit(m, at): void {
        fused = m.fused;
        const [above, below, to, minusOne] = [m.vector(), m.vector(), m.vector(), m.vector()];
        m.constant(above, 1 + epsilon);
        m.load(below, address(at, 0));
        m.constant(minusOne, -1);
        m.copy(to, minusOne);
        m.fma(to, above, below);
        m.storeLane0(address(at, 1), to);
        m.copy(to, minusOne);
        m.fma(to, above, address(at, 0));
        m.storeLane0(address(at, 1, 4), to);
        m.copy(to, above);
        m.horner(to, below, minusOne);
        m.storeLane0(address(at, 1, 8), to);
      },
    });
    const expected = fused ? -(epsilon ** 2) : 0;
    assertEquals([...asFloat32(result).subarray(0, 4)], [expected, expected, expected, 0]);
  },
);

// ---- Moves between memory and vectors.

testEach("constant(), constantBits() and zero() fill all lanes with exact bits", (target) => {
  const values = [1, -0, 0.1, -1e-42, Infinity, 3.4028234663852886e38];
  const patterns = [0, 1, 0x8000_0000, 0xffff_ffff, 0x7f80_0000, 0x1234_5678];
  const [result] = runTrial(target, {
    buffers: [new Uint32Array(16 * (values.length + patterns.length + 1)).fill(0xdead_beef)],
    emit(m, at): void {
      const to = m.vector();
      const writers = [
        ...values.map((value) => () => m.constant(to, value)),
        ...patterns.map((pattern) => () => m.constantBits(to, pattern)),
        () => m.zero(to),
      ];
      writers.forEach((writer, row) => {
        writer();
        for (let i = 0; i < 16; i += m.lanes) m.store(address(at, 0, 64 * row + 4 * i), to);
      });
    },
  });
  const expected = [...values.map(bitsOf), ...patterns, 0];
  assertEquals([...asUint32(result)], expected.flatMap((bits) => Array<number>(16).fill(bits)));
});

testEach("load() and store() work at every alignment and touch nothing else", (target) => {
  const bytes = Uint8Array.from({ length: 192 }, (_, i) => i);
  for (const shift of [0, 1, 4, 20, 61]) {
    let width = 0;
    const [, result] = runTrial(target, {
      buffers: [bytes, new Uint8Array(192).fill(0xee)],
      emit(m, at): void {
        width = 4 * m.lanes;
        const vector = m.vector();
        m.load(vector, address(at, 0, shift));
        m.store(address(at, 1, shift + 3), vector);
      },
    });
    const expected = new Uint8Array(192).fill(0xee);
    expected.set(bytes.subarray(shift, shift + width), shift + 3);
    assertEquals(result, expected);
  }
});

testEach("addresses are the sum of base, index and displacement", (target) => {
  const data = Float32Array.from({ length: 256 }, (_, i) => i);
  let lanes = 0;
  const [, result] = runTrial(target, {
    buffers: [data, new Float32Array(256)],
    numbers: [128, 64],
    emit(m, [x, y, far, near]): void {
      assert(x && y && far && near);
      lanes = m.lanes;
      const vector = m.vector();
      m.load(vector, { base: x, index: far, disp: 256 });
      m.store({ base: y, index: near }, vector);
      m.broadcast(vector, { base: x, index: far, disp: 4 });
      m.store({ base: y, index: near, disp: 128 }, vector);
      m.storeLane0({ base: y, index: far, disp: 512 }, vector);
      m.zero(vector);
      m.constant(vector, 1);
      m.fma(vector, vector, { base: x, index: near, disp: 8 });
      m.store({ base: y, disp: 768 }, vector);
    },
  });
  const expected = new Float32Array(256);
  for (let i = 0; i < lanes; i++) {
    expected[16 + i] = 96 + i;
    expected[48 + i] = 33;
    expected[192 + i] = 1 + 18 + i;
  }
  expected[160] = 33;
  assertEquals(asFloat32(result), expected);
});

/** Emits broadcasts from `x`, each into the next of ten vectors, which are stored at the end. */
type Broadcasts = (
  m: VectorMachine,
  keep: (from: Address) => void,
  x: Scalar,
  step: Scalar,
) => void;

// A back end may let neighbours share a load, but never across a change of address or memory.
const NEIGHBOURS: Readonly<Record<string, readonly [Broadcasts, readonly number[]]>> = {
  "nine in a row": [
    (_, keep, x) => {
      for (let i = 0; i < 9; i++) keep({ base: x, disp: 4 * i });
    },
    [0, 1, 2, 3, 4, 5, 6, 7, 8],
  ],
  "with gaps, repetitions and backwards": [
    (_, keep, x) => [3, 4, 6, 7, 8, 8, 9, 5, 4, 3].forEach((i) => keep({ base: x, disp: 4 * i })),
    [3, 4, 6, 7, 8, 8, 9, 5, 4, 3],
  ],
  "behind an index": [
    (_, keep, x, step) => {
      for (let i = 0; i < 4; i++) keep({ base: x, index: step, disp: 4 * i });
      keep({ base: x, disp: 16 });
    },
    [8, 9, 10, 11, 4],
  ],
  "while the base moves": [
    (m, keep, x) => {
      keep({ base: x });
      m.increase(x, 4);
      keep({ base: x, disp: 4 });
      keep({ base: x, disp: 8 });
      m.increase(x, 4);
      keep({ base: x, disp: 12 });
    },
    [0, 2, 3, 5],
  ],
  "while the index moves": [
    (m, keep, x, step) => {
      keep({ base: x, index: step });
      m.decrease(step, 4);
      keep({ base: x, index: step, disp: 4 });
      m.shiftLeft(step, 1);
      keep({ base: x, index: step, disp: 8 });
    },
    [8, 8, 16],
  ],
  "before, in and after a loop": [
    (m, keep, x) => {
      keep({ base: x });
      m.repeat(2, () => {
        keep({ base: x, disp: 4 });
        keep({ base: x, disp: 8 });
        m.increase(x, 40);
      });
      keep({ base: x, disp: 12 });
    },
    [0, 11, 12, 23], // of the loop, the second turn
  ],
};

testEach("broadcast() of neighbours reads each where and when it stands", (target) => {
  const data = Float32Array.from({ length: 32 }, (_, i) => i);
  for (const [what, [broadcasts, expected]] of Object.entries(NEIGHBOURS)) {
    const [, result] = runTrial(target, {
      buffers: [data, new Float32Array(16)],
      numbers: [32],
      emit(m, [x, out, step]): void {
        assert(x && out && step);
        const vectors = Array.from({ length: 10 }, () => m.vector());
        const free = vectors.values();
        broadcasts(m, (from) => m.broadcast(free.next().value ?? m.vector(), from), x, step);
        vectors.slice(0, expected.length).forEach((vector, i) => {
          m.storeLane0({ base: out, disp: 4 * i }, vector);
        });
      },
    });
    assertEquals([...asFloat32(result).subarray(0, expected.length)], [...expected], what);
  }
});

testEach("broadcast() sums as many weights as there are, without a store between", (target) => {
  const weights = Float32Array.from({ length: 16 }, (_, i) => 2 ** i);
  for (let count = 1; count <= 9; count++) {
    const [, result] = runTrial(target, {
      buffers: [weights, new Float32Array(16)],
      emit(m, [x, out]): void {
        assert(x && out);
        const [sum, weight, one] = [m.vector(), m.vector(), m.vector()];
        m.zero(sum);
        m.constant(one, 1);
        for (let i = 0; i < count; i++) {
          m.broadcast(weight, { base: x, disp: 4 * i });
          m.fma(sum, weight, one);
        }
        m.store({ base: out }, sum);
      },
    });
    assertEquals(asFloat32(result)[3], 2 ** count - 1);
  }
});

testEach("broadcast() sees what was stored just before", (target) => {
  const [result] = runTrial(target, {
    buffers: [Float32Array.of(1, 2, 3, 4, 5, 6, 7, 8)],
    emit(m, [x]): void {
      assert(x !== undefined);
      const [first, second] = [m.vector(), m.vector()];
      m.broadcast(first, { base: x });
      m.storeLane0({ base: x, disp: 4 }, first);
      m.broadcast(second, { base: x, disp: 4 });
      m.storeLane0({ base: x, disp: 8 }, second);
      m.broadcast(second, { base: x, disp: 8 });
      m.storeLane0({ base: x, disp: 12 }, second);
    },
  });
  assertEquals([...asFloat32(result)], [1, 1, 1, 1, 5, 6, 7, 8]);
});

// ---- Integers.

testEach("integer operations agree with JavaScript", (target) => {
  const [, , result] = runTrial(target, {
    buffers: [Uint32Array.of(0xffff_fffe, 7), Uint16Array.of(1, 0xffff, 9), new Uint32Array(12)],
    numbers: [1000],
    emit(m, at): void {
      const thousand = at[3];
      assert(thousand !== undefined);
      const to = m.scalar();
      let word = 0;
      const keep = (): void => m.storeU32(address(at, 2, 4 * word++), to);
      m.move(to, 123_456_789), keep();
      m.move(to, 2 ** 31 - 1), keep();
      m.move(to, thousand), keep();
      m.increase(to, 5), keep();
      m.increase(to, thousand), keep();
      m.decrease(to, 6), keep();
      m.decrease(to, thousand), keep();
      m.shiftLeft(to, 6), keep();
      m.shiftLeft(to, 0), keep();
      m.loadU16(to, address(at, 1, 2)), keep();
      m.loadU32(to, address(at, 0)), keep();
      m.storeU32({ base: at[2] ?? to, index: loaded(m, 4), disp: 40 }, thousand);
    },
  });
  const expected = [123_456_789, 2 ** 31 - 1, 1000, 1005, 2005, 1999, 999, 63_936, 63_936];
  assertEquals([...asUint32(result)], [...expected, 0xffff, 0xffff_fffe, 1000]);
});

function loaded(m: VectorMachine, value: number): Scalar {
  const scalar = m.scalar();
  m.move(scalar, value);
  return scalar;
}

testEach("a loaded offset moves an address", (target) => {
  const [, , result] = runTrial(target, {
    buffers: [Uint16Array.of(3, 0, 1), Float32Array.of(10, 11, 12, 13), new Float32Array(19)],
    emit(m, at): void {
      const [offset, vector] = [m.scalar(), m.vector()];
      const [table, values, out] = at;
      assert(table && values && out);
      m.repeat(3, () => {
        m.loadU16(offset, { base: table });
        m.shiftLeft(offset, 2);
        m.broadcast(vector, { base: values, index: offset });
        m.storeLane0({ base: out }, vector);
        m.increase(table, 2);
        m.increase(out, 4);
      });
    },
  });
  assertEquals([...asFloat32(result).subarray(0, 4)], [13, 10, 11, 0]);
});

// ---- Control.

/** Emits loops of the given counts, one in another, and returns how often the innermost body ran, and the counts after. */
function countTurns(target: Target, counts: readonly number[], asScalars: boolean): number[] {
  const [result] = runTrial(target, {
    buffers: [new Uint32Array(1 + counts.length)],
    numbers: counts,
    emit(m, [out, ...scalars]): void {
      assert(out !== undefined);
      const turns = loaded(m, 0);
      const nest = (depth: number): void => {
        const times = asScalars ? scalars[depth] : counts[depth];
        if (times === undefined) m.increase(turns, 1);
        else m.repeat(times, () => nest(depth + 1));
      };
      nest(0);
      [turns, ...scalars].forEach((from, word) => m.storeU32({ base: out, disp: 4 * word }, from));
    },
  });
  return [...asUint32(result)];
}

testEach("repeat() runs its body as often as asked, nested and not at all", (target) => {
  for (const counts of [[0], [1], [2], [1000], [3, 5], [5, 0], [0, 5], [1, 1], [4, 3, 2, 7]]) {
    const product = counts.reduce((all, count) => all * count, 1);
    for (const asScalars of [true, false]) {
      assertEquals(countTurns(target, counts, asScalars), [product, ...counts]);
    }
  }
});

testEach("repeat() in sequence keeps what the loops before it computed", (target) => {
  const [result] = runTrial(target, {
    buffers: [new Float32Array(16)],
    numbers: [10, 0],
    emit(m, [out, ten, none]): void {
      assert(out && ten && none);
      const [sum, one, hundred] = [m.vector(), m.vector(), m.vector()];
      m.zero(sum);
      m.constant(one, 1);
      m.constant(hundred, 100);
      m.repeat(ten, () => m.add(sum, sum, one));
      m.repeat(none, () => m.add(sum, sum, hundred));
      m.repeat(ten, () => m.repeat(ten, () => m.fma(sum, one, one)));
      m.store({ base: out }, sum);
    },
  });
  assertEquals(asFloat32(result)[0], 110);
});

// ---- Registers.

testEach("scope() frees registers for use again, thousands of times", (target) => {
  const [result] = runTrial(target, {
    buffers: [new Float32Array(16)],
    emit(m, [out]): void {
      assert(out !== undefined);
      const [sum, turns] = [m.vector(), m.scalar()];
      m.zero(sum);
      m.move(turns, 0);
      for (let i = 0; i < 2000; i++) {
        m.scope(() => {
          const [step, by] = [m.vector(), m.scalar()];
          m.constant(step, i % 3);
          m.add(sum, sum, step);
          m.move(by, 1);
          m.increase(turns, by);
        });
      }
      m.storeLane0({ base: out }, sum);
      m.storeU32({ base: out, disp: 4 }, turns);
    },
  });
  assertEquals([asFloat32(result)[0], asUint32(result)[1]], [1999, 2000]);
});

testEach(
  "all vectors and at least 8 scalars can be held at once, each with its own value",
  (target) => {
    let [vectors, scalars] = [0, 0];
    const [result] = runTrial(target, {
      buffers: [new Float32Array(64)],
      emit(m, [out]): void {
        assert(out !== undefined);
        vectors = m.vectors;
        const held = Array.from({ length: vectors }, () => m.vector());
        held.forEach((vector, i) => m.constant(vector, i + 1));
        held.forEach((vector, i) => m.storeLane0({ base: out, disp: 4 * i }, vector));
        assertThrows(() => m.vector(), RangeError);
        const counters: Scalar[] = [];
        assertThrows(() => {
          while (counters.length < 100) counters.push(m.scalar());
        }, RangeError);
        scalars = counters.length;
        counters.forEach((counter, i) => m.move(counter, 1000 + i));
        counters.forEach((counter, i) => m.storeU32({ base: out, disp: 4 * (32 + i) }, counter));
      },
    });
    const expected = Array.from({ length: vectors }, (_, i) => i + 1);
    assertEquals([...asFloat32(result).subarray(0, vectors)], expected);
    assert(scalars >= 8, `${scalars} scalars`);
    const counts = Array.from({ length: scalars }, (_, i) => 1000 + i);
    assertEquals([...asUint32(result).subarray(32, 32 + scalars)], counts);
  },
);

const REFUSED: Readonly<Record<string, (m: VectorMachine, at: Scalar, v: Vector) => void>> = {
  "a negative displacement": (m, at, v) => m.load(v, { base: at, disp: -4 }),
  "a displacement of 2^31": (m, at, v) => m.store({ base: at, disp: 2 ** 31 }, v),
  "a shift by 32": (m, at) => m.shiftLeft(at, 32),
  "a shift by -1": (m, _, v) => m.shiftLeftInt32(v, v, -1),
  "-1 turns": (m) => m.repeat(-1, () => {}),
  "1.5 turns": (m) => m.repeat(1.5, () => {}),
  "a slot that the kernel does not have": (m) => void m.argument(1),
  "a vector whose scope has ended": (m) => {
    let vector = m.vector();
    m.scope(() => vector = m.vector());
    m.zero(vector);
  },
  "a scalar taken in a loop, after the loop": (m, at) => {
    let scalar = at;
    m.repeat(2, () => scalar = m.scalar());
    m.move(scalar, 1);
  },
};

testEach("the machine refuses what it cannot encode", (target) => {
  for (const [what, emit] of Object.entries(REFUSED)) {
    assertThrows(
      () =>
        runTrial(target, {
          buffers: [new Float32Array(16)],
          emit: (m, [at]) => at && emit(m, at, m.vector()),
        }),
      RangeError,
      "Cannot",
      what,
    );
  }
});
