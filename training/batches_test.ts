import { assert, assertEquals, assertNotEquals } from "@std/assert";
import { createRandom } from "../core/mod.ts";
import { evaluationBatches, ROUNDING, trainingBatches } from "./batches.ts";

const random = createRandom(1);
const lengths = Int32Array.from({ length: 1003 }, () => 3 + random.integer(40));

function examplesOf(batches: readonly { examples: Int32Array }[]): number[] {
  return batches.flatMap(({ examples }) => [...examples]);
}

Deno.test("trainingBatches() uses every example once at most, in whole batches", () => {
  const batches = trainingBatches(lengths, 16, "a");
  assertEquals(batches.length, Math.floor(1003 / 16));
  assert(batches.every(({ examples }) => examples.length === 16));
  const used = examplesOf(batches);
  assertEquals(new Set(used).size, used.length);
});

Deno.test("trainingBatches() depends on its label and on nothing else", () => {
  const order = (label: string) => examplesOf(trainingBatches(lengths, 16, label));
  assertEquals(order("seed 1 epoch 1"), order("seed 1 epoch 1"));
  assertNotEquals(order("seed 1 epoch 1"), order("seed 1 epoch 2"));
});

Deno.test("trainingBatches() pads to the longest of a batch, and little of it is padding", () => {
  const batches = trainingBatches(lengths, 16, "a");
  let [padded, real] = [0, 0];
  for (const { examples, sequence } of batches) {
    const longest = Math.max(...examples.map((example) => lengths[example]!));
    assertEquals(sequence % ROUNDING, 0);
    assert(sequence >= longest && sequence < longest + ROUNDING);
    padded += sequence * examples.length;
    for (const example of examples) real += lengths[example]!;
  }
  assert(real / padded > 0.75, `${real / padded}`);
});

Deno.test("trainingBatches() comes in no order of length", () => {
  const sequences = trainingBatches(lengths, 16, "a").map(({ sequence }) => sequence);
  assertNotEquals(sequences, sequences.toSorted((a, b) => a - b));
});

Deno.test("evaluationBatches() covers every example once", () => {
  const used = examplesOf(evaluationBatches(lengths, 32));
  assertEquals(used.toSorted((a, b) => a - b), [...lengths.keys()]);
});
