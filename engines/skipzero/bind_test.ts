import { assertEquals, assertThrows } from "@std/assert";
import { int64 } from "../../core/mod.ts";
import { lowWords, readRows, writeMask, writeRowOffsets } from "./bind.ts";

const table = { name: "words", entries: 10, rowBytes: 32 };

Deno.test("lowWords() reads small ids and marks those beyond 32 bits", () => {
  assertEquals([...lowWords(int64([4], [0, 30521, -3, 2 ** 40 + 1]))], [0, 30521, -3, -1]);
});

Deno.test("writeRowOffsets() starts every item at its own lane", () => {
  const to = new Uint32Array(8).fill(7);
  writeRowOffsets(Int32Array.of(1, 2, 3, 9, 0, 4), 3, to, (item) => 4 * item, table);
  assertEquals([...to], [32, 64, 96, 7, 288, 0, 128, 7]);
});

Deno.test("writeRowOffsets() names the token whose id is not in the table", () => {
  const to = new Uint32Array(8);
  assertThrows(
    () => writeRowOffsets(Int32Array.of(1, 2, 3, 10, 0, 4), 3, to, (item) => 4 * item, table),
    RangeError,
    'Cannot look up "words": id 10 of token 0 in item 1, expected 0 to 9',
  );
});

Deno.test("writeMask() does the graph's arithmetic in its order", () => {
  const to = new Float32Array(6);
  writeMask(
    {
      input: "attention_mask",
      steps: [
        { op: "subtract", constant: 1, reversed: true },
        { op: "multiply", constant: -10_000, reversed: false },
        { op: "divide", constant: 4, reversed: false },
        { op: "add", constant: 1, reversed: false },
      ],
    },
    Int32Array.of(1, 0, 1, 1),
    2,
    to,
    (item) => 3 * item,
  );
  assertEquals([...to], [1, -2499, 0, 1, 1, 0]);
});

Deno.test("readRows() reads tokens across panels and skips padding", () => {
  // 2 items of 3 tokens in panels of 2 lanes and 2 rows, 5 floats apart: [item][panel][row][lane].
  const panels = Float32Array.of(
    ...[0, 1, 10, 11, NaN, 2, NaN, 12, NaN, NaN],
    ...[3, 4, 13, 14, NaN, 5, NaN, 15, NaN, NaN],
  );
  const layout = {
    lanes: 2,
    stride: 5,
    row: 0,
    rows: 2,
    items: 2,
    count: 3,
    laneOf: (item: number) => 4 * item,
  };
  const both = readRows(panels, [2, 3, 2], layout);
  assertEquals([...both.data], [0, 10, 1, 11, 2, 12, 3, 13, 4, 14, 5, 15]);
  const second = readRows(panels, [2, 3], { ...layout, row: 1, rows: 1 });
  assertEquals([...second.data], [10, 11, 12, 13, 14, 15]);
});
