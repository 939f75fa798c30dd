/**
 * What becomes of a tile of int32 sums: stored as they are, as float32, or as unsigned bytes.
 *
 * @module
 */
import type { Address, Scalar, Vector, VectorMachine } from "../machine.ts";
import { type Accumulators, storeAccumulators } from "./accumulators.ts";
import { QUAD } from "./byte_panel.ts";
import type { QuantizedOutput } from "./spmm_u8s8.ts";

/** Where and how a tile is stored. */
export interface OutputPlace {
  /** What is stored. */
  readonly output: QuantizedOutput;
  /** Width P of the panels. */
  readonly panelLanes: number;
  /** Vectors of the panel row left of the tile. */
  readonly firstVector: number;
  /** The row block. */
  readonly y: Scalar;
  /** The numbers of `outputLimits`; takes a scalar. */
  readonly limits: () => Address;
  /** Runs `body` with the place of each row's scale. */
  readonly scales: (body: (scale: (row: number) => Address) => void) => void;
}

/** Stores a tile; overwrites `sums`. */
export function emitOutput(machine: VectorMachine, sums: Accumulators, place: OutputPlace): void {
  switch (place.output) {
    case "int32":
      return storeLanes(machine, sums, place);
    case "float32":
      scale(machine, sums, place, false);
      return storeLanes(machine, sums, place);
    case "quads":
      scale(machine, sums, place, true);
      return storeQuads(machine, sums, place);
    case "rows":
      scale(machine, sums, place, true);
      return storeRows(machine, sums, place);
  }
}

function scale(
  machine: VectorMachine,
  sums: Accumulators,
  { limits, scales }: OutputPlace,
  bytes: boolean,
): void {
  machine.scope(() => {
    const bounds = loadLimits(machine, limits, bytes);
    const factor = machine.vector();
    scales((at) =>
      sums.forEach((row, r) => {
        machine.broadcast(factor, at(r));
        row.forEach((sum) => rescale(machine, sum, factor, bounds));
      })
    );
  });
}

/** The numbers of `outputLimits` in registers: the smallest, and for bytes the largest and the zero point. */
export type Limits = readonly [least: Vector, most?: Vector, zeroPoint?: Vector];

/** Takes 1 vector, or 3 for bytes, and loads them. */
export function loadLimits(machine: VectorMachine, limits: () => Address, bytes: boolean): Limits {
  const load = (i: number): Vector => {
    const vector = machine.vector();
    machine.scope(() => machine.broadcast(vector, { ...limits(), disp: 4 * i }));
    return vector;
  };
  return bytes ? [load(0), load(1), load(2)] : [load(0)];
}

/** `sum * factor` within the limits; for bytes rounded, plus the zero point, as int32 from 0 to 255. */
export function rescale(machine: VectorMachine, sum: Vector, factor: Vector, limits: Limits): void {
  const [least, most, zeroPoint] = limits;
  machine.toFloat32(sum, sum);
  machine.multiply(sum, sum, factor);
  machine.maximum(sum, sum, least);
  if (!most || !zeroPoint) return;
  // the limits are integers, so it does not matter that they come before the rounding, and int32 holds the rest
  machine.minimum(sum, sum, most);
  machine.toInt32(sum, sum);
  machine.addInt32(sum, sum, zeroPoint);
}

function storeLanes(
  machine: VectorMachine,
  sums: Accumulators,
  { y, panelLanes, firstVector }: OutputPlace,
): void {
  storeAccumulators(machine, sums, (r, v) => ({
    base: y,
    disp: 4 * (r * panelLanes + (firstVector + v) * machine.lanes),
  }));
}

/** Four rows of a lane become its 4 bytes. */
function storeQuads(
  machine: VectorMachine,
  sums: Accumulators,
  { y, panelLanes, firstVector }: OutputPlace,
): void {
  for (let r = 0; r < sums.length; r += QUAD) {
    sums[r]!.forEach((first, v) => {
      for (let i = 1; i < QUAD; i++) {
        const other = sums[r + i]![v]!;
        machine.shiftLeftInt32(other, other, 8 * i);
        machine.or(first, first, other);
      }
      machine.store(
        { base: y, disp: r * panelLanes + 4 * (firstVector + v) * machine.lanes },
        first,
      );
    });
  }
}

/**
 * Packs bring the bytes of four vectors into the order of `rows`. Where a tile has two, the first of a pair of tiles
 * leaves its 16-bit integers where the second puts the bytes of both.
 */
function storeRows(
  machine: VectorMachine,
  sums: Accumulators,
  { y, panelLanes, firstVector }: OutputPlace,
): void {
  sums.forEach((row, r) => {
    for (let v = 0; v < row.length; v += 2) {
      const at = {
        base: y,
        disp: r * panelLanes + Math.floor((firstVector + v) / 4) * 4 * machine.lanes,
      };
      const [words, other] = [row[v]!, row[v + 1]!];
      machine.packWords(words, words, other);
      if ((firstVector + v) % 4 === 0) {
        if (row.length === 2) machine.store(at, words);
        continue;
      }
      const low = row.length === 2 ? other : row[v - 2]!;
      if (row.length === 2) machine.load(low, at);
      machine.packBytes(low, low, words);
      machine.store(at, low);
    }
  });
}
