/**
 * A matrix of units, seen from the side or tile by tile.
 *
 * @module
 */
import type { Size } from "./pattern.ts";

/** The `cols × rows` transpose of a row-major `rows × cols` matrix. */
export function transposed<T extends Uint8Array | Float32Array>(
  matrix: T,
  rows: number,
  cols: number,
): T {
  const result = matrix.slice();
  for (let row = 0; row < rows; row++) {
    for (let col = 0; col < cols; col++) result[col * rows + row] = matrix[row * cols + col]!;
  }
  return result as T; // a slice of its own kind
}

/**
 * Fills a matrix tile by tile, in place.
 *
 * @param kept Row-major, `cols` wide, of whole tiles.
 * @param choose Units of the tile whose first unit is at `start`, row-major; read before the next is asked for.
 */
export function inTiles(
  kept: Uint8Array,
  cols: number,
  { rows: R, cols: C }: Size,
  choose: (start: number) => Uint8Array,
): Uint8Array {
  for (let top = 0; top < kept.length; top += R * cols) {
    for (let left = 0; left < cols; left += C) {
      const tile = choose(top + left);
      for (let r = 0; r < R; r++) {
        kept.set(tile.subarray(r * C, (r + 1) * C), top + left + r * cols);
      }
    }
  }
  return kept;
}
