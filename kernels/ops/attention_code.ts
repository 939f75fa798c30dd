/**
 * The loops of the two attention products.
 *
 * @module
 */
import type { Scalar, Target, VectorMachine } from "../machine.ts";
import {
  type Accumulators,
  multiplyAccumulate,
  storeAccumulators,
  takeAccumulators,
} from "./accumulators.ts";
import type { Arguments } from "./op.ts";
import { checkPanelLanes, rowBytes } from "./panel.ts";
import { LANES, matmulTileOf, type Tile } from "./tile.ts";

/** Everything that emission needs to know. */
export interface ProductShape {
  /** Register tile of the blocks; what is left over is done row by row. */
  readonly tile: Tile;
  /** Width P of the panels. */
  readonly panelLanes: number;
  /** Bytes of a panel row. */
  readonly row: number;
  /** Bytes of a vector. */
  readonly vector: number;
  /** Tiles side by side in the lanes that are computed. */
  readonly steps: number;
}

/** The shape for `lanes` lanes of a panel. @throws {RangeError} If either width is no multiple of 16. */
export function productShape(target: Target, panelLanes: number, lanes: number): ProductShape {
  checkPanelLanes(panelLanes);
  checkPanelLanes(lanes);
  const tile = matmulTileOf(target, lanes);
  return {
    tile,
    panelLanes,
    row: rowBytes(panelLanes),
    vector: rowBytes(LANES[target]),
    steps: lanes / (tile.vectors * LANES[target]),
  };
}

/** Argument block of `attentionScores`. */
export const SCORES_SLOTS = [
  "keys",
  "panelSkip",
  "queries",
  "bias",
  "scores",
  "features",
  "fullPanels",
  "restBlocks",
  "restRows",
] as const;

/** Argument block of `attentionContext`. */
export const CONTEXT_SLOTS = [
  "values",
  "panelSkip",
  "probabilities",
  "context",
  "rowBlocks",
  "restRows",
  "fullPanels",
  "restKeys",
] as const;

/** Rows of scores are keys: neighbouring floats of K; a step of the inner loop is a panel row further. */
export function emitScores(
  machine: VectorMachine,
  argument: Arguments<(typeof SCORES_SLOTS)[number]>,
  shape: ProductShape,
  scale: number,
): void {
  const x = argument("queries");
  forColumns(machine, shape, x, (column) => {
    const y = argument("scores");
    if (column) machine.increase(y, column);
    const a = argument("keys");
    const bias = argument("bias");
    const rows = (count: number): void => {
      emitRows(machine, shape, count, y, (sums) => {
        machine.scope(() => {
          const weight = copyOf(machine, a);
          const activation = copyOf(machine, x);
          machine.repeat(argument("features"), () => {
            step(machine, shape, sums, weight, 4, activation);
            machine.increase(weight, shape.row);
          });
        });
        scaleAndBias(machine, sums, scale, bias);
      });
      machine.increase(a, 4 * count);
      machine.increase(bias, 4 * count);
    };
    const { tile, panelLanes } = shape;
    machine.scope(() =>
      machine.repeat(argument("fullPanels"), () => {
        machine.repeat(panelLanes / tile.rows, () => rows(tile.rows));
        machine.scope(() => machine.increase(a, argument("panelSkip")));
      })
    );
    machine.scope(() => machine.repeat(argument("restBlocks"), () => rows(tile.rows)));
    machine.scope(() => machine.repeat(argument("restRows"), () => rows(1)));
  });
}

/** Rows of the context are features: panel rows of V; a step of the inner loop is one float further. */
export function emitContext(
  machine: VectorMachine,
  argument: Arguments<(typeof CONTEXT_SLOTS)[number]>,
  shape: ProductShape,
): void {
  const x = argument("probabilities");
  forColumns(machine, shape, x, (column) => {
    const y = argument("context");
    if (column) machine.increase(y, column);
    const a = argument("values");
    const rows = (count: number): void => {
      emitRows(machine, shape, count, y, (sums) => {
        const weight = copyOf(machine, a);
        const activation = copyOf(machine, x);
        const key = (): void => {
          step(machine, shape, sums, weight, shape.row, activation);
          machine.increase(weight, 4);
        };
        machine.scope(() =>
          machine.repeat(argument("fullPanels"), () => {
            machine.repeat(shape.panelLanes, key);
            machine.scope(() => machine.increase(weight, argument("panelSkip")));
          })
        );
        machine.scope(() => machine.repeat(argument("restKeys"), key));
      });
      machine.increase(a, count * shape.row);
    };
    machine.scope(() => machine.repeat(argument("rowBlocks"), () => rows(shape.tile.rows)));
    machine.scope(() => machine.repeat(argument("restRows"), () => rows(1)));
  });
}

/** Runs `body` for each tile of a panel row; `x` moves along, `column` is how far (`null`: there is only one). */
function forColumns(
  machine: VectorMachine,
  { steps, tile, vector }: ProductShape,
  x: Scalar,
  body: (column: Scalar | null) => void,
): void {
  if (steps === 1) return machine.scope(() => body(null));
  const column = machine.scalar();
  machine.move(column, 0);
  machine.repeat(steps, () => {
    machine.scope(() => body(column));
    machine.increase(column, tile.vectors * vector);
    machine.increase(x, tile.vectors * vector);
  });
}

/** `count` rows of output from zero to their store; `y` moves to the next. */
function emitRows(
  machine: VectorMachine,
  { tile, row, vector }: ProductShape,
  count: number,
  y: Scalar,
  accumulate: (sums: Accumulators) => void,
): void {
  machine.scope(() => {
    const sums = takeAccumulators(machine, count, tile.vectors);
    sums.flat().forEach((sum) => machine.zero(sum));
    accumulate(sums);
    storeAccumulators(machine, sums, (r, v) => ({ base: y, disp: r * row + v * vector }));
  });
  machine.increase(y, count * row);
}

function step(
  machine: VectorMachine,
  { vector, row }: ProductShape,
  sums: Accumulators,
  weight: Scalar,
  weightStride: number,
  activation: Scalar,
): void {
  multiplyAccumulate(
    machine,
    sums,
    (r) => ({ base: weight, disp: r * weightStride }),
    (v) => ({ base: activation, disp: v * vector }),
  );
  machine.increase(activation, row);
}

function scaleAndBias(
  machine: VectorMachine,
  sums: Accumulators,
  scale: number,
  bias: Scalar,
): void {
  machine.scope(() => {
    const factor = machine.vector();
    const added = machine.vector();
    machine.constant(factor, scale);
    sums.forEach((row, r) => {
      machine.broadcast(added, { base: bias, disp: 4 * r });
      row.forEach((sum) => machine.horner(sum, factor, added));
    });
  });
}

function copyOf(machine: VectorMachine, from: Scalar): Scalar {
  const copy = machine.scalar();
  machine.move(copy, from);
  return copy;
}
