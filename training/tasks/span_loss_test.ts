import { assertAlmostEquals, assertEquals } from "@std/assert";
import { positionLoss, softPositionLoss } from "./span_loss.ts";

const SCORES = Float32Array.of(1, 2, 0, 50, 0, 0, 0, 0);

Deno.test("positionLoss() is the mean cross-entropy over the tokens of each window", () => {
  const { value, gradient } = positionLoss(SCORES, Int32Array.of(3, 4), Int32Array.of(1, 0));
  const sum = Math.exp(1) + Math.exp(2) + Math.exp(0);
  assertAlmostEquals(value, (Math.log(sum) - 2 + Math.log(4)) / 2, 1e-6);
  const wanted = [Math.exp(1) / sum / 2, (Math.exp(2) / sum - 1) / 2, 1 / sum / 2, 0];
  wanted.push(-3 / 8, 1 / 8, 1 / 8, 1 / 8);
  wanted.forEach((one, i) => assertAlmostEquals(gradient[i]!, one, 1e-6));
});

Deno.test("positionLoss() ignores windows whose position is outside", () => {
  const lengths = Int32Array.of(3, 4);
  const alone = positionLoss(SCORES.subarray(4), lengths.subarray(1), Int32Array.of(2));
  for (const outside of [3, -1]) {
    const { value, gradient } = positionLoss(SCORES, lengths, Int32Array.of(outside, 2));
    assertEquals(value, alone.value);
    assertEquals([...gradient], [0, 0, 0, 0, ...alone.gradient]);
  }
  const none = positionLoss(SCORES, lengths, Int32Array.of(9, 9));
  assertEquals([none.value, ...none.gradient], [0, 0, 0, 0, 0, 0, 0, 0, 0]);
});

Deno.test("softPositionLoss() is zero if student and teacher agree on the tokens, whatever they say on padding", () => {
  const teacher = SCORES.slice();
  teacher[3] = -7;
  const { value, gradient } = softPositionLoss(SCORES, teacher, Int32Array.of(3, 4), 2);
  assertAlmostEquals(value, 0, 1e-7);
  gradient.forEach((part) => assertAlmostEquals(part, 0, 1e-7));
});

Deno.test("softPositionLoss() has the gradient of its value", () => {
  const teacher = Float32Array.of(0, 1, 2, 0, 3, 0, 1, 0);
  const student = SCORES.map((score) => score / 10);
  const lengths = Int32Array.of(3, 4);
  const { gradient } = softPositionLoss(student, teacher, lengths, 2);
  for (const i of student.keys()) {
    const at = (shift: number) =>
      softPositionLoss(student.map((x, j) => i === j ? x + shift : x), teacher, lengths, 2).value;
    assertAlmostEquals(gradient[i]!, (at(0.01) - at(-0.01)) / 0.02, 1e-4);
  }
});
