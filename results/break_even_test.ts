import { assertAlmostEquals, assertEquals } from "@std/assert";
import { breakEvens } from "./break_even.ts";
import type { Comparison, Measurement } from "./result.ts";
import { sampleComparison, sampleKernelMeasurement } from "./sample.ts";

interface Sweep {
  readonly comparisons: readonly Comparison[];
  readonly measurements: readonly Measurement[];
}

/** Ratios by sparsity, each known to within a tenth. */
function sweep(ratios: Readonly<Record<string, number>>): Sweep {
  const entries = Object.entries(ratios).map(([text, ratio]) => {
    const cell = `f32 4x1 ${text} 64x512x64`;
    const measurement = sampleKernelMeasurement({ cell });
    return {
      comparison: sampleComparison({
        cell,
        ratio: { estimate: ratio, low: ratio / 1.1, high: ratio * 1.1 },
      }),
      measurement: { ...measurement, layer: { ...measurement.layer!, sparsity: Number(text) } },
    };
  });
  return {
    comparisons: entries.map(({ comparison }) => comparison),
    measurements: entries.map(({ measurement }) => measurement),
  };
}

Deno.test("breakEvens() interpolates the log-ratio, whatever the order of the cells", () => {
  const [crossing] = breakEvens(sweep({ "0.9": 8, "0.5": 0.5, "0.7": 2 }));
  assertAlmostEquals(crossing!.sparsity!, 0.6, 1e-9);
  assertAlmostEquals(crossing!.low!, 0.6 - 0.2 * Math.log(1.1) / Math.log(4), 1e-9);
  assertAlmostEquals(crossing!.high!, 0.6 + 0.2 * Math.log(1.1) / Math.log(4), 1e-9);
  assertEquals(crossing!.sweep.map(({ sparsity }) => sparsity), [0.5, 0.7, 0.9]);
});

Deno.test("breakEvens() tells always and never", () => {
  assertEquals(breakEvens(sweep({ "0.5": 2, "0.7": 3, "0.9": 4 }))[0]!.sparsity, 0);
  assertEquals(breakEvens(sweep({ "0.5": 0.2, "0.7": 0.3, "0.9": 0.4 }))[0]!.sparsity, null);
});

Deno.test("breakEvens() counts from the last loss on", () => {
  const [crossing] = breakEvens(sweep({ "0.3": 1.2, "0.5": 0.8, "0.7": 1.25, "0.9": 4 }));
  assertAlmostEquals(crossing!.sparsity!, 0.6, 1e-9);
});

Deno.test("breakEvens() leaves out what is no sweep", () => {
  assertEquals(breakEvens(sweep({ "0.5": 2, "0.7": 3 })), []);
});
