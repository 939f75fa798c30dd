/**
 * Random matrices of a pattern, for tests.
 *
 * @module
 */
import { drawMask, type Mask, type Pattern, periodOf, type Random } from "../../core/mod.ts";

/**
 * A row-major `rows × cols` matrix of values from -1 to 1 in which about 60 % of the units of the pattern are zero, some
 * rows entirely, or as many as the pattern itself decides. Units are cut off at the edges, so that any size goes with
 * any pattern.
 */
export function randomWeights(
  random: Random,
  rows: number,
  cols: number,
  pattern: Pattern,
): Float32Array<ArrayBuffer> {
  const kept = keptUnits(random, pattern, rows, cols);
  return Float32Array.from({ length: rows * cols }, (_, i) => {
    const value = 2 * random.next() - 1;
    return kept(Math.floor(i / cols), i % cols) ? value : 0;
  });
}

const KEPT = 0.4;

function keptUnits(
  random: Random,
  pattern: Pattern,
  rows: number,
  cols: number,
): (row: number, col: number) => boolean {
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
    case "partitioned":
    case "complementary": {
      const mask = wholeMask(random, pattern, rows, cols);
      return (row, col) => mask.kept[row * mask.cols + col] === 1;
    }
  }
}

/** A mask of the smallest size that holds the matrix and divides by the pattern. */
function wholeMask(random: Random, pattern: Pattern, rows: number, cols: number): Mask {
  const period = periodOf(pattern);
  const upTo = (size: number, step: number): number => Math.ceil(size / step) * step;
  return drawMask(random, upTo(rows, period.rows), upTo(cols, period.cols), pattern, 0);
}
