import { assert, assertEquals } from "@std/assert";
import { createRandom } from "../core/mod.ts";
import { accuracyByDifficulty, changedExamples } from "./example_difficulty.ts";
import { sampleAnswers } from "./experiment_sample.ts";

Deno.test("accuracyByDifficulty() judges examples by the dense networks of other seeds", () => {
  // Example 0 is easy, 1 is missed by the first seed, 2 by all.
  const dense = sampleAnswers(["100", "110", "110"]);
  const sparse = sampleAnswers(["100", "100", "110"], { kind: "sparse" });
  const [all, most, none] = accuracyByDifficulty(sparse, dense, 3);
  assertEquals([all!.bucket, most!.bucket, none!.bucket], ["all", "most", "none"]);
  // To seed 1 examples 0 and 1 are easy: its own miss says nothing.
  assertEquals(all!.seeds[0], { seed: 1, count: 2, dense: 0.5, sparse: 0.5 });
  // Of the other two networks one missed example 1.
  assertEquals(most!.seeds, [
    { seed: 2, count: 1, dense: 1, sparse: 0 },
    { seed: 3, count: 1, dense: 1, sparse: 1 },
  ]);
  assertEquals(none!.seeds.map(({ count, dense, sparse }) => [count, dense, sparse]), [
    [1, 0, 0],
    [1, 0, 0],
    [1, 0, 0],
  ]);
});

Deno.test("accuracyByDifficulty() sees no difference between networks of one kind", () => {
  const { dense, sparse } = populations(400, 8, () => 0);
  for (const { seeds } of accuracyByDifficulty(sparse, dense, 400)) {
    const gap = seeds.reduce((sum, one) => sum + one.count * (one.sparse - one.dense), 0) /
      seeds.reduce((sum, { count }) => sum + count, 0);
    assert(Math.abs(gap) < 0.1, `gap of ${gap}`);
  }
});

Deno.test("accuracyByDifficulty() and changedExamples() have nothing to say of too few seeds", () => {
  const [dense, sparse] = [sampleAnswers(["10"]), sampleAnswers(["11"])];
  assertEquals(accuracyByDifficulty(sparse, dense, 2), []);
  assertEquals(changedExamples(sparse, dense, 2), null);
});

Deno.test("changedExamples() names what most dense networks know and most sparse ones do not", () => {
  const dense = sampleAnswers(["1101", "1101", "1001"]);
  const sparse = sampleAnswers(["1010", "1011", "1010"], { kind: "sparse" });
  const { forgotten, gained } = changedExamples(sparse, dense, 4)!;
  assertEquals(forgotten.map(({ example }) => example), [1, 3]); // as clear: 2 of 3 lost each
  assertEquals(gained.map(({ example, dense, sparse }) => [example, dense, sparse]), [[2, 0, 1]]);
});

Deno.test("changedExamples() forgets no more than by chance if networks do not differ, and more if they do", () => {
  const equal = populations(400, 7, () => 0);
  const same = changedExamples(equal.sparse, equal.dense, 400)!;
  assert(same.forgotten.length <= same.byChance.most, `${same.forgotten.length}`);
  const worse = populations(400, 7, (i) => i % 10 === 0 ? 0.9 : 0);
  const other = changedExamples(worse.sparse, worse.dense, 400)!;
  assert(other.forgotten.length > other.byChance.most, `${other.forgotten.length}`);
});

/** Dense and sparse networks of some seeds; the sparse ones miss an example more often by `loss`. */
function populations(
  examples: number,
  seeds: number,
  loss: (example: number) => number,
): { readonly dense: ReturnType<typeof sampleAnswers>; readonly sparse: typeof NONE } {
  const random = createRandom("networks");
  const ease = Array.from({ length: examples }, () => random.next());
  const rows = (less: (example: number) => number): string[] =>
    Array.from(
      { length: seeds },
      () => ease.map((p, i) => random.next() < p * (1 - less(i)) ? "1" : "0").join(""),
    );
  return { dense: sampleAnswers(rows(() => 0)), sparse: sampleAnswers(rows(loss)) };
}
const NONE = sampleAnswers([]);
