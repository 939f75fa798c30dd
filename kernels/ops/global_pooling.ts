/**
 * Global pooling: one value for each channel of an image, written into a lane of a panel, where a linear layer reads it.
 *
 * Idea: the cells of a channel are one run of lanes, pads between the rows included; a table tells which of them count and what
 * the others are taken for. The vectors of a channel are added up or compared, then the lanes of the result.
 *
 * Layout: x is planes (see `formats/planes.ts`), y a lane of a panel (see `panel.ts`): channels are a row apart.
 *
 * Cost: a vector takes three loads and three operations, a channel about 30 cycles beside.
 *
 * Limits: the latency of one addition or comparison after the other.
 *
 * @module
 */
import type { Target, Vector, VectorMachine } from "../machine.ts";
import { type Arguments, defineOp, type Op } from "./op.ts";
import { maximumOrNaN } from "./pooling.ts";
import { LANES } from "./tile.ts";

/** Which `globalPooling` kernel. */
export interface GlobalPoolingOptions {
  /** Instruction set. */
  readonly target: Target;
  /** What is computed of a channel. */
  readonly pooling: "max" | "average";
}

/** What one call of `globalPooling` works on. Addresses and strides are bytes. */
export interface GlobalPoolingArguments {
  /** First pixel of the image in its first channel. */
  readonly x: number;
  /** From one channel to the next. */
  readonly xChannelBytes: number;
  /** Lane of the image in the row of the first channel. */
  readonly y: number;
  /** From one row of the panel to the next. */
  readonly yRowBytes: number;
  /** Vectors of an image. */
  readonly vectors: number;
  /** {@linkcode globalPoolingTable}. */
  readonly table: number;
  /** Channels to compute. */
  readonly channels: number;
}

const SLOTS = ["x", "xChannelBytes", "y", "yRowBytes", "vectors", "table", "channels"] as const;

type Slot = (typeof SLOTS)[number];

/** The `globalPooling` kernel. */
export function globalPooling(
  { target, pooling }: GlobalPoolingOptions,
): Op<GlobalPoolingArguments> {
  return defineOp<Slot, GlobalPoolingArguments>({
    id: `global_pooling_f32_${pooling}_${target}`,
    slots: SLOTS,
    derive: (named) => named,
    emit: (machine, argument) => emitChannels(machine, argument, pooling),
  });
}

/**
 * What the kernel needs to know about the lanes of an image: the factor of an average; the indices that exchange halves,
 * quarters, ... of a vector; and for each vector which lanes are pixels and what the others are taken for.
 *
 * @param mask All ones for each lane that is a pixel, whole vectors.
 * @param pixels Pixels of an image.
 */
export function globalPoolingTable(
  { target, pooling }: GlobalPoolingOptions,
  mask: Uint32Array,
  pixels: number,
): Uint32Array<ArrayBuffer> {
  const lanes = LANES[target];
  const factor = new Uint32Array(Float32Array.of(1 / pixels).buffer)[0]!;
  const each = Array.from({ length: lanes }, (_, lane) => lane);
  const words = [...each.map(() => factor)];
  for (const half of halvesOf(lanes)) words.push(...each.map((lane) => lane ^ half));
  for (let from = 0; from < mask.length; from += lanes) {
    const kept = [...mask.subarray(from, from + lanes)];
    words.push(...kept, ...kept.map((word) => word === 0 && pooling === "max" ? 0xff800000 : 0));
  }
  return Uint32Array.from(words);
}

/** Half the lanes, a quarter, ... 1. */
function halvesOf(lanes: number): number[] {
  const halves = [];
  for (let half = lanes / 2; half >= 1; half /= 2) halves.push(half);
  return halves;
}

function emitChannels(
  machine: VectorMachine,
  argument: Arguments<Slot>,
  pooling: "max" | "average",
): void {
  const bytes = 4 * machine.lanes;
  const [x, y, table] = [argument("x"), argument("y"), argument("table")];
  const halves = halvesOf(machine.lanes);
  machine.repeat(argument("channels"), () => {
    const result = machine.vector();
    if (pooling === "max") machine.constantBits(result, 0xff800000 | 0);
    else machine.zero(result);
    machine.scope(() => {
      const [cell, rules] = [machine.scalar(), machine.scalar()];
      machine.move(cell, x);
      machine.move(rules, table);
      machine.increase(rules, (1 + halves.length) * bytes);
      machine.repeat(argument("vectors"), () => {
        const [seen, rule] = [machine.vector(), machine.vector()];
        machine.load(seen, { base: cell });
        machine.load(rule, { base: rules });
        machine.and(seen, seen, rule);
        machine.load(rule, { base: rules, disp: bytes });
        machine.or(seen, seen, rule);
        combine(machine, pooling, result, seen);
        machine.increase(cell, bytes);
        machine.increase(rules, 2 * bytes);
      });
    });
    const other = machine.vector();
    halves.forEach((_, i) => {
      const indices = machine.vector();
      machine.load(indices, { base: table, disp: (1 + i) * bytes });
      machine.permute(other, indices, result);
      combine(machine, pooling, result, other);
    });
    if (pooling === "average") {
      machine.load(other, { base: table });
      machine.multiply(result, result, other);
    }
    machine.storeLane0({ base: y }, result);
    machine.scope(() => machine.increase(x, argument("xChannelBytes")));
    machine.scope(() => machine.increase(y, argument("yRowBytes")));
  });
}

function combine(
  machine: VectorMachine,
  pooling: "max" | "average",
  to: Vector,
  other: Vector,
): void {
  if (pooling === "max") maximumOrNaN(machine, to, other);
  else machine.add(to, to, other);
}
