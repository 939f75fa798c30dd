import { assertAlmostEquals, assertEquals, assertStringIncludes } from "@std/assert";
import { float32, int64 } from "../core/mod.ts";
import { compareOutputs, rowsOf, thinned, TOLERANCE } from "./agreement.ts";

const outputs = { logits: float32([2, 2], Float32Array.of(1, -2, 3, 4)) };

Deno.test("rowsOf() takes leading rows of every output", () => {
  assertEquals(rowsOf(outputs, 1), { logits: [1, -2] });
  assertEquals(rowsOf({ ...outputs, labels: int64([2], [7, 8]) }, 2), {
    logits: [1, -2, 3, 4],
    labels: [7, 8],
  });
});

Deno.test("compareOutputs() passes what is within the tolerance", () => {
  const { maxError, problem } = compareOutputs(outputs, { logits: [1.0001, -2] }, "the reference");
  assertEquals(problem, null);
  assertAlmostEquals(maxError, 1e-4, 1e-6);
});

Deno.test("compareOutputs() refuses what is beyond it", () => {
  const wanted = { logits: [1, -2 * (1 + 2 * TOLERANCE)] };
  const { problem } = compareOutputs(outputs, wanted, "the reference");
  assertStringIncludes(problem!, 'output "logits" differs from the reference by 0.0008');
});

Deno.test("compareOutputs() takes the tolerance relative to the largest value", () => {
  const small = { logits: float32([1, 2], Float32Array.of(1e-3, 2e-3)) };
  assertStringIncludes(compareOutputs(small, { logits: [1.1e-3, 2e-3] }, "x").problem!, "differs");
});

Deno.test("compareOutputs() refuses NaN", () => {
  const broken = { logits: float32([1, 2], Float32Array.of(1, NaN)) };
  const { maxError, problem } = compareOutputs(broken, { logits: [1, -2] }, "onnxruntime-node");
  assertEquals(maxError, NaN);
  assertStringIncludes(problem!, "differs from onnxruntime-node by NaN");
});

Deno.test("compareOutputs() refuses an output that is missing or too short", () => {
  assertStringIncludes(compareOutputs({}, { logits: [1] }, "x").problem!, '"logits" is missing');
  assertStringIncludes(
    compareOutputs(outputs, { logits: [1, -2, 3, 4, 5] }, "x").problem!,
    "4 values, expected 5",
  );
});

Deno.test("compareOutputs() finds two outputs in each other's place", () => {
  const ends = {
    start_logits: float32([1, 2], Float32Array.of(1, 2)),
    end_logits: float32([1, 2], Float32Array.of(3, 4)),
  };
  const wanted = { start_logits: [3, 4], end_logits: [1, 2] };
  assertStringIncludes(compareOutputs(ends, wanted, "x").problem!, "start_logits");
});

Deno.test("thinned() keeps few values of a long row, evenly spread, and short rows whole", () => {
  const long = float32([2, 10_000], Float32Array.from({ length: 20_000 }, (_, at) => at));
  const short = float32([2, 3]);
  const { boxes, logits } = thinned({ boxes: long, logits: short });
  assertEquals(logits, short);
  assertEquals(boxes!.shape[0], 2);
  assertEquals([...boxes!.data.slice(0, 3)], [0, 3, 6]);
  assertEquals(boxes!.data[boxes!.data.length / 2], 10_000);
  // One example keeps the same values as in a batch.
  const { boxes: one } = thinned({ boxes: float32([1, 10_000], long.data.slice(10_000)) });
  assertEquals(one!.data, boxes!.data.slice(boxes!.data.length / 2));
});
