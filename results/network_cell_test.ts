import { assertEquals } from "@std/assert";
import { readNetworkCell, withoutBatch } from "./network_cell.ts";

Deno.test("readNetworkCell() takes an id apart, with and without sequences", () => {
  assertEquals(readNetworkCell("bert-mini f32 4x1 0.9 batch=32 seq=128"), {
    network: "bert-mini",
    dtype: "f32",
    pattern: "4x1",
    sparsity: 0.9,
    batch: 32,
    sequence: 128,
  });
  assertEquals(readNetworkCell("resnet50 f32 unstructured 0.98 batch=1")?.sequence, null);
});

Deno.test("readNetworkCell() knows no other cells", () => {
  for (
    const cell of [
      "f32 4x1 0.9 1024x1024x64",
      "null loop 10000",
      "",
      "resnet50 f32 2x1 many batch=1",
      "resnet50 f32 2x1 0.5 batch=some",
    ]
  ) {
    assertEquals(readNetworkCell(cell), null, cell);
  }
});

Deno.test("withoutBatch() leaves what does not change with the batch", () => {
  assertEquals(
    withoutBatch("bert-mini f32 4x1 0.9 batch=32 seq=128"),
    "bert-mini f32 4x1 0.9 seq=128",
  );
});
