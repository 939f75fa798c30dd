/**
 * Pooling of planes: the largest cell under a window, or a weighted sum of its cells.
 *
 * Idea: as in `convolution.ts`, a tap sees the same cells of a plane some bytes further, so a panel of lanes takes the maximum or
 * the sum over a list of offsets. The mean is the sum times a factor for each lane, since windows at the borders see fewer
 * pixels. A maximum is NaN if one of the cells is, as the maximum of IEEE 754-2019 is.
 *
 * Layout: see `formats/planes.ts`; pads hold 0 for sums and -Infinity for maxima.
 *
 * Cost: a tap takes a load for each vector, and each but the first an addition or, for the maximum that heeds NaN, two maxima and
 * an `or`.
 *
 * Limits: the load units, and on large images the bandwidth of memory.
 *
 * @module
 */
import type { Address, Scalar, Target, Vector, VectorMachine } from "../machine.ts";
import { takeVectors } from "./columns.ts";
import { type Arguments, defineOp, type Op } from "./op.ts";
import { LANES } from "./tile.ts";

/** Which `pooling` kernel. */
export interface PoolingOptions {
  /** Instruction set. */
  readonly target: Target;
  /** What is computed of a window. */
  readonly pooling: "max" | "average";
  /** Vectors of a panel, from 1 to {@linkcode WIDEST_POOLING}. */
  readonly vectors: number;
  /** Whether a mask clears lanes; default false. */
  readonly masked?: boolean;
  /** Vectors of x from one vector of y to the next; default 1. */
  readonly step?: number;
}

/** Most vectors of a panel. */
export const WIDEST_POOLING = 4;

/** What one call of `pooling` works on. Addresses and strides are bytes. */
export interface PoolingArguments {
  /** First cell of the first channel at lane 0 of the first panel. */
  readonly x: number;
  /** From one channel of x to the next. */
  readonly xChannelBytes: number;
  /** First channel of y at lane 0 of the first panel; overwritten. */
  readonly y: number;
  /** From one channel of y to the next. */
  readonly yChannelBytes: number;
  /** Byte offsets of the taps, 32 bits each. */
  readonly taps: number;
  /** Number of taps, at least 1. */
  readonly tapCount: number;
  /** A float32 factor for each lane. Only read for averages. */
  readonly factors?: number;
  /** All ones for each lane to be kept and 0 for the others. Ignored without `masked`. */
  readonly mask?: number;
  /** Channels to compute. */
  readonly channels: number;
  /** Panels of each. */
  readonly panels: number;
}

const SLOTS = [
  "x",
  "xChannelBytes",
  "y",
  "yChannelBytes",
  "taps",
  "laterTaps",
  "factors",
  "mask",
  "channels",
  "panels",
] as const;

type Slot = (typeof SLOTS)[number];

/** The `pooling` kernel of a panel width. */
export function pooling(options: PoolingOptions): Op<PoolingArguments> {
  const { target, pooling, vectors, masked = false, step = 1 } = options;
  const parts = [`pooling_f32_${pooling}`, target, ...masked ? ["masked"] : []];
  if (step > 1) parts.push(`by${step}`);
  return defineOp<Slot, PoolingArguments>({
    id: [...parts, vectors * LANES[target]].join("_"),
    slots: SLOTS,
    derive: ({ tapCount, ...named }) => ({
      ...named,
      laterTaps: tapCount - 1,
      factors: named.factors ?? 0,
      mask: named.mask ?? 0,
    }),
    emit: (machine, argument) =>
      emitChannels({ machine, argument, pooling, vectors, masked, step }),
  });
}

interface Emission {
  readonly machine: VectorMachine;
  readonly argument: Arguments<Slot>;
  readonly pooling: "max" | "average";
  readonly vectors: number;
  readonly masked: boolean;
  readonly step: number;
}

function emitChannels(emission: Emission): void {
  const { machine, argument } = emission;
  const [x, y] = [argument("x"), argument("y")];
  machine.repeat(argument("channels"), () => {
    emitPanels(emission, x, y);
    machine.scope(() => machine.increase(x, argument("xChannelBytes")));
    machine.scope(() => machine.increase(y, argument("yChannelBytes")));
  });
}

function emitPanels(emission: Emission, x: Scalar, y: Scalar): void {
  const { machine, argument, vectors } = emission;
  machine.scope(() => {
    const lane = machine.scalar();
    machine.move(lane, 0);
    machine.repeat(argument("panels"), () => {
      emitPanel(emission, x, y, lane);
      machine.increase(lane, 4 * vectors * machine.lanes);
    });
  });
}

function emitPanel(emission: Emission, x: Scalar, y: Scalar, lane: Scalar): void {
  const { machine, argument, pooling, masked, step } = emission;
  const results = takeVectors(machine, emission.vectors);
  const disp = (i: number): number => 4 * i * machine.lanes;
  machine.scope(() => {
    const [taps, cell] = [argument("taps"), machine.scalar()];
    const tap = (see: (result: Vector, from: Address) => void): void => {
      machine.loadU32(cell, { base: taps });
      for (let i = 0; i < step; i++) machine.increase(cell, lane);
      machine.increase(taps, 4);
      results.forEach((result, i) => see(result, { base: x, index: cell, disp: step * disp(i) }));
    };
    tap((result, from) => machine.load(result, from));
    machine.repeat(argument("laterTaps"), () => {
      const seen = machine.vector();
      tap((result, from) => {
        machine.load(seen, from);
        if (pooling === "max") maximumOrNaN(machine, result, seen);
        else machine.add(result, result, seen);
      });
    });
  });
  const perLane = (slot: Slot, body: (result: Vector, value: Vector) => void): void =>
    machine.scope(() => {
      const [table, value] = [argument(slot), machine.vector()];
      results.forEach((result, i) => {
        machine.load(value, { base: table, index: lane, disp: disp(i) });
        body(result, value);
      });
    });
  if (pooling === "average") perLane("factors", (sum, by) => machine.multiply(sum, sum, by));
  if (masked) perLane("mask", (result, kept) => machine.and(result, result, kept));
  results.forEach((result, i) => machine.store({ base: y, index: lane, disp: disp(i) }, result));
}

/** `to` = the larger of both, NaN if one is. */
export function maximumOrNaN(machine: VectorMachine, to: Vector, other: Vector): void {
  machine.scope(() => {
    const larger = machine.vector();
    // each order gives its second value if one is NaN; bits of a number leave a NaN a NaN
    machine.maximum(larger, to, other);
    machine.maximum(to, other, to);
    machine.or(to, to, larger);
  });
}
