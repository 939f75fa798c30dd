import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { EnvironmentError } from "../core/mod.ts";
import { replacePixels } from "./plane_changes.ts";
import {
  type LoadedPlanes,
  loadEvaluation,
  type LoadOptions,
  loadTraining,
  streamPlanes,
} from "./plane_streams.ts";
import type { PlaneDataset, PlaneExamples } from "./planes.ts";
import { allowSkips } from "./skips.ts";

const SHAPE = { channels: 1, height: 1, width: 2 };
const NORMAL = { mean: [0], deviation: [1] };

function inMemory(count: number): PlaneExamples {
  const values = new Float32Array(2 * count).map((_, i) => i);
  return { count, shape: SHAPE, values, labels: new Int32Array(count), groups: [] };
}

const dataset: PlaneDataset = {
  ...{ kind: "planes", name: "test", classes: ["a"], metric: "accuracy" },
  ...{ train: inMemory(6), dev: inMemory(5), normalisation: NORMAL },
  ...{ ceiling: null, majority: 1, origin: { kind: "generated", generator: "test/1", seed: 0 } },
};

/** Examples of which some are broken. */
function loaded(count: number, broken: readonly number[]): LoadedPlanes {
  return {
    ...{ count, labels: new Int32Array(count).map((_, i) => i), groups: [] },
    nameOf: (example) => `example ${example}`,
    load(example): Promise<Float32Array> {
      if (broken.includes(example)) return Promise.reject(new SyntaxError("it is broken"));
      return Promise.resolve(Float32Array.of(example, example));
    },
  };
}

function options(total: number, share: number, size = 4): LoadOptions {
  const skips = allowSkips({ kind: "examples of test", total, share });
  return { size, label: "x", shape: SHAPE, normalisation: NORMAL, skips };
}

Deno.test("streamPlanes() streams both splits, the second with noise if asked for", async () => {
  const streams = streamPlanes(dataset, { train: [], noise: (level) => replacePixels(level, 99) });
  const train = await Array.fromAsync(streams.trainBatches({ size: 3, label: "x" }));
  assertEquals(train.map(({ labels }) => labels.length), [3, 3]);
  const noisy = await Array.fromAsync(streams.devBatches({ size: 5, noise: 0.5 }));
  assertEquals(noisy[0]!.planes.filter((value) => value === 99).length, 5);
  const clean = await Array.fromAsync(streams.devBatches({ size: 5 }));
  assertEquals([...clean[0]!.planes], [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  assertThrows(
    () => streamPlanes(dataset, { train: [] }).devBatches({ size: 5, noise: 0.1 }),
    RangeError,
    "it has no noise test",
  );
});

Deno.test("loadTraining() puts others in the place of broken examples, and keeps the size", async () => {
  const given = options(12, 0.2);
  const batches = await Array.fromAsync(loadTraining(loaded(12, [3, 7]), given));
  assertEquals(batches.map(({ labels }) => labels.length), [4, 4, 4]);
  for (const { examples, planes, labels } of batches) {
    assert(!examples.includes(3) && !examples.includes(7));
    assertEquals([...planes], [...examples].flatMap((example) => [example, example]));
    assertEquals(labels, examples);
  }
  assertEquals(given.skips.notes(), [
    "examples of test: 2 of 12 left out as broken, the first " +
    given.skips.notes()[0]!.match(/example \d/)![0] + " (it is broken)",
  ]);
});

Deno.test("loadTraining() ends where all examples are broken, and needs as many as a batch holds", async () => {
  const all = () => Array.fromAsync(loadTraining(loaded(4, [0, 1, 2, 3]), options(4, 0.5)));
  await assertRejects(all, EnvironmentError, "3 of 4 are broken");
  const few = () => Array.fromAsync(loadTraining(loaded(3, []), options(3, 0)));
  await assertRejects(few, RangeError, "there are 3 examples");
});

Deno.test("loadEvaluation() leaves broken examples out, and says which ones are there", async () => {
  const batches = await Array.fromAsync(loadEvaluation(loaded(9, [1, 8]), options(9, 0.3)));
  assertEquals(batches.map(({ examples }) => [...examples]), [[0, 2, 3], [4, 5, 6, 7]]);
});

Deno.test("allowSkips() counts an example once, however often it comes", () => {
  const skips = allowSkips({ kind: "clips", total: 300 });
  for (let epoch = 0; epoch < 5; epoch++) {
    for (const clip of ["a", "b", "c"]) skips.add(clip, "cut off");
  }
  assertEquals(skips.count, 3);
  assertThrows(
    () => skips.add("d", "cut off"),
    EnvironmentError,
    "at least 4 of 300 are broken, the first a (cut off), expected at most 1 %",
  );
});
