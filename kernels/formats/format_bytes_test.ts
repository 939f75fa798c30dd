import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { parsePattern } from "../../core/mod.ts";
import { type FormatBytes, formatBytes } from "./format_bytes.ts";

function of(pattern: string, ...sparsities: number[]): FormatBytes[] {
  return formatBytes({ rows: 256, cols: 1024, pattern: parsePattern(pattern), sparsities });
}

function ratio(rows: readonly FormatBytes[], format: string): number {
  const { bytes, denseBytes } = rows.find((row) => row.format === format)!;
  return bytes.total / denseBytes;
}

Deno.test("formatBytes() has every format at every sparsity", () => {
  const rows = of("unstructured", 0.5, 0.9);
  const formats = ["dense", "coo", "csr", "csc", "ell", "bitmap", "bsr", "n_of_m", "skipzero"];
  assertEquals(rows.map(({ format }) => format), [...formats, ...formats]);
  assertEquals(
    new Set(rows.map(({ sparsity }) => sparsity.toFixed(3))),
    new Set(["0.500", "0.900"]),
  );
  for (const { bytes } of rows) assertEquals(bytes.total, bytes.values + bytes.indices);
});

Deno.test("formatBytes() agrees with what the formats cost by their definitions", () => {
  const rows = of("unstructured", 0.9);
  assertEquals(ratio(rows, "dense"), 1);
  // A tenth is kept, 4 bytes each; CSR adds 2 for the column, COO one more for the row, the bitmap a bit for every weight.
  assertAlmostEquals(ratio(rows, "csr"), 0.15, 0.002);
  assertAlmostEquals(ratio(rows, "coo"), 0.175, 0.002);
  assertAlmostEquals(ratio(rows, "bitmap"), 0.1 + 1 / 32, 0.001);
  assert(ratio(rows, "ell") > ratio(rows, "csr"));
  // A block of four holds some weight with chance 1 - 0.9^4.
  assertAlmostEquals(ratio(rows, "bsr"), (1 - 0.9 ** 4) * 4.5 / 4, 0.02);
});

Deno.test("formatBytes() shows what blocks save: one index for each of them", () => {
  const rows = of("4x1", 0.9);
  assertAlmostEquals(ratio(rows, "bsr"), 0.1 * (16 + 2) / 16, 0.002);
  assert(ratio(rows, "bsr") < ratio(rows, "csr"));
  assertEquals(rows.find(({ format }) => format === "bsr")!.detail, "4x1");
  assertEquals(rows.at(-1)!.detail, "4x1");
  assert(ratio(rows, "skipzero") < ratio(rows, "csr"));
});

Deno.test("formatBytes() draws a pattern that decides its sparsity once", () => {
  const rows = of("partitioned-x-4:16", 0.5, 0.9);
  assertEquals(new Set(rows.map(({ sparsity }) => sparsity)), new Set([0.75]));
  const compressed = rows.find(({ format }) => format === "n_of_m")!;
  assertEquals([compressed.detail, compressed.bytes.total], ["4:16", 256 * 256 * 4.5]);
});

Deno.test("formatBytes() takes all-zero and all-dense matrices, and names sizes that do not divide", () => {
  const rows = of("unstructured", 1, 0);
  assertEquals(rows.map(({ sparsity }) => sparsity), [...Array(9).fill(1), ...Array(9).fill(0)]);
  assertThrows(
    () => formatBytes({ rows: 6, cols: 8, pattern: parsePattern("4x1"), sparsities: [0.5] }),
    RangeError,
    "6 rows do not divide by 4",
  );
});
