import { assertEquals, assertThrows } from "@std/assert";
import { createRandom, parsePattern } from "../../core/mod.ts";
import { randomWeights } from "../reference/mod.ts";
import { type PackedWeights, type PackOptions, packWeights } from "./packed_weights.ts";
import { readBlocks, type StreamBlock } from "./unpack_weights.ts";

const TILE = { rows: 2, vectors: 4, unroll: 1, sets: 1 };

function pack(
  weights: readonly number[],
  rows: number,
  pattern: string,
  tile: Partial<typeof TILE> = {},
  options: Partial<PackOptions> = {},
): PackedWeights {
  return packWeights(
    Float32Array.from(weights),
    rows,
    weights.length / rows,
    parsePattern(pattern),
    { panelLanes: 64, target: "avx512", tile: { ...TILE, ...tile }, ...options },
  );
}

/** The stream of a sparse matrix, read as the kernel does. */
function read(packed: PackedWeights, unroll: number): StreamBlock[] {
  return readBlocks(packed, { panelLanes: 64, unroll });
}

Deno.test("packWeights() stores a column of a row block if one of its weights is not zero", () => {
  const packed = pack([1, 0, 2, 0, 3, 0, 0, 0, 0, 0, 0, 0], 4, "2x1");
  const [empty, full] = read(packed, 1);
  assertEquals([empty?.firstRow, empty?.columns], [2, []]);
  assertEquals([full?.firstRow, full?.columns], [0, [[0, 1, 0], [1, 0, 3], [2, 2, 0]]]);
  assertEquals([...packed.starts], [0, 3, 3]);
  assertEquals([packed.blocks, packed.stored, packed.macs, packed.turns], [3, 6, 3, 3]);
});

Deno.test("packWeights() takes -0 for a zero", () => {
  assertEquals(pack([-0, 1], 2, "2x1").blocks, 1);
  assertEquals(pack([-0, -0], 2, "2x1").blocks, 0);
});

Deno.test("packWeights() stores NaN and infinity", () => {
  const [block] = read(pack([NaN, 0, -Infinity, 0], 2, "2x1"), 1);
  assertEquals(block?.columns, [[0, NaN, -Infinity]]);
});

Deno.test("packWeights() fills the last row block with zero rows if the rows do not divide", () => {
  const packed = pack([1, 2, 3], 3, "2x1", {}, { bias: Float32Array.of(4, 5, 6) });
  assertEquals(read(packed, 1).map(({ biases, columns }) => [biases, columns]), [
    [[4, 5], [[0, 1, 2]]],
    [[6, 0], [[0, 3, 0]]],
  ]);
});

Deno.test("packWeights() sorts row blocks by what is left after whole turns, then by turns", () => {
  const rows = [[1, 1, 1, 1, 1], [1, 1, 1, 0, 0], [0, 0, 0, 0, 0], [0, 0, 0, 0, 1], [
    1,
    1,
    1,
    1,
    0,
  ]];
  const packed = pack(rows.flat(), 5, "unstructured", { rows: 1, unroll: 2 });
  const order = read(packed, 2).map((
    { remainder, turns, firstRow },
  ) => [remainder, turns, firstRow]);
  assertEquals(order, [[0, 0, 2], [0, 2, 4], [1, 0, 3], [1, 1, 1], [1, 2, 0]]);
});

Deno.test("packWeights() gives each pass its columns, and biases to the first only", () => {
  const packed = pack([1, 2, 0, 3, 4], 1, "unstructured", { rows: 1 }, {
    passes: 3,
    bias: Float32Array.of(7),
  });
  assertEquals([packed.passes, packed.passCols], [3, 2]);
  assertEquals(read(packed, 1).map(({ biases, columns }) => [biases, columns]), [
    [[7], [[0, 1], [1, 2]]],
    [[], [[3, 3]]],
    [[], [[4, 4]]],
  ]);
});

Deno.test("packWeights() takes the passes that keep a pass's activations in the cache", () => {
  const passesOf = (rows: number, cols: number, weight: (i: number) => number): number =>
    pack(Array.from({ length: 4 * cols }, (_, i) => weight(i)), 4, `${rows}x1`, { rows }).passes;
  // 32 KiB are 128 columns of 64 lanes, 1 MiB are 4096
  assertEquals([1, 2, 4].map((rows) => passesOf(rows, 1024, () => 1)), [8, 8, 1]);
  assertEquals(passesOf(4, 6000, () => 1), 2);
  // 7 columns a row are too few for 8 passes
  assertEquals(passesOf(1, 1024, (i) => i % 144 === 0 ? 1 : 0), 1);
});

Deno.test("packWeights() stores biases and every column, and no offsets, if dense", () => {
  const packed = pack([0, 1, 2, 0], 2, "dense", {}, { bias: Float32Array.of(8, 9) });
  assertEquals([...new Float32Array(packed.stream.buffer)], [8, 9, 0, 2, 1, 0]);
  assertEquals([packed.passes, packed.stored, packed.macs], [1, 4, 2]);
});

for (const name of ["unstructured", "2x1", "4x1", "8x1", "1x4", "4x4", "2:4"]) {
  Deno.test(`packWeights() loses nothing of a ${name} matrix`, () => {
    const random = createRandom(name);
    for (const [rows, cols] of [[1, 1], [7, 13], [8, 16], [9, 5]] as const) {
      for (const [unroll, passes] of [[1, 1], [2, 2], [4, 3]] as const) {
        const weights = randomWeights(random, rows, cols, parsePattern(name));
        const packed = pack([...weights], rows, name, { rows: 4, unroll }, { passes });
        const back = new Float32Array(rows * cols);
        for (const { firstRow, columns } of read(packed, unroll)) {
          for (const [col, ...values] of columns) {
            values.forEach((value, r) => {
              if (firstRow + r < rows) back[(firstRow + r) * cols + col!]! += value;
            });
          }
        }
        assertEquals(back, weights);
      }
    }
  });
}

Deno.test("packWeights() refuses sizes that do not fit the values", () => {
  assertThrows(
    () =>
      packWeights(new Float32Array(5), 2, 3, parsePattern("4x1"), {
        panelLanes: 64,
        target: "avx512",
      }),
    RangeError,
    "Cannot pack weights: 5 values, expected 2 rows x 3 columns",
  );
  assertThrows(
    () => pack([1, 2], 2, "4x1", {}, { bias: new Float32Array(3) }),
    RangeError,
    "Cannot pack weights: 3 biases, expected 2 rows",
  );
});

Deno.test("packWeights() refuses offsets beyond 32 bits", () => {
  const wide = { panelLanes: 2 ** 26 };
  const values = Array.from({ length: 32 }, () => 0);
  assertThrows(
    () => pack(values, 1, "4x1", {}, wide),
    RangeError,
    "32 columns take 8589934592 bytes",
  );
  assertThrows(
    () => pack(values, 32, "4x1", {}, wide),
    RangeError,
    "32 rows take 8589934592 bytes",
  );
});
