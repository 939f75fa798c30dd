/**
 * The loops of `spmm`.
 *
 * Integer registers are scarce (13), so loops count down what they loaded, and what is read once a panel is loaded from
 * the argument block again instead of being held.
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
interface Context {
  readonly machine: VectorMachine;
  readonly argument: Arguments<SpmmSlot>;
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
interface Pass {
  readonly first: boolean;
  readonly last: boolean;
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
  const advance = (pointer: Scalar, by: SpmmSlot): void =>
    machine.scope(() => machine.increase(pointer, argument(by)));
  machine.countDown(argument("panels"), () => {
    machine.scope(() => {
      const weights = argument("weights");
      const still = shape.dense || isNarrow(shape) || machine.target.startsWith("wasm");
      const ahead = still ? [] : [x, y].map((panel) => {
        const next = argument(panel === x ? "xPanelStride" : "yPanelStride");
        machine.increase(next, panel);
        return next;
      });
      const context: Context = { machine, argument, shape, x, y, residual, weights, ahead };
      if (shape.dense) denseRows(context);
      else allPasses(context, () => advance(x, "passBytes"));
    });
    advance(x, "xSkip");
    advance(y, "yPanelStride");
    if (residual) advance(residual, "residualPanelStride");
  });
}

/** Whether panels are so narrow that the weights, each used once, take longer to come than to be multiplied. */
function isNarrow({ row }: SpmmShape): boolean {
  return row <= 128;
}

function allPasses(context: Context, nextColumns: () => void): void {
  const { machine, argument, shape } = context;
  if (!shape.severalPasses) return emitRows(context, { first: true, last: true });
  emitRows(context, { first: true, last: false });
  machine.scope(() =>
    machine.countDown(argument("middlePasses"), () => {
      nextColumns();
      emitRows(context, { first: false, last: false });
    })
  );
  nextColumns();
  emitRows(context, { first: false, last: true });
}

/** All row blocks of a pass, grouped by the columns that are left over after whole turns. */
function emitRows(context: Context, pass: Pass): void {
  const { machine, shape, weights } = context;
  for (let remainder = 0; remainder < shape.tile.unroll; remainder++) {
    machine.scope(() => {
      const rowBlocks = machine.scalar();
      machine.loadU32(rowBlocks, { base: weights });
      machine.increase(weights, 4);
      machine.countDown(rowBlocks, () => sparseRows(context, pass, remainder));
    });
  }
}

function sparseRows(context: Context, pass: Pass, remainder: number): void {
  const { machine, shape, weights } = context;
  const { tile, steps } = shape;
  const down = machine.scalar();
  machine.loadU32(down, { base: weights });
  if (!prefetchesByTurn(tile.rows)) prefetchNext(context);
  for (let step = 0; step < steps; step++) {
    emitTile(context, { step, down, pass, bias: { base: weights, disp: 8 } }, (sets) => {
      const turns = machine.scalar();
      machine.loadU32(turns, { base: weights, disp: 4 });
      // every step but the last leaves the stream where it is, for the next one to read again
      const last = step === steps - 1;
      const columns = last ? weights : machine.scalar();
      if (!last) machine.move(columns, weights);
      machine.increase(columns, 8 + (pass.first ? 4 * tile.rows : 0));
      machine.countDown(turns, () => {
        emitColumns(context, step, sets, columns, tile.unroll);
        if (last) prefetchWeights(context, columns, tile.unroll * (4 + 4 * tile.rows));
        if (step === 0 && prefetchesByTurn(tile.rows)) prefetchNext(context);
      });
      emitColumns(context, step, sets, columns, remainder);
    });
  }
  if (pass.last) machine.scope(() => finishRows(context, down));
}

/** `count` stored columns. */
function emitColumns(
  { machine, shape, x }: Context,
  step: number,
  sets: readonly Accumulators[],
  columns: Scalar,
  count: number,
): void {
  const { tile, vector } = shape;
  const columnBytes = 4 + 4 * tile.rows;
  machine.scope(() => {
    const activations = machine.scalar();
    for (let i = 0; i < count; i++) {
      const at = i * columnBytes;
      machine.loadU32(activations, { base: columns, disp: at });
      // an operand of base and index would be two micro-operations
      machine.increase(activations, x);
      multiplyAccumulate(
        machine,
        sets[i % tile.sets]!,
        (r) => ({ base: columns, disp: at + 4 + 4 * r }),
        (v) => ({ base: activations, disp: (step * tile.vectors + v) * vector }),
      );
    }
  });
  machine.increase(columns, count * columnBytes);
}

/** Whether lines are prefetched in each turn. Loads limit lower tiles: those do it in each row block of each pass. */
export function prefetchesByTurn(rows: number): boolean {
  return rows >= 4;
}

/**
 * A line each of the next x and the next y panel. Spread over the columns, because a dozen lines that are on their way from
 * the third-level cache would keep those of the second level waiting.
 */
function prefetchNext({ machine, argument, ahead }: Context): void {
  if (ahead.length === 0) return;
  machine.scope(() => {
    const bytes = argument("prefetchBytes");
    for (const line of ahead) {
      machine.prefetch({ base: line });
      machine.increase(line, bytes);
    }
  });
}

// what arrives while a line comes from the third-level cache; the processor itself looks no further than a page of 4 KiB
const WEIGHTS_AHEAD = 2048;

/** The weights that will be read some turns later, of which this turn has read `bytes`. */
function prefetchWeights({ machine, shape }: Context, at: Scalar, bytes: number): void {
  if (!isNarrow(shape)) return;
  for (let line = 0; line < bytes; line += 64) {
    machine.prefetch({ base: at, disp: WEIGHTS_AHEAD + line });
  }
}

function denseRows(context: Context): void {
  const { machine, argument, shape, x, weights } = context;
  const { tile, vector, row, steps } = shape;
  const down = machine.scalar();
  machine.move(down, 0);
  machine.countDown(argument("rowBlocks"), () => {
    for (let step = 0; step < steps; step++) {
      const last = step === steps - 1;
      const pass = { first: true, last: true };
      emitTile(context, { step, down, pass, bias: { base: weights } }, ([sums]) => {
        const activations = machine.scalar();
        machine.move(activations, x);
        const column = last ? weights : machine.scalar();
        if (!last) machine.move(column, weights);
        machine.increase(column, 4 * tile.rows);
        machine.countDown(argument("cols"), () => {
          multiplyAccumulate(
            machine,
            sums!,
            (r) => ({ base: column, disp: 4 * r }),
            (v) => ({ base: activations, disp: (step * tile.vectors + v) * vector }),
          );
          machine.increase(column, 4 * tile.rows);
          machine.increase(activations, row);
          if (last) prefetchWeights(context, column, 4 * tile.rows);
        });
      });
    }
    machine.scope(() => finishRows(context, down));
    machine.increase(down, tile.rows * row);
  });
}

/** What is left to do once all tiles of a row block are stored. */
function finishRows({ machine, shape, y }: Context, down: Scalar): void {
  const { tile, row, vector, post } = shape;
  if (!prefersPass(machine, post)) return;
  const at = machine.scalar();
  machine.move(at, y);
  machine.increase(at, down);
  emitPass(machine, at, at, tile.rows * row / vector);
}

/** Which tile. */
interface TilePlace {
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
function emitTile(
  { machine, shape, y, residual }: Context,
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
