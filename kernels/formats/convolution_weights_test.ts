import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import {
  convolutionMatrix,
  convolutionWeights,
  foldBatchNormalization,
} from "./convolution_weights.ts";

Deno.test("convolutionWeights() undoes convolutionMatrix(), whose columns run along IC", () => {
  const values = Float32Array.from({ length: 2 * 3 * 4 }, (_, i) => i);
  const matrix = convolutionMatrix(values, 2, 4);
  assertEquals([...matrix.slice(0, 4)], [0, 4, 8, 1]);
  assertEquals(convolutionWeights(matrix, 2, 4), values);
  assertThrows(() => convolutionMatrix(values, 5, 4), RangeError, "Cannot reorder 24 weights");
});

Deno.test("foldBatchNormalization() gives the same outputs and keeps zeros", () => {
  const one = (value: number): Float32Array => Float32Array.of(value);
  const folded = foldBatchNormalization(Float32Array.of(3, 0), one(5), {
    scale: one(2),
    bias: one(7),
    mean: one(4),
    variance: one(0.25),
    epsilon: 0,
  });
  // (3x + 5 - 4) / 0.5 * 2 + 7
  assertEquals([...folded.values, ...folded.bias], [12, 0, 11]);
  const bare = foldBatchNormalization(Float32Array.of(3), null, {
    scale: one(1),
    bias: one(0),
    mean: one(0),
    variance: one(1),
    epsilon: 1e-5,
  });
  assertAlmostEquals(bare.values[0]!, 3 / Math.sqrt(1 + 1e-5), 1e-6);
  assert(bare.bias[0] === 0);
  assertThrows(
    () =>
      foldBatchNormalization(Float32Array.of(1, 2), new Float32Array(1), {
        scale: new Float32Array(2),
        bias: new Float32Array(2),
        mean: new Float32Array(2),
        variance: new Float32Array(2),
        epsilon: 0,
      }),
    RangeError,
    "expected 2 output channels",
  );
});
