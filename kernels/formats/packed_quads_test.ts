import { assertEquals, assertThrows } from "@std/assert";
import { createRandom, parsePattern } from "../../core/mod.ts";
import type { ByteLayout } from "../ops/byte_panel.ts";
import { type PackedQuads, packQuads } from "./packed_quads.ts";

const TILE = { rows: 2, vectors: 4, unroll: 1, sets: 1 };

function pack(
  weights: readonly number[],
  rows: number,
  pattern: string,
  layout: ByteLayout,
  tile: Partial<typeof TILE> = {},
): PackedQuads {
  return packQuads(
    Int8Array.from(weights),
    rows,
    weights.length / rows,
    parsePattern(pattern),
    { layout, panelLanes: 64, tile: { ...TILE, ...tile } },
  );
}

/** The matrix that the kernel would see. */
function unpack(packed: PackedQuads, layout: ByteLayout): Int8Array {
  const { rows, cols, rowsPerBlock, values, offsets, starts, pattern } = packed;
  const weights = new Int8Array(rows * cols);
  const columnOf = (block: number, step: number, i: number): number => {
    if (pattern.kind === "dense") return 4 * (step - starts[block]!) + i;
    return layout === "quads" ? offsets[step]! / 64 + i : offsets[4 * step + i]! / 64;
  };
  for (let block = 0; block < packed.rowBlocks; block++) {
    for (let step = starts[block]!; step < starts[block + 1]!; step++) {
      for (let r = 0; r < rowsPerBlock; r++) {
        for (let i = 0; i < 4; i++) {
          const [row, col] = [block * rowsPerBlock + r, columnOf(block, step, i)];
          const value = values[(step * rowsPerBlock + r) * 4 + i]!;
          if (row < rows && col < cols) weights[row * cols + col]! += value;
          else assertEquals(value, 0, "padding has weight 0");
        }
      }
    }
  }
  return weights;
}

Deno.test("packQuads() stores 4 neighbours of a row block if one of their weights is not zero", () => {
  const packed = pack([0, 0, 0, 0, 0, 5, 0, 0, 0, 0, 0, 0, 0, -6, 0, 0], 2, "1x4", "quads");
  assertEquals([...packed.values], [0, 5, 0, 0, 0, -6, 0, 0]);
  assertEquals([...packed.offsets], [256]);
  assertEquals([...packed.counts], [1]);
  assertEquals([packed.stored, packed.macs], [8, 2]);
});

Deno.test("packQuads() collects any 4 columns of a row block", () => {
  const packed = pack([1, 0, 2, 0, 3, 4, 5, 0, 0, 0, 0, 6], 2, "2x1", "rows");
  assertEquals([...packed.values], [1, 2, 3, 4, 5, 0, 0, 6]);
  assertEquals([...packed.offsets], [0, 2 * 64, 4 * 64, 5 * 64]);
});

Deno.test("packQuads() repeats the last column and step until groups and turns are full", () => {
  const packed = pack([0, 7, 0, 0, 8], 1, "unstructured", "rows", { rows: 1, unroll: 2 });
  assertEquals([...packed.values], [7, 8, 0, 0, 0, 0, 0, 0]);
  assertEquals([...packed.offsets], [64, 256, 256, 256, 256, 256, 256, 256]);
  assertEquals([...packed.counts], [1]);
});

Deno.test("packQuads() stores every quad of a dense matrix and no offsets", () => {
  const packed = pack([0, 0, 0, 0, 0, 1], 1, "dense", "quads", { rows: 1 });
  assertEquals([...packed.values], [0, 0, 0, 0, 0, 1, 0, 0]);
  assertEquals([packed.offsets.length, packed.counts.length], [0, 0]);
  assertEquals([...packed.starts], [0, 2]);
});

Deno.test("packQuads() keeps every weight, whatever the sizes", () => {
  const random = createRandom(1);
  for (
    const [pattern, layout] of [["1x4", "quads"], ["dense", "quads"], ["4x1", "rows"]] as const
  ) {
    for (const [rows, cols] of [[1, 1], [3, 5], [8, 16], [9, 31]] as const) {
      for (const tile of [{ rows: 1 }, { rows: 4, unroll: 2 }]) {
        const weights = Array.from(
          { length: rows * cols },
          () => random.next() < 0.6 ? 0 : random.integer(256) - 128,
        );
        const packed = pack(weights, rows, pattern, layout, tile);
        assertEquals([...unpack(packed, layout)], weights, `${pattern} ${rows}x${cols}`);
      }
    }
  }
});

Deno.test("packQuads() packs a matrix of zeros", () => {
  const packed = pack(new Array(8).fill(0), 2, "4x1", "rows");
  assertEquals([packed.stored, packed.macs], [0, 0]);
  assertEquals([...packed.counts], [0]);
});

Deno.test("packQuads() refuses sizes and layouts that do not fit", () => {
  assertThrows(() => pack([], 1, "1x4", "quads"), RangeError, "0 bytes, expected 1 rows");
  assertThrows(() => pack([1, 2], 1, "dense", "rows"), RangeError, "expected quads");
});
