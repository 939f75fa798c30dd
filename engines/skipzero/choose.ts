/**
 * Which kernel a weight gets: the pattern whose packed form costs the fewest cycles.
 *
 * Idea: the zeros are in the weights, so the weights decide, not a label. For every block height the non-empty blocks are
 * counted and priced with the fraction of the FMA peak that this height reaches; the cheapest wins, dense included.
 *
 * @module
 */
import type { Pattern } from "../../core/mod.ts";

/** A pattern and why it was chosen. */
export interface Choice {
  /** How the weight is packed. */
  readonly pattern: Pattern;
  /** Fraction of zero weights, 0 to 1. */
  readonly sparsity: number;
  /** In words, for the dispatch table of a result. */
  readonly reason: string;
}

/**
 * Fraction of the FMA peak on the stored weights that is expected, by rows that share one activation load.
 *
 * Not measured on the machine that compiles. A loaded AVX-512 Xeon (1024 x 1024, 90 % zeros, 384 lanes) reached 0.35 with one
 * row, 0.61 with two, 0.87 with four, 0.80 to 0.83 with eight and 0.99 dense, so one and two rows are priced too low there.
 */
const EFFICIENCY: readonly { readonly rows: number; readonly fraction: number }[] = [
  { rows: 1, fraction: 0.6 },
  { rows: 2, fraction: 0.85 },
  { rows: 4, fraction: 0.95 },
  { rows: 8, fraction: 0.95 },
  { rows: 16, fraction: 0.95 },
];

const DENSE_EFFICIENCY = 0.95;

/** A sparse kernel must be this much cheaper: offsets take memory, and a tie is not worth them. */
const LEAST_SAVING = 0.05;

/**
 * Chooses the kernel for a weight.
 *
 * @param weights `rows × cols`, row-major, rows = output channels.
 * @param unpruned Choose the dense kernel whatever the weights are.
 */
export function chooseKernel(
  weights: Float32Array,
  rows: number,
  cols: number,
  unpruned: boolean,
): Choice {
  const sparsity = countZeros(weights) / Math.max(1, weights.length);
  if (unpruned) return { pattern: { kind: "dense" }, sparsity, reason: "dense engine" };
  const dense = { pattern: { kind: "dense" } as Pattern, cost: 1 / DENSE_EFFICIENCY };
  const sparse = EFFICIENCY.filter((entry) => rows % entry.rows === 0).map((entry) => ({
    pattern: blockPattern(entry.rows),
    cost: storedFraction(weights, rows, cols, entry.rows) / entry.fraction,
  }));
  // The higher block wins a tie: it needs fewer offsets.
  const sparsest = sparse.reduce((least, next) => next.cost <= least.cost ? next : least);
  const best = sparsest.cost < (1 - LEAST_SAVING) * dense.cost ? sparsest : dense;
  const percent = (100 * sparsity).toFixed(1);
  const reason = best === dense
    ? `${percent} % zeros: skipping them would cost more than it saves`
    : `${percent} % zeros: ${
      (dense.cost / best.cost).toFixed(1)
    }x cheaper than dense by the cost model`;
  return { pattern: best.pattern, sparsity, reason };
}

function blockPattern(rows: number): Pattern {
  return rows === 1 ? { kind: "unstructured" } : { kind: "block", rows, cols: 1 };
}

function countZeros(weights: Float32Array): number {
  let zeros = 0;
  for (let i = 0; i < weights.length; i++) if (weights[i] === 0) zeros++;
  return zeros;
}

/** Fraction of weight positions inside blocks of `height` rows by one column that are not all zero. */
function storedFraction(weights: Float32Array, rows: number, cols: number, height: number): number {
  let blocks = 0;
  for (let top = 0; top < rows; top += height) {
    for (let col = 0; col < cols; col++) {
      for (let row = top; row < top + height; row++) {
        if (weights[row * cols + col] !== 0) {
          blocks++;
          break;
        }
      }
    }
  }
  return blocks * height / (rows * cols);
}
