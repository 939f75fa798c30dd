import { assert, assertEquals } from "@std/assert";
import { byCell, sharedWords, shortCells } from "./cells.ts";

const CELLS = [
  "bert-mini f32 4x1 0.9 batch=32 seq=128",
  "bert-mini f32 4x1 0.9 batch=1 seq=128",
  "bert-mini f32 4x1 0.9 batch=8 seq=128",
];

Deno.test("shortCells() leaves out what all cells share", () => {
  assertEquals([...shortCells(CELLS).values()], ["batch 32", "batch 1", "batch 8"]);
});

Deno.test("shortCells() keeps the options of a single cell, and all of one without options", () => {
  assertEquals(shortCells([CELLS[0]!, CELLS[0]!]).get(CELLS[0]!), "batch 32 seq 128");
  assertEquals(shortCells(["null loop"]).get("null loop"), "null loop");
});

Deno.test("shortCells() tells cells of different lengths apart", () => {
  const names = shortCells(["f32 4x1 64x64x16", "f32 4x1 64x64x16 cold"]);
  assertEquals(new Set(names.values()).size, 2);
});

Deno.test("sharedWords() is what shortCells() leaves out", () => {
  assertEquals(sharedWords(CELLS), "bert-mini f32 4x1 0.9 seq=128");
  assertEquals(sharedWords([]), "");
});

Deno.test("byCell() counts instead of spelling", () => {
  assertEquals(CELLS.toSorted(byCell).map((cell) => /batch=(\d+)/.exec(cell)![1]), [
    "1",
    "8",
    "32",
  ]);
  assertEquals(["b 0.95", "b 0.9", "a 1"].toSorted(byCell), ["a 1", "b 0.9", "b 0.95"]);
});

Deno.test("byCell() is a total order, with equals only for the same", () => {
  assertEquals(byCell("a 1", "a 1"), 0);
  assert(byCell("a", "a 1") < 0);
  assert(byCell("a 1", "a") > 0);
});
