import { assertEquals, assertThrows } from "@std/assert";
import { gatherRows, permute, scatterRows } from "./data_loops.ts";

Deno.test("gatherRows() copies entries along an axis, for every position before it", () => {
  const data = Float32Array.of(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12); // [2, 3, 2]
  const out = new Float32Array(8);
  gatherRows(data, Int32Array.of(2, 0), { size: 3, inner: 2 }, out);
  assertEquals([...out], [5, 6, 1, 2, 11, 12, 7, 8]);
});

Deno.test("gatherRows() refuses an index outside", () => {
  const look = (index: number) => () =>
    gatherRows(
      new Float32Array(6),
      Int32Array.of(index),
      { size: 3, inner: 2 },
      new Float32Array(2),
    );
  for (const index of [3, -1]) assertThrows(look(index), RangeError, "expected 0 to 2");
});

Deno.test("scatterRows() adds what comes from one entry", () => {
  const out = new Float32Array(6).fill(9);
  scatterRows(
    Float32Array.of(1, 2, 3, 4, 5, 6),
    Int32Array.of(2, 0, 2),
    { size: 3, inner: 2 },
    out,
  );
  assertEquals([...out], [3, 4, 0, 0, 6, 8]);
});

Deno.test("permute() puts element i of the result where its axes come from", () => {
  const shape = [2, 3, 4, 5];
  const strides = [60, 20, 5, 1];
  const x = Float32Array.from({ length: 120 }, (_, i) => i);
  const out = new Float32Array(120);
  for (const perm of [[0, 1, 2, 3], [0, 2, 1, 3], [0, 2, 3, 1], [3, 2, 1, 0], [1, 0, 2, 3]]) {
    permute(x, shape, perm, out.fill(NaN));
    const sizes = perm.map((axis) => shape[axis]!);
    let at = 0;
    for (let a = 0; a < sizes[0]!; a++) {
      for (let b = 0; b < sizes[1]!; b++) {
        for (let c = 0; c < sizes[2]!; c++) {
          for (let d = 0; d < sizes[3]!; d++) {
            const from = [a, b, c, d].reduce((sum, i, k) => sum + i * strides[perm[k]!]!, 0);
            assertEquals(out[at++], from, `${perm}`);
          }
        }
      }
    }
  }
});
