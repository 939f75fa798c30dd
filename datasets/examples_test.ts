import { assertEquals, assertThrows } from "@std/assert";
import { frameTokens, packExamples, pickExamples } from "./examples.ts";
import { groupExamples } from "./groups.ts";
import { bestConstantMetric } from "./metric.ts";

const FRAME = { cls: 101, sep: 102 };

function range(count: number, start = 1): number[] {
  return Array.from({ length: count }, (_, i) => start + i);
}

/** Tokens kept of a pair of these lengths, `[first, second]`. */
function kept(first: number, second: number, sequence: number): [number, number] {
  const pair = { first: range(first), second: range(second), label: 0 };
  const { lengths, firstLengths } = frameTokens([pair], FRAME, sequence);
  return [firstLengths[0]! - 2, lengths[0]! - firstLengths[0]! - 1];
}

Deno.test("frameTokens() cuts the longer text of a pair first, as Hugging Face's fast tokenizers do", () => {
  assertEquals(kept(3, 4, 10), [3, 4]);
  assertEquals(kept(10, 2, 10), [5, 2]);
  assertEquals(kept(2, 10, 10), [2, 5]);
  assertEquals(kept(10, 10, 10), [3, 4]);
  assertEquals(kept(11, 10, 10), [4, 3]);
  assertEquals(kept(4, 4, 10), [3, 4]);
});

Deno.test("frameTokens() refuses a length without room", () => {
  assertThrows(() => frameTokens([], FRAME, 4), RangeError, "expected at least 5");
});

Deno.test("packExamples() pads with zeros and marks the second segment", () => {
  const lists = frameTokens(
    [{ first: [7, 8], label: 1 }, { first: [5], second: [6], label: 0 }],
    FRAME,
    8,
  );
  const packed = packExamples(lists, 6, []);
  assertEquals([...packed.inputIds], [101, 7, 8, 102, 0, 0, 101, 5, 102, 6, 102, 0]);
  assertEquals([...packed.tokenTypes], [0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 0]);
  assertEquals([...packed.lengths], [4, 5]);
  assertEquals([...packed.labels], [1, 0]);
});

Deno.test("pickExamples() takes the examples asked for", () => {
  const lists = frameTokens(
    range(4).map((id) => ({ first: range(id), label: id % 2 })),
    FRAME,
    9,
  );
  const picked = pickExamples(lists, [0, 3]);
  assertEquals([...picked.tokens], [101, 1, 102, 101, 1, 2, 3, 4, 102]);
  assertEquals([...picked.labels], [1, 0]);
});

Deno.test("groupExamples() divides by class, length and rarest token, without empty buckets", () => {
  const train = frameTokens(
    [{ first: [1, 1, 1], label: 0 }, ...range(10).map(() => ({ first: [2], label: 1 }))],
    FRAME,
    16,
  );
  const dev = frameTokens([{ first: [1], label: 0 }, { first: range(9, 2), label: 1 }], FRAME, 16);
  const groups = groupExamples(train, dev, ["no", "yes"]);
  assertEquals(groups.dev.map(({ by, buckets, of }) => [by, buckets, [...of]]), [
    ["class", ["no", "yes"], [0, 1]],
    ["length", ["1-8 tokens", "9-12 tokens"], [0, 1]],
    ["rarest token", ["never in training", "1-9 times", "10-99 times"], [1, 0]],
  ]);
  assertEquals([...groups.train[2]!.of], [1, ...range(10).map(() => 2)]);
});

Deno.test("bestConstantMetric() is the larger class, or F1 of always saying yes", () => {
  const labels = Int32Array.of(1, 1, 1, 0);
  assertEquals(bestConstantMetric("accuracy", labels), 0.75);
  assertEquals(bestConstantMetric("f1", labels), 6 / 7);
  assertEquals(bestConstantMetric("f1", Int32Array.of(0, 0)), 0);
});
