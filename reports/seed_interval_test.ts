import { assert, assertEquals } from "@std/assert";
import { gapsOf, isBounded, seedInterval } from "./seed_interval.ts";

Deno.test("seedInterval() knows no ends for one seed, and nothing for none", () => {
  const single = seedInterval([0.9])!;
  assertEquals(single.estimate, 0.9);
  assert(!isBounded(single));
  assertEquals(seedInterval([]), null);
});

Deno.test("gapsOf() pairs seeds, and takes the dense mean for a seed without a dense model", () => {
  const dense = { mean: 0.5, sd: 0, values: [0.25, 0.75] };
  const sparse = { mean: 0.5, sd: 0, values: [0.5, 0.5, 0.75] };
  assertEquals(gapsOf({ dense, sparse }), [0.25, -0.25, 0.25]);
});
