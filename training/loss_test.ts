import { assertAlmostEquals, assertEquals } from "@std/assert";
import { createRandom } from "../core/mod.ts";
import type { Floats } from "../engines/tfjs/mod.ts";
import {
  attentionError,
  binaryCrossEntropy,
  crossEntropy,
  hiddenError,
  logisticLoss,
  type Loss,
  softTargets,
} from "./loss.ts";

const LOGITS = Float32Array.of(1, -2, 0.5, 0, 0, 3);
const TEACHER = Float32Array.of(0.5, 0, -1, 2, 1, 0);

/** Checks a gradient against central differences. */
function assertGradient(at: Floats, loss: (x: Floats) => Loss): void {
  const { gradient } = loss(at);
  at.forEach((value, i) => {
    const moved = (by: number) => loss(at.with(i, value + by)).value;
    const slope = (moved(0.01) - moved(-0.01)) / 0.02;
    assertAlmostEquals(gradient[i]!, slope, 1e-4, `element ${i}`);
  });
}

Deno.test("crossEntropy() is the mean of -log p of the true classes", () => {
  // Computed apart from this code, in Python.
  assertAlmostEquals(crossEntropy(LOGITS, [0, 1]).value, 1.7997599293816222, 1e-9);
  assertGradient(LOGITS, (logits) => crossEntropy(logits, [0, 1]));
});

Deno.test("crossEntropy() stays finite for logits far apart", () => {
  assertEquals(crossEntropy(Float32Array.of(1000, 0), [1]).value, 1000);
});

Deno.test("softTargets() is the divergence from the teacher, times the temperature squared", () => {
  assertAlmostEquals(softTargets(LOGITS, TEACHER, 2, 2).value, 1.558988666326186, 1e-9);
  assertGradient(LOGITS, (logits) => softTargets(logits, TEACHER, 2, 2));
  assertAlmostEquals(softTargets(TEACHER, TEACHER, 2, 2).value, 0, 1e-12);
});

Deno.test("hiddenError() is the mean squared error over real tokens", () => {
  // Two examples of three tokens of two channels; two tokens and one are real.
  const student = Float32Array.of(1, 2, 3, 4, 99, 99, 5, 6, 99, 99, 99, 99);
  const teacher = Float32Array.of(1, 0, 0, 4, 7, 7, 5, 5, 7, 7, 7, 7);
  const { value, gradient } = hiddenError(student, teacher, Int32Array.of(2, 1), 2);
  assertAlmostEquals(value, (4 + 9 + 1) / 6, 1e-6);
  const wanted = [0, 4, 6, 0, 0, 0, 0, 2, 0, 0, 0, 0].map((difference) => difference / 6);
  wanted.forEach((slope, i) => assertAlmostEquals(gradient[i]!, slope, 1e-6));
});

Deno.test("hiddenError() has the gradient of its value", () => {
  const random = createRandom(1);
  const draw = () => Float32Array.from({ length: 12 }, () => random.normal());
  const teacher = draw();
  assertGradient(draw(), (student) => hiddenError(student, teacher, Int32Array.of(3, 2), 2));
});

Deno.test("crossEntropy() with smoothing spreads a share of the target over all classes", () => {
  // log-softmax of (1, -2, 0.5) is (-0.5046, -3.5046, -1.0046), of (0, 0, 3) (-3.0949, -3.0949, -0.0949).
  // 0.7 · 1.79976 + 0.1 · ((0.5046 + 3.5046 + 1.0046) + (3.0949 + 3.0949 + 0.0949)) / 2, in Python with float64:
  assertAlmostEquals(crossEntropy(LOGITS, [0, 1], 0.3).value, 1.8247599293816223, 1e-9);
  assertGradient(LOGITS, (logits) => crossEntropy(logits, [0, 1], 0.3));
});

Deno.test("logisticLoss() is the mean of -log p of the labels", () => {
  const labels = [1, 0, 0.25, 1, 0, 1];
  const wanted = LOGITS.reduce((sum, x, i) => {
    const p = 1 / (1 + Math.exp(-x));
    return sum - labels[i]! * Math.log(p) - (1 - labels[i]!) * Math.log(1 - p);
  }, 0) / 6;
  assertAlmostEquals(logisticLoss(LOGITS, labels).value, wanted, 1e-7);
  assertGradient(LOGITS, (logits) => logisticLoss(logits, labels));
  assertEquals(logisticLoss(Float32Array.of(1000, -1000), [0, 1]).value, 1000);
});

Deno.test("binaryCrossEntropy() of probabilities is the logistic loss of their logits", () => {
  const probabilities = Float32Array.of(0.9, 0.25, 0.5);
  const logits = probabilities.map((p) => Math.log(p / (1 - p)));
  const labels = [1, 0, 1];
  const [ours, wanted] = [binaryCrossEntropy(probabilities, labels), logisticLoss(logits, labels)];
  assertAlmostEquals(ours.value, wanted.value, 1e-6);
  ours.gradient.forEach((slope, i) => {
    const p = probabilities[i]!;
    assertAlmostEquals(slope * p * (1 - p), wanted.gradient[i]!, 1e-6);
  });
});

Deno.test("binaryCrossEntropy() stays finite at 0 and 1", () => {
  const { value, gradient } = binaryCrossEntropy(Float32Array.of(0, 1), [1, 0]);
  assertEquals(value, 100);
  assertEquals(gradient.every(Number.isFinite), true);
});

Deno.test("attentionError() is the mean squared error over pairs of real tokens", () => {
  // Two examples of one and two real tokens, one head, sequence 2.
  const student = Float32Array.of(1, 9, 9, 9, 0.5, 0.5, 0.25, 0.75);
  const teacher = Float32Array.of(0.5, 0, 0, 0, 1, 0, 0.25, 0.75);
  const { value, gradient } = attentionError(student, teacher, Int32Array.of(1, 2), 1);
  assertAlmostEquals(value, (0.25 + 0.25 + 0.25) / 5, 1e-7);
  [1, 0, 0, 0, -1, 1, 0, 0].forEach((slope, i) =>
    assertAlmostEquals(gradient[i]!, slope / 5, 1e-7)
  );
});
