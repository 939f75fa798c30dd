/**
 * Random choices that take equally many from every row, and equally many from every column.
 *
 * @module
 */
import type { Balance } from "./balanced_selection.ts";
import type { Random } from "./random.ts";

/**
 * A random balanced choice, marked with 1.
 *
 * With one for each column every choice is equally likely. Else a regular one is mixed by trades between two random rows
 * ("curveball", Strona et al. 2014), whose limit is the uniform distribution (Carstens 2015).
 */
export function drawBalanced(random: Random, balance: Balance): Uint8Array {
  const { rows, cols, perCol } = balance;
  const kept = new Uint8Array(rows * cols);
  const owners = Int32Array.from({ length: cols * perCol }, (_, i) => i % rows);
  // With several in a column, a shuffle could give a row the same column twice.
  if (perCol === 1) random.shuffle(owners);
  owners.forEach((row, i) => kept[row * cols + Math.floor(i / perCol)] = 1);
  if (perCol === 1 || perCol === rows) return kept;
  const trades = 5 * rows * Math.ceil(Math.log2(rows + 1));
  for (let i = 0; i < trades; i++) {
    const a = random.integer(rows);
    const b = (a + 1 + random.integer(rows - 1)) % rows;
    trade(random, kept.subarray(a * cols, (a + 1) * cols), kept.subarray(b * cols, (b + 1) * cols));
  }
  return kept;
}

/** Deals the columns that exactly one of two rows has anew, each row getting as many as it had. */
function trade(random: Random, a: Uint8Array, b: Uint8Array): void {
  const pool: number[] = [];
  let own = 0;
  a.forEach((mark, col) => {
    if (mark === b[col]) return;
    pool.push(col);
    own += mark;
  });
  random.shuffle(pool);
  pool.forEach((col, i) => {
    a[col] = i < own ? 1 : 0;
    b[col] = i < own ? 0 : 1;
  });
}
