/**
 * What the loops of `spmm` are about: tiles of sums, from their start to their store.
 *
 * @module
 */
import type { Address, Scalar, Vector, VectorMachine } from "../machine.ts";
import { type Accumulators, storeAccumulators, takeAccumulators } from "./accumulators.ts";
import type { Arguments } from "./op.ts";
import { applyPostOp, type PostOp, prefersPass } from "./post_op.ts";
import type { Tile } from "./tile.ts";

/** Argument block of `spmm`. */
export const SPMM_SLOTS = [
  "x",
  "xPanelStride",
  "xSkip",
  "y",
  "yPanelStride",
  "residual",
  "residualPanelStride",
  "weights",
  "cols",
  "rowBlocks",
  "passBytes",
  "middlePasses",
  "prefetchBytes",
  "panels",
] as const;

/** A slot of `spmm`. */
export type SpmmSlot = (typeof SPMM_SLOTS)[number];

/** Everything that emission needs to know. */
export interface SpmmShape {
  /** Whether every column is present, so that there are no offsets. */
  readonly dense: boolean;
  /** Whether the columns are cut into two or more passes. */
  readonly severalPasses: boolean;
  /** Register tile. */
  readonly tile: Tile;
  /** Applied to the sums. */
  readonly post: PostOp;
  /** Whether a residual is added. */
  readonly residual: boolean;
  /** Bytes of a panel row. */
  readonly row: number;
  /** Bytes of a vector. */
  readonly vector: number;
  /** Tiles side by side in a panel row. */
  readonly steps: number;
}

/** What every part of the kernel needs. */
export interface SpmmContext {
  /** What is emitted to. */
  readonly machine: VectorMachine;
  /** Loads slots. */
  readonly argument: Arguments<SpmmSlot>;
  /** What is emitted. */
  readonly shape: SpmmShape;
  /** The first column of this pass of this panel. */
  readonly x: Scalar;
  /** This panel. */
  readonly y: Scalar;
  /** This panel. */
  readonly residual: Scalar | null;
  /** The stream of weights. */
  readonly weights: Scalar;
  /** Lines of the next panels to be prefetched next. */
  readonly ahead: readonly Scalar[];
}

/** Where a pass stands: the first starts tiles from the bias, the last finishes them. */
export interface Pass {
  /** Whether it starts tiles. */
  readonly first: boolean;
  /** Whether it finishes tiles. */
  readonly last: boolean;
}

/** Which tile. */
export interface TilePlace {
  /** Tiles of the row before it. */
  readonly step: number;
  /** Holds the bytes from the first row of a panel to that of the tile. */
  readonly down: Scalar;
  /** The pass that it is in. */
  readonly pass: Pass;
  /** Where its biases are, if the pass is the first. */
  readonly bias: Address;
}

/** One tile from its start to its store. */
export function emitTile(
  { machine, shape, y, residual }: SpmmContext,
  { step, down, pass, bias }: TilePlace,
  accumulate: (sets: readonly Accumulators[]) => void,
): void {
  const { tile, row, vector, post } = shape;
  const place = (base: Scalar) => (r: number, v: number): Address => ({
    base,
    index: down,
    disp: r * row + (step * tile.vectors + v) * vector,
  });
  machine.scope(() => {
    const sums = takeAccumulators(machine, tile.rows, tile.vectors);
    if (pass.first) startFromBias(machine, sums, bias);
    else eachSum(sums, (sum, r, v) => machine.load(sum, place(y)(r, v)));
    if (pass.first && residual) addResidual(machine, sums, place(residual));
    machine.scope(() => {
      const others = Array.from({ length: tile.sets - 1 }, () => zeros(machine, tile));
      accumulate([sums, ...others]);
      for (const other of others) {
        eachSum(sums, (sum, r, v) => machine.add(sum, sum, other[r]![v]!));
      }
    });
    if (pass.last && !prefersPass(machine, post)) {
      applyPostOp(machine, post, sums.flat(), tile.rows * tile.vectors);
    }
    storeAccumulators(machine, sums, place(y));
  });
}

function eachSum(sums: Accumulators, body: (sum: Vector, r: number, v: number) => void): void {
  sums.forEach((vectors, r) => vectors.forEach((sum, v) => body(sum, r, v)));
}

function startFromBias(
  machine: VectorMachine,
  sums: Accumulators,
  { base, disp = 0 }: Address,
): void {
  eachSum(sums, (sum, r) => machine.broadcast(sum, { base, disp: disp + 4 * r }));
}

function addResidual(
  machine: VectorMachine,
  sums: Accumulators,
  place: (row: number, vector: number) => Address,
): void {
  machine.scope(() => {
    const residual: Vector = machine.vector();
    eachSum(sums, (sum, r, v) => {
      machine.load(residual, place(r, v));
      machine.add(sum, sum, residual);
    });
  });
}

function zeros(machine: VectorMachine, tile: Tile): Accumulators {
  const sums = takeAccumulators(machine, tile.rows, tile.vectors);
  eachSum(sums, (sum) => machine.zero(sum));
  return sums;
}
