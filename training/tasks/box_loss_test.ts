import { assertAlmostEquals, assertEquals } from "@std/assert";
import { createRandom } from "../../core/mod.ts";
import { boxLoss } from "./box_loss.ts";
import type { BoxTargets } from "./box_targets.ts";

/** Five default boxes, the second of which stands for an object of class 1 of 2. */
const ONE: BoxTargets = {
  labels: Int32Array.of(0, 1, 0, 0, 0),
  offsets: Float32Array.from({ length: 20 }, (_, i) => i % 5 === 1 ? 0.5 : 0),
  matches: 1,
};
const NONE: BoxTargets = {
  labels: new Int32Array(5),
  offsets: new Float32Array(20),
  matches: 0,
};

Deno.test("boxLoss() is smooth L1 of matched boxes, and cross-entropy of those and of the three hardest others", () => {
  const locations = new Float32Array(20);
  locations[1] = 1; // off by 0.5: 0.125
  locations[6] = -2.5; // off by 3: 2.5
  locations[11] = locations[16] = 0.5; // right
  locations[0] = 100; // of the background: does not count
  // Scores of class 0, then of class 1; the background's losses grow from the last box to the first.
  const confidences = Float32Array.of(0, 0, 0, 0, 0, 3, 2, 1, 0, -1);
  const loss = boxLoss({ locations, confidences }, [ONE]);
  const negative = (score: number) => Math.log(1 + Math.exp(score));
  const classes = negative(-2) + negative(3) + negative(1) + negative(0);
  assertAlmostEquals(loss.value, 0.125 + 2.5 + classes, 1e-5);
  assertEquals([loss.locations[0], loss.locations[1], loss.locations[6]], [0, 0.5, -1]);
  // The last box is the easiest, and left out.
  assertEquals([loss.confidences[4], loss.confidences[9]], [0, 0]);
  assertAlmostEquals(loss.confidences[5]!, 1 / (1 + Math.exp(-3)), 1e-6);
  assertAlmostEquals(loss.confidences[6]!, 1 / (1 + Math.exp(-2)) - 1, 1e-6);
});

Deno.test("boxLoss() is a mean over images, of which those without objects count 0", () => {
  const random = createRandom("box loss");
  const draw = (length: number) => Float32Array.from({ length }, () => random.normal());
  const [locations, confidences] = [draw(20), draw(10)];
  const alone = boxLoss({ locations, confidences }, [ONE]);
  const twice = (values: Float32Array) => Float32Array.of(...draw(values.length), ...values);
  const both = boxLoss(
    { locations: twice(locations), confidences: twice(confidences) },
    [NONE, ONE],
  );
  assertAlmostEquals(both.value, alone.value / 2, 1e-6);
  assertEquals(both.locations.subarray(0, 20), new Float32Array(20));
  both.confidences.subarray(10).forEach((part, i) =>
    assertAlmostEquals(part, alone.confidences[i]! / 2, 1e-6)
  );
});

Deno.test("boxLoss() has the gradient of its value", () => {
  const random = createRandom("box gradient");
  const draw = (length: number) => Float32Array.from({ length }, () => 2 * random.normal());
  const targets: BoxTargets = {
    labels: Int32Array.from({ length: 12 }, (_, i) => i % 6 === 0 ? 1 + i / 6 : 0),
    offsets: draw(48),
    matches: 2,
  };
  const outputs = { locations: draw(48), confidences: draw(36) };
  const found = boxLoss(outputs, [targets]);
  for (const name of ["locations", "confidences"] as const) {
    outputs[name].forEach((_, i) => {
      const at = (shift: number) => {
        const moved = outputs[name].map((x, j) => i === j ? x + shift : x);
        return boxLoss({ ...outputs, [name]: moved }, [targets]).value;
      };
      assertAlmostEquals(found[name][i]!, (at(1e-3) - at(-1e-3)) / 2e-3, 1e-3);
    });
  }
});

Deno.test("boxLoss() counts exactly three of equally hard boxes, the first ones", () => {
  const loss = boxLoss({ locations: new Float32Array(20), confidences: new Float32Array(10) }, [
    ONE,
  ]);
  const counted = [...loss.confidences.subarray(0, 5)].map((part) => part !== 0);
  assertEquals(counted, [true, true, true, true, false]);
});
