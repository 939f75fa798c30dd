import { assertEquals } from "@std/assert";
import { training, TRAINING_GOAL } from "./training.ts";
import { trainerOf } from "./training_field.ts";

const request = {
  recipes: [],
  recipesOnly: false,
  weights: new Map(),
  threads: [1, 2],
  data: null,
};

Deno.test("training races tfjs by itself once in a quick run, and aims at the goal", () => {
  const groups = (quick: boolean) =>
    training.cells({ ...request, quick }).flatMap(({ name, threads, groups }) =>
      groups.filter((group) => group.name === "tfjs").map(({ pairs }) => ({ name, threads, pairs }))
    );
  const names = [
    "bert-mini training f32 dense 0 batch=16 seq=128",
    "resnet20 training f32 dense 0 batch=128",
  ];
  assertEquals(groups(true).map(({ name, threads }) => [name, threads]), names.map((n) => [n, 2]));
  assertEquals(groups(false).length, 4);
  for (const { pairs } of groups(true)) {
    assertEquals(pairs.map(({ goal }) => goal), [TRAINING_GOAL, TRAINING_GOAL]);
  }
});

Deno.test("training gives every pair two contestants that somebody stands for", () => {
  for (const { groups, threads } of training.cells({ ...request, quick: true })) {
    for (const { contestants, pairs } of groups) {
      for (const id of contestants) assertEquals(trainerOf(id, threads) !== null, true, id);
      for (const { subject, baseline } of pairs) {
        assertEquals([subject, baseline].every((id) => contestants.includes(id)), true, baseline);
      }
    }
  }
  assertEquals(trainerOf("onnxruntime-node", 1), null);
});
