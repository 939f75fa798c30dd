import { assert, assertEquals } from "@std/assert";
import type { Pass } from "../convolution_geometry.ts";
import { mostPixels } from "./cell_kernels.ts";
import { chooseTile } from "./kept_passes.ts";

function passOf(rows: number, cols: number): Pass {
  const steps = { first: 0, row: cols, col: 1 };
  return { taps: [], rows, cols, x: steps, y: steps };
}

function sizeOf(rows: number, cols: number, most: number, height: number): [number, number] {
  const tile = chooseTile(passOf(rows, cols), most, height);
  return [tile.rows, tile.cols];
}

Deno.test("chooseTile() takes rows together that are shorter than a tile", () => {
  assertEquals(sizeOf(8, 8, 16, 1), [2, 8]);
  assertEquals(sizeOf(1, 16, 16, 1), [1, 16]);
});

Deno.test("chooseTile() computes few pixels twice", () => {
  assertEquals(sizeOf(1, 28, 16, 1), [1, 14]);
  assertEquals(sizeOf(1, 32, 6, 4), [1, 4]);
});

Deno.test("chooseTile() fits the registers, and rows come out even", () => {
  for (const lanes of [16, 8, 4]) {
    for (const height of [1, 2, 4]) {
      const most = mostPixels(lanes, height);
      for (let size = 1; size < 40; size++) {
        const [rows, cols] = sizeOf(size, size, most, height);
        assert(rows * cols <= most && cols <= size, `${lanes} ${height} ${size}`);
        assertEquals(size % rows, 0);
      }
    }
  }
});
