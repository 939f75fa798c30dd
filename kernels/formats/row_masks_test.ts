import { assertEquals, assertThrows } from "@std/assert";
import { createRandom, parsePattern } from "../../core/mod.ts";
import { randomWeights } from "../reference/mod.ts";
import { BLOCK_HEIGHTS, MASK_ROWS, maskRows } from "./row_masks.ts";

Deno.test("maskRows() says which weights are not zero, and counts blocks of every height", () => {
  const random = createRandom("masks");
  for (const [rows, cols] of [[1, 1], [3, 7], [16, 5], [17, 4], [37, 13]] as const) {
    for (const pattern of ["unstructured", "4x1", "dense"]) {
      const weights = randomWeights(random, rows, cols, parsePattern(pattern));
      const { words, blocks } = maskRows(weights, rows, cols);
      const isZero = (row: number, col: number) => weights[row * cols + col] === 0;
      for (let row = 0; row < Math.ceil(rows / MASK_ROWS) * MASK_ROWS; row++) {
        for (let col = 0; col < cols; col++) {
          const bit = words[Math.floor(row / MASK_ROWS) * cols + col]! >> row % MASK_ROWS & 1;
          assertEquals(bit, row >= rows || isZero(row, col) ? 0 : 1, `${row}, ${col}`);
        }
      }
      const counted = BLOCK_HEIGHTS.map((height) => {
        const seen = new Set<string>();
        for (let i = 0; i < weights.length; i++) {
          const [row, col] = [Math.floor(i / cols), i % cols];
          if (!isZero(row, col)) seen.add(`${Math.floor(row / height)}, ${col}`);
        }
        return seen.size;
      });
      assertEquals(blocks, counted);
    }
  }
});

Deno.test("maskRows() takes -0 for a zero, but neither NaN nor the smallest number", () => {
  const { words } = maskRows(Float32Array.of(-0, NaN, 1e-45, -1e-45, -Infinity), 1, 5);
  assertEquals([...words], [0, 1, 1, 1, 1]);
});

Deno.test("maskRows() refuses sizes that do not fit the values", () => {
  assertThrows(
    () => maskRows(new Float32Array(5), 2, 3),
    RangeError,
    "5 values, expected 2 rows x 3 columns",
  );
});
