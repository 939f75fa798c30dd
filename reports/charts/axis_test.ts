import { assert, assertEquals } from "@std/assert";
import { type Axis, evenTicks, linearAxis, logAxis, ratioAxis } from "./axis.ts";

function assertSound({ domain: [low, high], ticks }: Axis, values: readonly number[]): void {
  assert(low < high, `${low} < ${high}`);
  for (const value of values) assert(value >= low && value <= high, `${value} in ${low}..${high}`);
  for (const tick of ticks) assert(tick >= low && tick <= high, `tick ${tick} in ${low}..${high}`);
  assert(ticks.length >= 2 && ticks.length <= 7, `${ticks.length} ticks: ${ticks}`);
  assertEquals(ticks, [...new Set(ticks)].sort((a, b) => a - b));
}

Deno.test("ratioAxis() doubles from tick to tick and always shows 1x", () => {
  assertEquals(ratioAxis([5.2, 3], "t").ticks, [1, 2, 4]);
  assertEquals(ratioAxis([0.3, 9], "t").ticks, [0.5, 1, 2, 4, 8]);
  assertEquals(ratioAxis([80, 0.4], "t").ticks.includes(1), true);
});

Deno.test("ratioAxis() has fine ticks where all is near 1x", () => {
  const axis = ratioAxis([0.97, 1.12], "t");
  assertSound(axis, [0.97, 1, 1.12]);
  assert(axis.ticks.includes(1) && axis.ticks.includes(1.1));
});

Deno.test("every axis holds its values and has two to seven ticks", () => {
  const samples = [[1], [0.99, 1.01], [0.5, 1.7], [0.1, 3], [1, 1000], [0.001, 5000], [2, 4.5]];
  for (const values of samples) {
    assertSound(ratioAxis(values, "t"), values);
    assertSound(logAxis(values, "t"), values);
    assertSound(linearAxis(values, { title: "t" }), values);
    assertSound(linearAxis(values.map((value) => -value), { title: "t", reference: 0 }), [0]);
  }
});

Deno.test("logAxis() leaves out what has no logarithm", () => {
  assertEquals(logAxis([0, 10, 100], "t").domain[0] > 0, true);
  assertSound(logAxis([], "t"), []);
});

Deno.test("linearAxis() keeps to its limits and shows its reference", () => {
  const axis = linearAxis([97, 99.9], { title: "t", limits: [0, 100] });
  assertEquals(axis.domain[1], 100);
  assertEquals(linearAxis([2, 3], { title: "t", reference: 0 }).ticks[0], 0);
  assertSound(linearAxis([], { title: "t" }), []);
});

Deno.test("evenTicks() leaves no trace of arithmetic", () => {
  assertEquals(evenTicks([-0.1, 0.4]), [-0.1, 0, 0.1, 0.2, 0.3, 0.4]);
  assertEquals(evenTicks([0, 480]), [0, 100, 200, 300, 400]);
});
