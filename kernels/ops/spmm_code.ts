/**
 * The loops of `spmm`.
 *
 * Integer registers are scarce (13, two for each running loop), so what is read once a row block is loaded from the
 * argument block again instead of being held.
 *
 * @module
 */
import type { Address, Scalar, Vector, VectorMachine } from "../machine.ts";
import {
  type Accumulators,
  multiplyAccumulate,
  storeAccumulators,
  takeAccumulators,
} from "./accumulators.ts";
import type { Arguments } from "./op.ts";
import { applyPostOp, emitPass, type PostOp, prefersPass } from "./post_op.ts";
import type { Tile } from "./tile.ts";

/** Argument block of `spmm`. */
export const SPMM_SLOTS = [
  "x",
  "xPanelStride",
  "y",
  "ySkip",
  "residual",
  "residualSkip",
  "values",
  "offsets",
  "counts",
  "bias",
  "cols",
  "rowBlocks",
  "panels",
] as const;

/** A slot of `spmm`. */
export type SpmmSlot = (typeof SPMM_SLOTS)[number];

/** Everything that emission needs to know. */
export interface SpmmShape {
  /** Whether every column is present, so that there are no offsets. */
  readonly dense: boolean;
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
interface Context {
  readonly machine: VectorMachine;
  readonly argument: Arguments<SpmmSlot>;
  readonly shape: SpmmShape;
  /** This panel. */
  readonly x: Scalar;
  /** This row block of this panel. */
  readonly y: Scalar;
  /** This row block of this panel. */
  readonly residual: Scalar | null;
}

/** Emits the kernel. */
export function emitSpmm(
  machine: VectorMachine,
  argument: Arguments<SpmmSlot>,
  shape: SpmmShape,
): void {
  const x = argument("x");
  const y = argument("y");
  const residual = shape.residual ? argument("residual") : null;
  const context: Context = { machine, argument, shape, x, y, residual };
  const advance = (pointer: Scalar, by: SpmmSlot): void =>
    machine.scope(() => machine.increase(pointer, argument(by)));
  machine.repeat(argument("panels"), () => {
    machine.scope(() => shape.dense ? denseRows(context) : sparseRows(context));
    advance(x, "xPanelStride");
    advance(y, "ySkip");
    if (residual) advance(residual, "residualSkip");
  });
}

function sparseRows(context: Context): void {
  const { machine, argument, shape } = context;
  const values = argument("values");
  const offsets = argument("offsets");
  // 4 bytes a row block: the place in counts, and times R that in bias
  const block = machine.scalar();
  machine.move(block, 0);
  const startBias = (body: (at: Scalar) => void): void =>
    machine.scope(() => {
      const at = argument("bias");
      for (let i = 0; i < shape.tile.rows; i++) machine.increase(at, block);
      body(at);
    });
  machine.repeat(argument("rowBlocks"), () => {
    for (let step = 0; step < shape.steps; step++) {
      emitTile(context, step, startBias, (sets) => {
        const count = machine.scalar();
        machine.scope(() => machine.loadU32(count, { base: argument("counts"), index: block }));
        machine.repeat(count, () => emitColumns(context, step, sets, values, offsets));
        // the next step reads the same columns again
        if (step < shape.steps - 1) rewind(context, count, values, offsets);
      });
    }
    machine.increase(block, 4);
    finishRows(context);
  });
}

/** One turn of the inner loop: `unroll` stored columns. */
function emitColumns(
  { machine, shape, x }: Context,
  step: number,
  sets: readonly Accumulators[],
  values: Scalar,
  offsets: Scalar,
): void {
  const { tile, vector } = shape;
  const start = step * tile.vectors * vector;
  const columnBytes = 4 * tile.rows;
  machine.scope(() => {
    const index = machine.scalar();
    for (let i = 0; i < tile.unroll; i++) {
      machine.loadU32(index, { base: offsets, disp: 4 * i });
      multiplyAccumulate(
        machine,
        sets[i % tile.sets]!,
        (r) => ({ base: values, disp: i * columnBytes + 4 * r }),
        (v) => ({ base: x, index, disp: start + v * vector }),
      );
    }
  });
  machine.increase(values, tile.unroll * columnBytes);
  machine.increase(offsets, tile.unroll * 4);
}

function rewind({ machine, shape }: Context, turns: Scalar, values: Scalar, offsets: Scalar): void {
  machine.scope(() => {
    const bytes = machine.scalar();
    machine.move(bytes, turns);
    machine.shiftLeft(bytes, Math.log2(4 * shape.tile.unroll));
    machine.decrease(offsets, bytes);
    machine.shiftLeft(bytes, Math.log2(shape.tile.rows));
    machine.decrease(values, bytes);
  });
}

function denseRows(context: Context): void {
  const { machine, argument, shape, x } = context;
  const { tile, vector, row } = shape;
  const values = argument("values");
  const bias = argument("bias");
  machine.repeat(argument("rowBlocks"), () => {
    for (let step = 0; step < shape.steps; step++) {
      emitTile(context, step, (body) => body(bias), ([sums]) => {
        const activation = machine.scalar();
        machine.move(activation, x);
        const last = step === shape.steps - 1;
        const weight = last ? values : machine.scalar();
        if (!last) machine.move(weight, values);
        machine.repeat(argument("cols"), () => {
          multiplyAccumulate(
            machine,
            sums!,
            (r) => ({ base: weight, disp: 4 * r }),
            (v) => ({ base: activation, disp: (step * tile.vectors + v) * vector }),
          );
          machine.increase(weight, 4 * tile.rows);
          machine.increase(activation, row);
        });
      });
    }
    machine.increase(bias, 4 * tile.rows);
    finishRows(context);
  });
}

/** What is left to do once all tiles of a row block are stored. */
function finishRows({ machine, shape, y, residual }: Context): void {
  const { tile, row, vector, post } = shape;
  if (prefersPass(machine, post)) emitPass(machine, y, y, tile.rows * row / vector);
  else machine.increase(y, tile.rows * row);
  if (residual) machine.increase(residual, tile.rows * row);
}

/** One tile from its start to its store. */
function emitTile(
  context: Context,
  step: number,
  startBias: (body: (at: Scalar) => void) => void,
  accumulate: (sets: readonly Accumulators[]) => void,
): void {
  const { machine, shape, y } = context;
  const { tile, row, vector } = shape;
  const place = (base: Scalar) => (r: number, v: number): Address => ({
    base,
    disp: r * row + (step * tile.vectors + v) * vector,
  });
  machine.scope(() => {
    const sums = takeAccumulators(machine, tile.rows, tile.vectors);
    startBias((at) =>
      sums.forEach((vectors, r) =>
        vectors.forEach((sum) => machine.broadcast(sum, { base: at, disp: 4 * r }))
      )
    );
    if (context.residual) addResidual(machine, sums, place(context.residual));
    machine.scope(() => {
      const others = Array.from({ length: tile.sets - 1 }, () => zeros(machine, tile));
      accumulate([sums, ...others]);
      for (const other of others) addTile(machine, sums, other);
    });
    if (!prefersPass(machine, shape.post)) {
      applyPostOp(machine, shape.post, sums.flat(), tile.rows * tile.vectors);
    }
    storeAccumulators(machine, sums, place(y));
  });
}

function addResidual(
  machine: VectorMachine,
  sums: Accumulators,
  place: (row: number, vector: number) => Address,
): void {
  machine.scope(() => {
    const residual: Vector = machine.vector();
    sums.forEach((vectors, r) =>
      vectors.forEach((sum, v) => {
        machine.load(residual, place(r, v));
        machine.add(sum, sum, residual);
      })
    );
  });
}

function zeros(machine: VectorMachine, tile: Tile): Accumulators {
  const sums = takeAccumulators(machine, tile.rows, tile.vectors);
  sums.flat().forEach((sum) => machine.zero(sum));
  return sums;
}

function addTile(machine: VectorMachine, sums: Accumulators, other: Accumulators): void {
  sums.forEach((vectors, r) => vectors.forEach((sum, v) => machine.add(sum, sum, other[r]![v]!)));
}
