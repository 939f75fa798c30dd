/**
 * The best choice from a matrix that takes equally many from every row, and equally many from every column.
 *
 * This is the transportation problem. Each column first takes its best rows, which is the best choice without regard to
 * the rows. Then rows that have too many give to rows that have too few along the cheapest chain of exchanges: the
 * method of successive shortest paths (Ahuja, Magnanti, Orlin, "Network Flows", 1993, 9.7) on a graph whose nodes are the
 * rows. Every chain leaves the choice the best for its row counts, so that the last one is the best of all.
 *
 * @module
 */
import { nanScore } from "./selection.ts";

/** How many are taken from a `rows × cols` matrix: `rows * perRow` equals `cols * perCol`. */
export interface Balance {
  /** Height of the matrix. */
  readonly rows: number;
  /** Width of the matrix. */
  readonly cols: number;
  /** Taken from each row. */
  readonly perRow: number;
  /** Taken from each column. */
  readonly perCol: number;
}

/**
 * Marks the balanced choice of the largest total score with 1.
 *
 * Exact up to rounding in float64; an infinite score counts for more than all finite ones together. Takes about a
 * microsecond for each of the `rows * cols` scores if `rows` is 16.
 *
 * @param scores Row-major.
 * @throws {RangeError} If a score is NaN.
 */
export function keepBestBalanced(scores: Float32Array, balance: Balance): Uint8Array {
  const { rows, perRow } = balance;
  const kept = bestOfColumns(scores, balance);
  const surplus = new Int32Array(rows);
  for (let row = 0; row < rows; row++) surplus[row] = countRow(kept, row, balance) - perRow;
  if (surplus.every((extra) => extra === 0)) return kept;
  const exchange = createExchange(scores, kept, balance);
  for (let path = exchange.cheapest(surplus); path !== null; path = exchange.cheapest(surplus)) {
    exchange.apply(path);
    surplus[path[0]!]!--;
    surplus[path.at(-1)!]!++;
  }
  return kept;
}

function bestOfColumns(scores: Float32Array, { rows, cols, perCol }: Balance): Uint8Array {
  const kept = new Uint8Array(rows * cols);
  for (let col = 0; col < cols; col++) {
    for (let taken = 0; taken < perCol; taken++) {
      let best = -1;
      for (let at = col; at < kept.length; at += cols) {
        const score = scores[at]!;
        if (score !== score) throw nanScore(at);
        // Only a larger score passes an earlier one, so ties go to the first row.
        if (kept[at] === 0 && (best < 0 || score > scores[best]!)) best = at;
      }
      kept[best] = 1;
    }
  }
  return kept;
}

function countRow(kept: Uint8Array, row: number, { cols }: Balance): number {
  let count = 0;
  for (let at = row * cols; at < (row + 1) * cols; at++) count += kept[at]!;
  return count;
}

/** Moves of a column's mark from one row to another, and chains of them. */
interface Exchange {
  /** Rows of the cheapest chain from a row with a surplus to one that lacks some; `null` if none lacks any. */
  cheapest(surplus: Int32Array): readonly number[] | null;
  /** Moves a mark from each row of the chain to the next. */
  apply(path: readonly number[]): void;
}

function createExchange(scores: Float32Array, kept: Uint8Array, balance: Balance): Exchange {
  const { rows, cols } = balance;
  /** Least loss of moving a mark from row a to row b, at `a * rows + b`, and the column in which it is moved. */
  const loss = new Float64Array(rows * rows).fill(Infinity);
  const via = new Int32Array(rows * rows).fill(-1);
  /** Distances so far: with them every loss on a cheapest chain counts as 0, and no loss as less. */
  const potential = new Float64Array(rows);

  // Only so large that differences of finite scores are not rounded away beside it.
  const infinite = 1 + 4 * scores.length * largestFinite(scores);

  const score = (row: number, col: number): number =>
    Math.max(-infinite, Math.min(infinite, scores[row * cols + col]!));

  function offer(a: number, b: number, col: number): void {
    if (kept[a * cols + col] === 0 || kept[b * cols + col] === 1) return;
    const cost = score(a, col) - score(b, col);
    if (cost < loss[a * rows + b]!) {
      loss[a * rows + b] = cost;
      via[a * rows + b] = col;
    }
  }

  function search(a: number, b: number): void {
    loss[a * rows + b] = Infinity;
    for (let col = 0; col < cols; col++) offer(a, b, col);
  }

  /** Of a column that was moved, `from` has nothing to give any more and `to` wants nothing; the opposite is new. */
  function update({ from, to, col }: Move): void {
    for (let row = 0; row < rows; row++) {
      if (via[from * rows + row] === col) search(from, row);
      if (via[row * rows + to] === col) search(row, to);
      offer(to, row, col);
      offer(row, from, col);
    }
  }

  for (let a = 0; a < rows; a++) {
    for (let b = 0; b < rows; b++) if (a !== b) search(a, b);
  }

  return {
    cheapest(surplus): readonly number[] | null {
      const distance = new Float64Array(rows).fill(Infinity);
      const before = new Int32Array(rows).fill(-1);
      const done = new Uint8Array(rows);
      surplus.forEach((extra, row) => {
        if (extra > 0) distance[row] = Math.max(0, -potential[row]!);
      });
      for (;;) {
        const row = nearest(distance, done);
        if (row < 0) return null;
        if (surplus[row]! < 0) {
          shiftPotential(potential, distance, distance[row]!);
          return chain(before, row);
        }
        done[row] = 1;
        for (let next = 0; next < rows; next++) {
          // Rounding may take a loss of 0 a little below it, which would let the chain run in circles.
          const step = Math.max(0, loss[row * rows + next]! + potential[row]! - potential[next]!);
          if (done[next] === 0 && distance[row]! + step < distance[next]!) {
            distance[next] = distance[row]! + step;
            before[next] = row;
          }
        }
      }
    },
    apply(path): void {
      const moves = path.slice(1).map((to, i): Move => {
        const from = path[i]!;
        return { from, to, col: via[from * rows + to]! };
      });
      for (const { from, to, col } of moves) {
        kept[from * cols + col] = 0;
        kept[to * cols + col] = 1;
      }
      moves.forEach(update);
    },
  };
}

/** A mark that moves from one row to another. */
interface Move {
  readonly from: number;
  readonly to: number;
  readonly col: number;
}

function largestFinite(scores: Float32Array): number {
  let largest = 0;
  for (let i = 0; i < scores.length; i++) {
    const size = Math.abs(scores[i]!);
    if (size > largest && size !== Infinity) largest = size;
  }
  return largest;
}

function nearest(distance: Float64Array, done: Uint8Array): number {
  let best = -1;
  let least = Infinity;
  for (let row = 0; row < done.length; row++) {
    if (done[row] === 0 && distance[row]! < least) least = distance[best = row]!;
  }
  return best;
}

/** Rows that are farther than the end of the chain count as if they were as far. */
function shiftPotential(potential: Float64Array, distance: Float64Array, limit: number): void {
  for (let row = 0; row < potential.length; row++) {
    potential[row]! += Math.min(distance[row]!, limit);
  }
}

function chain(before: Int32Array, last: number): number[] {
  const path = [last];
  while (before[path[0]!]! >= 0) path.unshift(before[path[0]!]!);
  return path;
}
