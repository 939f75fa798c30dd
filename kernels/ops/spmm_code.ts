/**
 * The loops of `spmm`.
 *
 * Integer registers are scarce (13), so loops count down what they loaded, and what is read once a panel is loaded from
 * the argument block again instead of being held.
 *
 * @module
 */
import type { Scalar, VectorMachine } from "../machine.ts";
import { type Accumulators, multiplyAccumulate } from "./accumulators.ts";
import type { Arguments } from "./op.ts";
import { emitPass, prefersPass } from "./post_op.ts";
import {
  emitTile,
  type Pass,
  type SpmmContext,
  type SpmmShape,
  type SpmmSlot,
} from "./spmm_tile.ts";

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
      const context: SpmmContext = { machine, argument, shape, x, y, residual, weights, ahead };
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

function allPasses(context: SpmmContext, nextColumns: () => void): void {
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
function emitRows(context: SpmmContext, pass: Pass): void {
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

function sparseRows(context: SpmmContext, pass: Pass, remainder: number): void {
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
  { machine, shape, x }: SpmmContext,
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
function prefetchNext({ machine, argument, ahead }: SpmmContext): void {
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
function prefetchWeights({ machine, shape }: SpmmContext, at: Scalar, bytes: number): void {
  if (!isNarrow(shape)) return;
  for (let line = 0; line < bytes; line += 64) {
    machine.prefetch({ base: at, disp: WEIGHTS_AHEAD + line });
  }
}

function denseRows(context: SpmmContext): void {
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
function finishRows({ machine, shape, y }: SpmmContext, down: Scalar): void {
  const { tile, row, vector, post } = shape;
  if (!prefersPass(machine, post)) return;
  const at = machine.scalar();
  machine.move(at, y);
  machine.increase(at, down);
  emitPass(machine, at, at, tile.rows * row / vector);
}
