import { assertEquals, assertThrows } from "@std/assert";
import { createRandom, parsePattern } from "../../core/mod.ts";
import { randomWeights } from "../reference/mod.ts";
import { type PackedWeights, packWeights } from "./packed_weights.ts";

const TILE = { rows: 2, vectors: 4, unroll: 1, sets: 1 };

function pack(
  weights: readonly number[],
  rows: number,
  pattern: string,
  tile: Partial<typeof TILE> = {},
): PackedWeights {
  return packWeights(
    Float32Array.from(weights),
    rows,
    weights.length / rows,
    parsePattern(pattern),
    { panelLanes: 64, tile: { ...TILE, ...tile } },
  );
}

/** The matrix that the kernel would see. */
function unpack(packed: PackedWeights): Float32Array {
  const { rows, cols, rowsPerBlock, values, offsets, starts, pattern } = packed;
  const weights = new Float32Array(rows * cols);
  for (let block = 0; block < packed.rowBlocks; block++) {
    for (let at = starts[block]!; at < starts[block + 1]!; at++) {
      const col = pattern.kind === "dense" ? at - starts[block]! : offsets[at]! / 256;
      for (let r = 0; r < rowsPerBlock; r++) {
        const row = block * rowsPerBlock + r;
        if (row < rows) weights[row * cols + col]! += values[at * rowsPerBlock + r]!;
      }
    }
  }
  return weights;
}

Deno.test("packWeights() stores a column of a row block if one of its weights is not zero", () => {
  const packed = pack([1, 0, 2, 0, 3, 0, 0, 0, 0, 0, 0, 0], 4, "2x1");
  assertEquals([...packed.values], [1, 0, 0, 3, 2, 0]);
  assertEquals([...packed.offsets], [0, 256, 512]);
  assertEquals([...packed.counts], [3, 0]);
  assertEquals([...packed.starts], [0, 3, 3]);
  assertEquals([packed.blocks, packed.stored, packed.macs], [3, 6, 3]);
});

Deno.test("packWeights() takes -0 for a zero", () => {
  assertEquals(pack([-0, 1], 2, "2x1").blocks, 1);
  assertEquals(pack([-0, -0], 2, "2x1").blocks, 0);
});

Deno.test("packWeights() fills the last row block with zero rows if the rows do not divide", () => {
  const packed = pack([1, 2, 3], 3, "2x1");
  assertEquals(packed.rowBlocks, 2);
  assertEquals([...packed.values], [1, 2, 3, 0]);
});

Deno.test("packWeights() fills an unrolled turn with a zero of the last column", () => {
  const packed = pack([1, 0, 2, 3], 1, "unstructured", { rows: 1, unroll: 2 });
  assertEquals([...packed.values], [1, 2, 3, 0]);
  assertEquals([...packed.offsets], [0, 512, 768, 768]);
  assertEquals([...packed.counts], [2]);
  assertEquals([packed.blocks, packed.stored, packed.macs], [3, 4, 3]);
});

Deno.test("packWeights() leaves an empty row block empty if turns are unrolled", () => {
  assertEquals([...pack([0, 0], 1, "unstructured", { rows: 1, unroll: 2 }).counts], [0]);
});

Deno.test("packWeights() stores every column, and no offsets, if dense", () => {
  const packed = pack([0, 1, 2, 0], 2, "dense");
  assertEquals([...packed.values], [0, 2, 1, 0]);
  assertEquals([packed.offsets.length, packed.counts.length], [0, 0]);
  assertEquals([packed.stored, packed.macs], [4, 2]);
});

for (const name of ["dense", "unstructured", "2x1", "4x1", "8x1", "1x4", "4x4", "2:4"]) {
  Deno.test(`packWeights() loses nothing of a ${name} matrix`, () => {
    const random = createRandom(name);
    for (const [rows, cols] of [[1, 1], [7, 13], [8, 16], [9, 5]] as const) {
      for (const unroll of [1, 2]) {
        const weights = randomWeights(random, rows, cols, parsePattern(name));
        const packed = packWeights(weights, rows, cols, parsePattern(name), {
          panelLanes: 64,
          tile: { ...TILE, rows: 4, unroll },
        });
        assertEquals(unpack(packed), weights);
      }
    }
  });
}

Deno.test("packWeights() refuses sizes that do not fit the values", () => {
  assertThrows(
    () =>
      packWeights(new Float32Array(5), 2, 3, parsePattern("4x1"), { panelLanes: 64, tile: TILE }),
    RangeError,
    "Cannot pack weights: 5 values, expected 2 rows x 3 columns",
  );
});

Deno.test("packWeights() refuses offsets beyond 32 bits", () => {
  const panelLanes = 2 ** 26;
  assertThrows(
    () => packWeights(new Float32Array(32), 1, 32, parsePattern("4x1"), { panelLanes, tile: TILE }),
    RangeError,
    "expected at most 4 GiB",
  );
});
