import { assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { createRandom } from "../core/mod.ts";
import { createKWinners, type KWinnersPlan } from "./k_winners.ts";

const PLAN: KWinnersPlan = {
  percentOn: 0.5,
  boostStrength: 0,
  boostStrengthFactor: 1,
  kInferenceFactor: 1,
  dutyCyclePeriod: 1000,
  local: false,
};

Deno.test("winners() keeps the k largest of every example, below zero too", () => {
  const layer = createKWinners("linear", PLAN, { channels: 4, places: null });
  const x = Float32Array.of(3, 1, 2, 0, -5, -1, -2, -9);
  assertEquals([...layer.winners(x, 0, "training")], [1, 0, 1, 0, 0, 1, 1, 0]);
});

Deno.test("winners() keeps all equals at the edge", () => {
  const layer = createKWinners("linear", PLAN, { channels: 4, places: null });
  assertEquals([...layer.winners(Float32Array.of(1, 2, 1, 0), 0, "training")], [1, 1, 1, 0]);
});

Deno.test("winners() of a map are chosen among all its places, or at each place", () => {
  // Two channels of three places.
  const x = Float32Array.of(9, 8, 1, 2, 3, 7);
  const sizes = { channels: 2, places: 3 };
  const all = createKWinners("cnn", PLAN, sizes).winners(x, 0, "training");
  assertEquals([...all], [1, 1, 0, 0, 0, 1]);
  const local = createKWinners("cnn", { ...PLAN, local: true }, sizes).winners(x, 0, "training");
  assertEquals([...local], [1, 1, 0, 0, 0, 1]);
  const other = Float32Array.of(9, 8, 7, 6, 5, 4);
  const atPlaces = createKWinners("cnn", { ...PLAN, local: true }, sizes);
  assertEquals([...atPlaces.winners(other, 0, "training")], [1, 1, 1, 0, 0, 0]);
});

Deno.test("countIn() rounds as nupic.torch does", () => {
  const counts = (plan: Partial<KWinnersPlan>, channels: number, places: number | null) => {
    const layer = createKWinners("x", { ...PLAN, ...plan }, { channels, places });
    return [layer.countIn("training"), layer.countIn("evaluation")];
  };
  // 0.1 · 25 = 2.5 is 2; 2 · 1.5 = 3. Of maps 2.5 · 1.5 = 3.75 is 4, not 3.
  assertEquals(counts({ percentOn: 0.1, kInferenceFactor: 1.5 }, 25, null), [2, 3]);
  assertEquals(counts({ percentOn: 0.1, kInferenceFactor: 1.5 }, 5, 5), [2, 4]);
  // Half of 7 is 3.5, 4 as the even one; 4 · 1.4 = 5.6 is cut off.
  assertEquals(counts({ kInferenceFactor: 1.4 }, 7, null), [4, 5]);
  // The GSC network: 0.095 of 64 maps of 28 by 28 pixels, and of 64 channels.
  assertEquals(counts({ percentOn: 0.095 }, 64, 784), [4767, 4767]);
  assertEquals(counts({ percentOn: 0.095, local: true }, 64, 784), [6, 6]);
});

Deno.test("winners() follows duty cycles and boosts over several batches", () => {
  const layer = createKWinners("linear", {
    ...PLAN,
    percentOn: 1 / 3,
    boostStrength: 2,
    boostStrengthFactor: 0.5,
    dutyCyclePeriod: 3,
  }, { channels: 3, places: null });
  // Batch of two, unit 0 wins twice: period min(3, 2) = 2, duty (0 · (2 - 2) + 2) / 2 = 1.
  assertEquals([...layer.winners(Float32Array.of(4, 1, 3, 5, 1, 2), 0, "training")], [
    1,
    0,
    0,
    1,
    0,
    0,
  ]);
  layer.learn();
  assertEquals([...layer.dutyCycle], [1, 0, 0]);
  // Boosts e^-2 = 0.135, 1, 1: 4 counts as 0.54, so unit 2 wins. Period 3: duties (1 · 1 + 0) / 3 and 2 / 3.
  assertEquals([...layer.winners(Float32Array.of(4, 1, 3, 4, 1, 2), 0, "training")], [
    0,
    0,
    1,
    0,
    0,
    1,
  ]);
  layer.learn();
  [1 / 3, 0, 2 / 3].forEach((duty, i) => assertAlmostEquals(layer.dutyCycle[i]!, duty, 1e-7));
  // In epoch 1 the strength is 1: boosts e^(-1/3) = 0.717 and e^(-2/3) = 0.513.
  [0.7165313, 1, 0.5134171].forEach((boost, i) =>
    assertAlmostEquals(layer.boosts(1)[i]!, boost, 1e-6)
  );
  assertEquals([...layer.winners(Float32Array.of(1.3, 0.9, 1.9), 1, "evaluation")], [0, 0, 1]);
  // Evaluation learns nothing.
  layer.learn();
  assertAlmostEquals(layer.dutyCycle[2]!, 2 / 3, 1e-7);
});

Deno.test("winners() counts only what is above zero, over the places of a map", () => {
  const layer = createKWinners("cnn", PLAN, { channels: 2, places: 2 });
  layer.winners(Float32Array.of(-1, 2, -3, -4), 0, "training");
  layer.learn();
  // Winners are -1 and 2; one of two places of channel 0 is above zero.
  assertEquals([...layer.dutyCycle], [0.5, 0]);
});

Deno.test("learn() sees one batch in what came in parts", () => {
  const plan = { ...PLAN, boostStrength: 1.5, dutyCyclePeriod: 7 };
  const [whole, parted] = [1, 2].map(() =>
    createKWinners("linear", plan, { channels: 4, places: null })
  );
  const random = createRandom(5);
  for (let step = 0; step < 3; step++) {
    const x = Float32Array.from({ length: 12 }, () => random.normal());
    const all = whole!.winners(x, 0, "training");
    const parts = [x.subarray(0, 8), x.subarray(8)];
    assertEquals(parts.flatMap((part) => [...parted!.winners(part, 0, "training")]), [...all]);
    for (const layer of [whole!, parted!]) layer.learn();
    assertEquals(parted!.state(), whole!.state());
  }
});

Deno.test("restore() goes on where the state was taken", () => {
  const random = createRandom(4);
  const plan = { ...PLAN, boostStrength: 1.5, dutyCyclePeriod: 7 };
  const [one, two] = [1, 2].map(() => createKWinners("cnn", plan, { channels: 4, places: 3 }));
  const draw = () => Float32Array.from({ length: 24 }, () => random.normal());
  for (let i = 0; i < 3; i++) {
    one!.winners(draw(), 0, "training");
    one!.learn();
  }
  two!.restore(structuredClone(one!.state()));
  const x = draw();
  assertEquals(two!.winners(x, 1, "training"), one!.winners(x, 1, "training"));
  for (const layer of [one!, two!]) layer.learn();
  assertEquals(two!.dutyCycle, one!.dutyCycle);
  assertThrows(() => two!.restore(new Map()), RangeError, 'tensor "duty/cnn" is missing');
});

Deno.test("createKWinners() refuses layers in which none or all win", () => {
  const make = (percentOn: number) =>
    createKWinners("x", { ...PLAN, percentOn }, { channels: 4, places: null });
  assertThrows(() => make(0.1), RangeError, 'Cannot choose winners of "x": 0 of 4');
  assertThrows(() => make(0.9), RangeError, "4 of 4");
});
