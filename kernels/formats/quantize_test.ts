import { assert, assertEquals, assertThrows } from "@std/assert";
import { createRandom } from "../../core/mod.ts";
import {
  activationRange,
  dequantizeActivations,
  quantizeActivations,
  quantizeWeights,
} from "./quantize.ts";

Deno.test("quantizeWeights() makes the largest magnitude of each channel 127 steps", () => {
  const { values, scales } = quantizeWeights(Float32Array.of(-2, 1, 0.5, 0.25), 2, 2, {
    per: "channel",
  });
  assertEquals([...values], [-127, 64, 127, 64]);
  assertEquals([...scales], [Math.fround(2 / 127), Math.fround(0.5 / 127)]);
});

Deno.test("quantizeWeights() has one scale for the tensor if asked", () => {
  const { values, scales } = quantizeWeights(Float32Array.of(-2, 1, 0.5, 0.25), 2, 2, {
    per: "tensor",
  });
  assertEquals([...values], [-127, 64, 32, 16]);
  assertEquals(scales[0], scales[1]);
});

Deno.test("quantizeWeights() saturates at 127 with a given scale, ties to even", () => {
  // 127.5 steps for the largest magnitude, as one published recipe has it
  const given = { per: "given", scale: 2 / 127.5 } as const;
  const { values } = quantizeWeights(Float32Array.of(-2, 2, 0, -0), 1, 4, given);
  assertEquals([...values], [-127, 127, 0, 0]);
  const ties = quantizeWeights(Float32Array.of(0.5, 1.5, -2.5), 1, 3, { per: "given", scale: 1 });
  assertEquals([...ties.values], [0, 2, -2]);
});

Deno.test("quantizeWeights() keeps zeros and gives rows of zeros the scale 1", () => {
  const { values, scales } = quantizeWeights(new Float32Array(4), 2, 2, { per: "channel" });
  assertEquals([...values], [0, 0, 0, 0]);
  assertEquals([...scales], [1, 1]);
});

Deno.test("quantizeWeights() refuses what is no weight and no scale", () => {
  const two = Float32Array.of(1, NaN);
  assertThrows(() => quantizeWeights(two, 1, 2, { per: "channel" }), RangeError, "found NaN");
  assertThrows(() => quantizeWeights(two, 2, 2, { per: "tensor" }), RangeError, "2 values");
  for (const scale of [0, -1, NaN, Infinity, 1e-60]) {
    assertThrows(
      () => quantizeWeights(two, 1, 2, { per: "given", scale }),
      RangeError,
      "expected a positive finite number",
    );
  }
});

Deno.test("activationRange() stands for 0 exactly and holds both bounds", () => {
  const random = createRandom(1);
  for (const bits of [7, 8] as const) {
    for (let i = 0; i < 100; i++) {
      const [least, most] = [-3 * random.next(), 5 * random.next()];
      const range = activationRange(least, most, bits);
      const bytes = quantizeActivations(Float32Array.of(least, 0, most), range);
      const back = dequantizeActivations(bytes, range);
      assertEquals(back[1], 0);
      assert(Math.abs(back[0]! - least) <= range.scale && Math.abs(back[2]! - most) <= range.scale);
      assert(bytes.every((byte) => byte <= range.largest));
    }
  }
  assertEquals(activationRange(1, 2, 8).zeroPoint, 0);
  assertEquals(activationRange(-2, -1, 8).zeroPoint, 255);
  assertEquals(activationRange(0, 0, 8), { scale: 1, zeroPoint: 0, largest: 255 });
});

Deno.test("activationRange() refuses bounds that are none", () => {
  assertThrows(() => activationRange(0, Infinity, 8), RangeError, "range 0 to Infinity");
  assertThrows(() => activationRange(2, 1, 8), RangeError, "range 2 to 1");
});

Deno.test("quantizeActivations() rounds ties to even, saturates, and takes NaN for 0", () => {
  const range = { scale: 1, zeroPoint: 3, largest: 127 };
  const values = Float32Array.of(0.5, 1.5, -0.5, -10, 1000, NaN, Infinity);
  assertEquals([...quantizeActivations(values, range)], [3, 5, 3, 0, 127, 3, 127]);
});
