/**
 * The lane-wise operations of the vector machine, on every target that works here, against arithmetic in JavaScript.
 */
import { assert, assertEquals, assertLessOrEqual } from "@std/assert";
import { createRandom } from "../core/mod.ts";
import type { Comparison, Vector, VectorMachine } from "./machine.ts";
import {
  address,
  asFloat32,
  asUint32,
  bitsOf,
  type RunTrial,
  runTrial,
  testEach,
  testEachMachine,
} from "./machine_trial.ts";

// One loop over 64 lanes, so that every target makes several turns.

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

function fromBits(bits: number): number {
  return asFloat32(new Uint8Array(Int32Array.of(bits).buffer))[0] ?? 0;
}

const INTEGERS = inputsFrom((lane) => fromBits(createRandom(lane).integer(2 ** 32)));
// as bits these are neither NaN nor equal to their neighbours
const ENDS = [-(2 ** 31), 2 ** 31 - 2 ** 25, -1, 0, 1, 2 ** 24, -(2 ** 24), 65536, 255];
const EDGE_INTEGERS: Inputs = [
  Float32Array.from({ length: LANES }, (_, lane) => fromBits(ENDS[lane % 9] ?? 0)),
  Float32Array.from({ length: LANES }, (_, lane) => fromBits(ENDS[(lane >> 3) % 9] ?? 0)),
  Float32Array.from({ length: LANES }, (_, lane) => lane),
];
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
  ...int32Case("subtractInt32", (x, y) => x - y),
  ...int32Case("multiplyInt32", Math.imul),
  ...int32Case("minimumInt32", Math.min),
  ...int32Case("maximumInt32", Math.max),
  ...[0, 1, 23, 31].flatMap((bits): LaneCase[] => [
    {
      name: `shiftLeftInt32 by ${bits}`,
      emit: (m, to, [x]) => m.shiftLeftInt32(to, x, bits),
      expected: (x) => fromBits(bitsOf(x) << bits),
      inputs: INTEGERS,
    },
    {
      name: `shiftRightInt32 by ${bits}`,
      emit: (m, to, [x]) => m.shiftRightInt32(to, x, bits),
      expected: (x) => fromBits((bitsOf(x) | 0) >> bits),
      inputs: INTEGERS,
    },
  ]),
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
    ...[INTEGERS, EDGE_INTEGERS].map((inputs): LaneCase => ({
      name: `selectInt32 ${comparison}`,
      emit: (m, to, [x, y, z]) => m.selectInt32(to, x, comparison, y, z, x),
      expected: (x, y, z) => COMPARISONS[comparison](bitsOf(x) | 0, bitsOf(y) | 0) ? z : x,
      inputs,
    })),
  ]),
];

/** An operation on two int32, with random numbers and with the ends of their range. */
function int32Case(
  name: "subtractInt32" | "multiplyInt32" | "minimumInt32" | "maximumInt32",
  expected: (x: number, y: number) => number,
): LaneCase[] {
  return [INTEGERS, EDGE_INTEGERS].map((inputs) => ({
    name,
    emit: (m, to, [x, y]) => m[name](to, x, y),
    expected: (x, y) => fromBits(expected(bitsOf(x) | 0, bitsOf(y) | 0) | 0),
    inputs,
  }));
}

function roundToEven(x: number): number {
  const magnitude = Math.abs(x);
  const floor = Math.floor(magnitude);
  const up = magnitude - floor > 0.5 || (magnitude - floor === 0.5 && floor % 2 === 1);
  const rounded = up ? floor + 1 : floor;
  return x < 0 || Object.is(x, -0) ? -rounded : rounded;
}

/** Runs a case with its own destination (`alias` is null), or with an operand as the destination. */
function runLaneCase(run: RunTrial, test: LaneCase, alias: 0 | 1 | 2 | null): Uint8Array {
  const inputs = test.inputs ?? randomInputs(7);
  const [, , , result] = run({
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

testEachMachine(
  "every lane-wise operation agrees with JavaScript, whatever the destination",
  (run) => {
    for (const test of LANE_CASES) {
      const aliases = test.accumulates === undefined
        ? [null, 0, 1, 2] as const
        : [null, 0] as const;
      for (const alias of aliases) {
        const what = `${test.name} into ${
          alias === null ? "its own register" : `operand ${alias}`
        }`;
        checkLanes(test, runLaneCase(run, test, alias), what);
      }
    }
  },
);

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
