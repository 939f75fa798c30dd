import { assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { createRandom } from "../core/mod.ts";
import { matthewsCorrelation, pearsonCorrelation, spearmanCorrelation } from "./correlation.ts";

Deno.test("matthewsCorrelation() is that of the four counts", () => {
  const random = createRandom("matthews");
  const draw = (): number[] => Array.from({ length: 200 }, () => random.integer(2));
  const [predictions, labels] = [draw(), draw()];
  const count = (guess: number, truth: number): number =>
    predictions.filter((one, i) => one === guess && labels[i] === truth).length;
  const [tp, tn, fp, fn] = [count(1, 1), count(0, 0), count(1, 0), count(0, 1)];
  const wanted = (tp * tn - fp * fn) /
    Math.sqrt((tp + fp) * (tp + fn) * (tn + fp) * (tn + fn));
  assertAlmostEquals(matthewsCorrelation(predictions, labels), wanted, 1e-12);
  assertEquals(matthewsCorrelation(labels, labels), 1);
  assertEquals(matthewsCorrelation([1, 1, 1], [0, 1, 0]), 0);
  assertThrows(() => matthewsCorrelation([1], [1, 0]), RangeError, "1 values with 2");
});

Deno.test("pearsonCorrelation() is 1 for lines that rise, whatever their slope, and known figures else", () => {
  assertAlmostEquals(pearsonCorrelation([1, 2, 4], [-3, -1, 3]), 1, 1e-12);
  assertAlmostEquals(pearsonCorrelation([1, 2, 3], [3, 2, 1]), -1, 1e-12);
  // Deviations (-2, -1, 0, 1, 2) and (-1, -2, 0, 2, 1).
  assertAlmostEquals(pearsonCorrelation([1, 2, 3, 4, 5], [2, 1, 3, 5, 4]), 8 / 10, 1e-12);
  assertEquals(pearsonCorrelation([1, 1], [0, 5]), 0);
});

Deno.test("spearmanCorrelation() asks for order alone, and equal values share their ranks", () => {
  assertAlmostEquals(spearmanCorrelation([1, 2, 3, 10], [0.1, 5, 5.5, 5.6]), 1, 1e-12);
  // Ranks (0, 1.5, 1.5, 3) and (0, 1, 2, 3): 4.5 / sqrt(4.5 · 5).
  assertAlmostEquals(
    spearmanCorrelation([1, 2, 2, 9], [1, 2, 3, 4]),
    4.5 / Math.sqrt(4.5 * 5),
    1e-12,
  );
});
