/**
 * The word embeddings and their optimiser state, updated only where a batch looks.
 *
 * AdamW changes every row at every step: without a gradient a row still follows its momentum and decays. Rows do not depend on each
 * other, so a row is left alone until it is looked up, and then brought up to date by doing the steps that it missed. Momentum
 * dies out within some hundred steps; what is left of a long absence is weight decay, a product. So a step costs time for the words of
 * its batch and not for the whole vocabulary: 7.8 million of the 11.2 million parameters of BERT-mini.
 *
 * @module
 */
import type { AdamStep, Floats, Loops } from "../engines/tfjs/mod.ts";

/** How the table sees the training. */
export interface TableSteps {
  /** The numbers of a step. */
  at(step: number): AdamStep;
  /** Product of the `keep` of steps `from` to `to - 1`. */
  keepBetween(from: number, to: number): number;
}

/** The table. Rows are `hidden` elements; all arrays are `vocabulary × hidden` except `done`. */
export interface WordTable {
  /** Elements of a row. */
  readonly hidden: number;
  /** Embeddings as of each row's last update. */
  readonly weights: Floats;
  /** First moments. */
  readonly first: Floats;
  /** Second moments. */
  readonly second: Floats;
  /** Steps that each row has done; its sign bit is set as long as it never had a gradient: `-1 - steps`. */
  readonly done: Int32Array<ArrayBuffer>;
}

/** A table that has done no step. Takes the weights over. */
export function createWordTable(weights: Floats, hidden: number): WordTable {
  return {
    hidden,
    weights,
    first: new Float32Array(weights.length),
    second: new Float32Array(weights.length),
    done: new Int32Array(weights.length / hidden).fill(-1),
  };
}

/** Brings rows to where AdamW has them before step `step`. */
export function bringUpTo(
  table: WordTable,
  rows: Iterable<number>,
  step: number,
  steps: TableSteps,
): void {
  for (const row of rows) {
    const done = table.done[row]!;
    if (done < 0) {
      const behind = -1 - done;
      if (behind < step) {
        multiply(rowOf(table.weights, row, table.hidden), steps.keepBetween(behind, step));
      }
      table.done[row] = -1 - step;
    } else if (done < step) {
      coast(table, row, done, step, steps);
      table.done[row] = step;
    }
  }
}

/** Copies rows, which must be up to date, one after the other. */
export function copyRows(table: WordTable, rows: ArrayLike<number>, to: Floats): void {
  const { hidden, weights } = table;
  for (let i = 0; i < rows.length; i++) to.set(rowOf(weights, rows[i]!, hidden), i * hidden);
}

/**
 * Does step `step` for rows that are up to date.
 *
 * @param gradient One row for each of `rows`.
 */
export function updateRows(
  table: WordTable,
  rows: ArrayLike<number>,
  gradient: Floats,
  step: number,
  adam: AdamStep,
  loops: Loops,
): void {
  const { hidden } = table;
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i]!;
    loops.adamw(stateOf(table, row), rowOf(gradient, i, hidden), null, adam);
    table.done[row] = step + 1;
  }
}

function rowOf(all: Floats, row: number, hidden: number): Floats {
  return all.subarray(row * hidden, (row + 1) * hidden);
}

function stateOf(
  table: WordTable,
  row: number,
): { weights: Floats; first: Floats; second: Floats } {
  const { hidden } = table;
  return {
    weights: rowOf(table.weights, row, hidden),
    first: rowOf(table.first, row, hidden),
    second: rowOf(table.second, row, hidden),
  };
}

function multiply(values: Floats, factor: number): void {
  if (factor === 1) return;
  for (let i = 0; i < values.length; i++) values[i]! *= factor;
}

/** Below this part of the row's largest weight a step is lost in the rounding of float32. */
const NEGLIGIBLE = 2 ** -26;

/** The steps from `from` to `to - 1` with zero gradients. */
function coast(
  table: WordTable,
  row: number,
  from: number,
  to: number,
  steps: TableSteps,
): void {
  const { weights, first, second } = stateOf(table, row);
  for (let step = from; step < to; step++) {
    const { beta1, beta2, keep, rate, rootScale, epsilon } = steps.at(step);
    let moved = 0;
    let largest = 0;
    for (let i = 0; i < weights.length; i++) {
      const m = first[i]! * beta1;
      const v = second[i]! * beta2;
      const change = rate * m / (Math.sqrt(v) * rootScale + epsilon);
      const w = keep * weights[i]! - change;
      first[i] = m;
      second[i] = v;
      weights[i] = w;
      moved = Math.max(moved, Math.abs(change));
      largest = Math.max(largest, Math.abs(w));
    }
    if (rate > 0 && moved <= NEGLIGIBLE * largest) {
      const left = to - step - 1;
      multiply(first, beta1 ** left);
      multiply(second, beta2 ** left);
      multiply(weights, steps.keepBetween(step + 1, to));
      return;
    }
  }
}
