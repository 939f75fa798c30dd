import { assertAlmostEquals, assertEquals, assertGreater, assertLess } from "@std/assert";
import { createRandom } from "../core/mod.ts";
import { halfWidthOf, judgeRatio, MIN_ROUNDS, noiseFloorOf, ratioOf } from "./estimate.ts";
import type { Round } from "./protocol.ts";

function roundOf(times: Record<string, number>): Round {
  return Object.fromEntries(
    Object.entries(times).map(([id, ns]) => [id, { slots: [0, 1], samplesNs: [ns], ns }]),
  );
}

Deno.test("ratioOf() is the baseline's time over the subject's", () => {
  const rounds = [1, 2, 3, 4].map((scale) => roundOf({ fast: scale * 1e6, slow: scale * 5e6 }));
  const ratio = ratioOf(rounds, "fast", "slow");
  assertAlmostEquals(ratio.estimate, 5, 1e-9);
  assertAlmostEquals(ratio.low, 5, 1e-9);
  assertAlmostEquals(ratio.high, 5, 1e-9);
});

Deno.test("ratioOf() turns over if subject and baseline change places", () => {
  const random = createRandom(7);
  const rounds = Array.from(
    { length: 9 },
    () => roundOf({ a: 1 + random.next(), b: 3 + random.next() }),
  );
  const forward = ratioOf(rounds, "a", "b");
  assertAlmostEquals(forward.estimate * ratioOf(rounds, "b", "a").estimate, 1, 1e-9);
  assertLess(forward.low, forward.estimate);
  assertGreater(forward.high, forward.estimate);
});

Deno.test("ratioOf() is not moved by one spoilt round", () => {
  const rounds = [1, 1, 1, 1, 40, 1, 1].map((spoilt) => roundOf({ a: 1e6 * spoilt, b: 2e6 }));
  assertAlmostEquals(ratioOf(rounds, "a", "b").estimate, 2, 1e-9);
});

Deno.test("ratioOf() covers the true ratio in about 95 of 100 experiments", () => {
  let covered = 0;
  for (let seed = 0; seed < 200; seed++) {
    const random = createRandom(seed);
    const rounds = Array.from({ length: 12 }, () =>
      roundOf({
        a: Math.exp(0.05 * random.normal()),
        b: 2 * Math.exp(0.05 * random.normal()),
      }));
    const { low, high } = ratioOf(rounds, "a", "b");
    if (low <= 2 && 2 <= high) covered++;
  }
  assertGreater(covered, 176);
});

Deno.test("ratioOf() spans what was seen if there are too few rounds for an interval", () => {
  const rounds = [roundOf({ a: 1, b: 2 }), roundOf({ a: 1, b: 4 })];
  const ratio = ratioOf(rounds, "a", "b");
  assertAlmostEquals(ratio.low, 2, 1e-9);
  assertAlmostEquals(ratio.high, 4, 1e-9);
});

Deno.test("ratioOf() refuses rounds that lack one side", () => {
  let message = "";
  try {
    ratioOf([roundOf({ a: 1 })], "a", "b");
  } catch (error) {
    message = (error as Error).message;
  }
  assertEquals(message, "Cannot compare a with b: no round has both");
});

Deno.test("noiseFloorOf() is the larger deviation of the A/A interval from 1", () => {
  assertAlmostEquals(noiseFloorOf({ estimate: 1, low: 0.99, high: 1.02 }), 0.02, 1e-12);
  assertAlmostEquals(noiseFloorOf({ estimate: 1, low: 0.95, high: 1.02 }), 1 / 0.95 - 1, 1e-12);
  // An A/A ratio that leaves 1 out shows a bias, which counts as noise too.
  assertAlmostEquals(noiseFloorOf({ estimate: 1.04, low: 1.03, high: 1.05 }), 0.05, 1e-12);
});

Deno.test("halfWidthOf() is relative", () => {
  assertAlmostEquals(halfWidthOf({ estimate: 10, low: 9, high: 11 }), 0.1, 1e-12);
});

Deno.test("judgeRatio() needs the whole interval beyond the noise floor", () => {
  assertEquals(judgeRatio({ estimate: 2, low: 1.9, high: 2.1 }, 0.05, 9), "faster");
  assertEquals(judgeRatio({ estimate: 0.5, low: 0.45, high: 0.6 }, 0.05, 9), "slower");
  assertEquals(judgeRatio({ estimate: 1.1, low: 0.99, high: 1.2 }, 0, 9), "inconclusive");
  assertEquals(judgeRatio({ estimate: 1.04, low: 1.03, high: 1.05 }, 0.03, 9), "inconclusive");
});

Deno.test("judgeRatio() leaves it open if there were too few rounds", () => {
  assertEquals(judgeRatio({ estimate: 9, low: 8, high: 10 }, 0, MIN_ROUNDS - 1), "inconclusive");
});
