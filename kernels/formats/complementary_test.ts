import { assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { applyMask, createRandom, drawMask, parsePattern } from "../../core/mod.ts";
import { referenceLinear } from "../reference/mod.ts";
import {
  combineSets,
  multiplySets,
  routeProducts,
  selectColumns,
  sumRouted,
} from "./complementary.ts";

Deno.test("combineSets() makes one dense row of five kernels at 80 %, as the document draws it", () => {
  const random = createRandom(5);
  const weights = Float32Array.from({ length: 10 * 20 }, () => 1 + random.next());
  applyMask(weights, drawMask(random, 10, 20, parsePattern("complementary-5"), 0));
  const sets = combineSets(weights, 10, 20, 5);
  assertEquals(sets.values.length, 2 * 20);
  assertEquals(sets.values.includes(0), false);
  for (const set of [0, 1]) {
    for (let kernel = 0; kernel < 5; kernel++) {
      const owned = Array.from(sets.kernelIds.subarray(set * 20, (set + 1) * 20))
        .filter((id) => id === kernel).length;
      assertEquals(owned, 4);
    }
  }
});

Deno.test("Combine, Multiply, Route and Sum are the matrix product", () => {
  const random = createRandom("complementary");
  for (let i = 0; i < 40; i++) {
    const kernels = 2 + random.integer(7);
    const rows = kernels * (1 + random.integer(3));
    const cols = kernels * (1 + random.integer(6));
    const name = i % 2 === 0 ? `complementary-${kernels}` : `partitioned-y-1:${kernels}`;
    const weights = Float32Array.from({ length: rows * cols }, () => random.normal());
    applyMask(weights, drawMask(random, rows, cols, parsePattern(name), 0));
    const x = Float32Array.from({ length: cols }, () => random.normal());
    const sets = combineSets(weights, rows, cols, kernels);
    const y = sumRouted(routeProducts(sets, multiplySets(sets, x)));
    const wanted = referenceLinear({
      ...{ weights, rows, cols, lanes: 1, x },
      ...{ bias: new Float32Array(rows), residual: null, post: "none" },
    });
    for (let row = 0; row < rows; row++) assertAlmostEquals(y[row]!, wanted[row]!, 1e-5);
  }
});

Deno.test("Select, Multiply, Route and Sum of a few winners are the product with all others zero", () => {
  const random = createRandom("winners");
  const [rows, cols] = [12, 40];
  const weights = Float32Array.from({ length: rows * cols }, () => random.normal());
  applyMask(weights, drawMask(random, rows, cols, parsePattern("complementary-4"), 0));
  const sets = combineSets(weights, rows, cols, 4);
  for (const winners of [[], [7], [3, 0, 39, 12]]) {
    const values = Float32Array.from(winners, () => random.normal());
    const x = new Float32Array(cols);
    winners.forEach((col, i) => x[col] = values[i]!);
    const selected = selectColumns(sets, winners);
    const y = sumRouted(routeProducts(selected, multiplySets(selected, values)));
    const all = sumRouted(routeProducts(sets, multiplySets(sets, x)));
    all.forEach((wanted, row) => assertAlmostEquals(y[row]!, wanted, 1e-6));
  }
  assertThrows(() => selectColumns(sets, [40]), RangeError, "select column 40: expected 0 to 39");
});

Deno.test("routeProducts() keeps NaN and infinity in their rows, and rows without weights at 0", () => {
  const weights = Float32Array.of(NaN, 0, 0, 0, Infinity, 0, 0, 0, 0);
  const sets = combineSets(weights, 3, 3, 3);
  const y = sumRouted(routeProducts(sets, multiplySets(sets, Float32Array.of(1, -1, Infinity))));
  assertEquals([...y], [NaN, -Infinity, 0]);
});

Deno.test("combineSets() names rows that collide, and rows left over", () => {
  const dense = new Float32Array(8).fill(1);
  assertThrows(
    () => combineSets(dense, 4, 2, 2),
    RangeError,
    "Cannot combine sets of 2 kernels: rows 0 and 1 collide in column 0, expected one non-zero",
  );
  assertThrows(() => combineSets(dense, 4, 2, 3), RangeError, "4 rows do not divide by 3");
  assertThrows(() => combineSets(dense, 4, 3, 2), RangeError, "8 values, expected 12");
});
