/**
 * The k-th largest of a row of activations, exactly: what k-winners-take-all cuts at.
 *
 * Idea: float32 order is integer order once negative numbers are turned round. The answer is built bit by bit from the
 * highest: a bit stays if at least k activations are not below the number with that bit. 32 passes of comparisons, no
 * branches, no sorting.
 *
 * Layout: one row of float32, padded to whole vectors; the padding does not count.
 *
 * Cost: 32 passes of a load, a comparison, a choice and an addition a vector: about 1.5 cycles, so 3,000 cycles for 1024
 * activations on AVX-512.
 *
 * Limits: the ports of vector arithmetic; the row stays in the first-level cache.
 *
 * @module
 */
import type { Scalar, Target, Vector, VectorMachine } from "../machine.ts";
import { type Arguments, defineOp, type Op } from "./op.ts";
import { LANES } from "./tile.ts";

/** What one call of `kthLargest` works on. */
export interface KthLargestArguments {
  /** The row, 64-byte aligned. */
  readonly x: number;
  /** Activations of the row. */
  readonly length: number;
  /** Address of one float32: k, from 1 to `length`. */
  readonly k: number;
  /** Address of {@linkcode paddingMask} for this length. */
  readonly padding: number;
  /** 16 float32, overwritten: the k-th largest activation in each; NaN if it is `-Infinity` or there are fewer numbers. */
  readonly threshold: number;
}

const SLOTS = ["x", "turns", "left", "k", "padding", "threshold"] as const;
type Slot = (typeof SLOTS)[number];

/** For the last vector of a row: all bits in lanes past the end, which makes them NaN, and none in the others. */
export function paddingMask(target: Target, length: number): Uint32Array<ArrayBuffer> {
  const lanes = LANES[target];
  const used = length - lanes * (Math.ceil(length / lanes) - 1);
  return new Uint32Array(lanes).fill(0xffff_ffff, used);
}

/** The `kthLargest` kernel. A NaN is never counted. `0` and `-0` are equal. */
export function kthLargest({ target }: { readonly target: Target }): Op<KthLargestArguments> {
  const lanes = LANES[target];
  return defineOp<Slot, KthLargestArguments>({
    id: `kth_largest_f32_${target}`,
    slots: SLOTS,
    derive: ({ x, length, k, padding, threshold }) => ({
      x,
      // the last vector is masked
      turns: Math.floor((Math.ceil(length / lanes) - 1) / CHAINS),
      left: (Math.ceil(length / lanes) - 1) % CHAINS,
      k,
      padding,
      threshold,
    }),
    emit: emitKthLargest,
  });
}

/** Counts that are kept apart, since an addition takes 4 cycles. */
const CHAINS = 4;
const SIGN = 0x8000_0000;
const SECOND = 0x4000_0000;
const ALL = 0xffff_ffff;

/** Registers that last for all passes. */
interface State {
  readonly zero: Vector;
  readonly one: Vector;
  readonly k: Vector;
  /** The bits that are certain: an unsigned number whose order is that of the float32 that it stands for. */
  readonly found: Vector;
  /** The next bit. */
  readonly bit: Vector;
}

/** The row. */
interface Row {
  readonly x: Scalar;
  readonly turns: Scalar;
  readonly left: Scalar;
  readonly padding: Scalar;
}

function emitKthLargest(machine: VectorMachine, argument: Arguments<Slot>): void {
  const row: Row = {
    x: argument("x"),
    turns: argument("turns"),
    left: argument("left"),
    padding: argument("padding"),
  };
  const state: State = {
    zero: machine.vector(),
    one: machine.vector(),
    k: machine.vector(),
    found: machine.vector(),
    bit: machine.vector(),
  };
  machine.zero(state.zero);
  machine.constant(state.one, 1);
  machine.scope(() => machine.broadcast(state.k, { base: argument("k") }));
  machine.zero(state.found);
  machine.constantBits(state.bit, SIGN);
  tryBit(machine, state, row);
  // an arithmetic shift would copy the sign
  machine.constantBits(state.bit, SECOND);
  machine.repeat(31, () => {
    tryBit(machine, state, row);
    machine.shiftRightInt32(state.bit, state.bit, 1);
  });
  const result = machine.vector();
  toFloat(machine, result, state.found);
  const to = argument("threshold");
  for (let lane = 0; lane < 16; lane += machine.lanes) {
    machine.store({ base: to, disp: 4 * lane }, result);
  }
}

/** Keeps the bit if at least k activations are not below the candidate. */
function tryBit(machine: VectorMachine, state: State, row: Row): void {
  const { k, found, bit } = state;
  machine.scope(() => {
    const [candidate, limit] = [machine.vector(), machine.vector()];
    machine.or(candidate, found, bit);
    toFloat(machine, limit, candidate);
    const counts = Array.from({ length: CHAINS }, () => machine.vector());
    countNotBelow(machine, state, row, limit, counts);
    const [sum, ...others] = counts;
    for (const other of others) machine.add(sum!, sum!, other);
    machine.addAcross(sum!, sum!);
    machine.select(found, sum!, "ge", k, candidate, found);
  });
}

function countNotBelow(
  machine: VectorMachine,
  { zero, one }: State,
  { x, turns, left, padding }: Row,
  limit: Vector,
  counts: readonly Vector[],
): void {
  machine.scope(() => {
    const at = machine.scalar();
    const value = machine.vector();
    const countValue = (count: Vector): void => {
      machine.select(value, value, "ge", limit, one, zero);
      machine.add(count, count, value);
    };
    const countVectors = (some: readonly Vector[]): void => {
      some.forEach((count, i) => {
        machine.load(value, { base: at, disp: 4 * machine.lanes * i });
        countValue(count);
      });
      machine.increase(at, 4 * machine.lanes * some.length);
    };
    const [first, ...others] = counts;
    for (const count of [first!, ...others]) machine.zero(count);
    machine.move(at, x);
    machine.repeat(turns, () => countVectors(counts));
    machine.repeat(left, () => countVectors([first!]));
    machine.scope(() => {
      // there may be no other register for the mask
      const [last] = others;
      machine.add(first!, first!, last!);
      machine.load(value, { base: at });
      machine.load(last!, { base: padding });
      machine.or(value, value, last!);
      machine.zero(last!);
      countValue(last!);
    });
  });
}

/** The float32 that an unsigned number stands for: without its highest bit if that is set, else with all bits turned. */
function toFloat(machine: VectorMachine, to: Vector, from: Vector): void {
  machine.scope(() => {
    const bits = machine.vector();
    machine.shiftRightInt32(to, from, 31); // all bits if the highest is set
    machine.constantBits(bits, ALL);
    machine.xor(to, to, bits);
    machine.constantBits(bits, SIGN);
    machine.or(to, to, bits);
    machine.xor(to, to, from);
  });
}
