import { assertEquals, assertStringIncludes } from "@std/assert";
import { compareOutput } from "./layer_agreement.ts";

const wanted = Float32Array.of(100, -1, 0);
const options = { against: "the reference", exact: false };

Deno.test("compareOutput() allows rounding, relative to the largest value", () => {
  const close = compareOutput(Float32Array.of(100, -1.01, 0), wanted, options);
  assertEquals(close.problem, null);
  const far = compareOutput(Float32Array.of(100, -1.1, 0), wanted, options);
  assertStringIncludes(far.problem!, "differs from the reference by 0.10");
});

Deno.test("compareOutput() allows integers nothing", () => {
  const exact = { ...options, exact: true };
  assertEquals(compareOutput(Int32Array.of(7), Int32Array.of(7), exact).problem, null);
  assertStringIncludes(
    compareOutput(Int32Array.of(100_001), Int32Array.of(100_000), exact).problem!,
    "by 1.0, expected at most 0.0",
  );
});

Deno.test("compareOutput() finds what is no number, and another length", () => {
  assertEquals(compareOutput(Float32Array.of(100, NaN, 0), wanted, options).maxError, NaN);
  const short = compareOutput(Float32Array.of(100), wanted, options);
  assertEquals(short.problem, "the output has 1 values, expected 3");
});
