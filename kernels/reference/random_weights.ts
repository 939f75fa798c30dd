/**
 * Random matrices of a pattern, for tests.
 *
 * @module
 */
import type { Pattern, Random } from "../../core/mod.ts";

/**
 * A row-major `rows × cols` matrix of values from -1 to 1 in which about 60 % of the units of the pattern are zero, some
 * rows entirely. Units are cut off at the edges, so that any size goes with any pattern.
 */
export function randomWeights(
  random: Random,
  rows: number,
  cols: number,
  pattern: Pattern,
): Float32Array<ArrayBuffer> {
  const kept = keptUnits(random, pattern);
  return Float32Array.from({ length: rows * cols }, (_, i) => {
    const value = 2 * random.next() - 1;
    return kept(Math.floor(i / cols), i % cols) ? value : 0;
  });
}

const KEPT = 0.4;

function keptUnits(random: Random, pattern: Pattern): (row: number, col: number) => boolean {
  const drawn = new Map<string, boolean[]>();
  const unit = (key: string, draw: () => boolean[]): boolean[] => {
    const known = drawn.get(key) ?? draw();
    drawn.set(key, known);
    return known;
  };
  const chance = (): boolean[] => [random.next() < KEPT];
  switch (pattern.kind) {
    case "dense":
      return () => true;
    case "unstructured":
      return () => random.next() < KEPT;
    case "block":
      return (row, col) =>
        unit(
          `${Math.floor(row / pattern.rows)},${Math.floor(col / pattern.cols)}`,
          chance,
        )[0]!;
    case "n_of_m":
      return (row, col) =>
        unit(`${row},${Math.floor(col / pattern.m)}`, () => {
          const group = Array.from({ length: pattern.m }, (_, i) => i < pattern.n);
          random.shuffle(group);
          return group;
        })[col % pattern.m]!;
  }
}
