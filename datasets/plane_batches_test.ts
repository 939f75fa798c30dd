import { assert, assertAlmostEquals, assertEquals, assertRejects } from "@std/assert";
import { createRandom, dataDirectory } from "../core/mod.ts";
import { openMnist } from "./mnist.ts";
import { evaluationPlanes, trainingPlanes } from "./plane_batches.ts";
import { flipHalf, NOISE_LEVELS, replacePixels, shiftCrop } from "./plane_changes.ts";
import { pickPlanes, type PlaneExamples } from "./planes.ts";

const SHAPE = { channels: 2, height: 2, width: 3 };
const NORMAL = { mean: [0, 0.5], deviation: [1, 0.25] };

/** Example i has the bytes 12 i, 12 i + 1, … */
function examples(count: number): PlaneExamples {
  const values = Uint8Array.from({ length: count * 12 }, (_, i) => i);
  const labels = Int32Array.from({ length: count }, (_, i) => i % 2);
  const groups = [{ by: "class", buckets: ["a", "b"], of: Uint8Array.from(labels) }];
  return { count, shape: SHAPE, values, labels, groups };
}

const OPTIONS = { size: 3, label: "test", normalisation: NORMAL };

Deno.test("trainingPlanes() shows every example at most once an epoch, normalised by channel", async () => {
  const batches = await Array.fromAsync(trainingPlanes(examples(8), OPTIONS));
  const numbers = batches.flatMap((batch) => [...batch.examples]);
  assertEquals([batches.length, new Set(numbers).size], [2, 6]);
  const [{ planes, examples: [first], labels }] = batches as [typeof batches[0]];
  assertEquals(labels[0], first! % 2);
  assertAlmostEquals(planes[5]!, (12 * first! + 5) / 255, 1e-6);
  assertAlmostEquals(planes[6]!, ((12 * first! + 6) / 255 - 0.5) / 0.25, 1e-6);
});

Deno.test("trainingPlanes() goes on at a batch as if it had never stopped, and draws other epochs anew", async () => {
  const options = { ...OPTIONS, changes: [flipHalf, shiftCrop(1), replacePixels(0.3)] };
  const whole = await Array.fromAsync(trainingPlanes(examples(12), options));
  const rest = await Array.fromAsync(trainingPlanes(examples(12), { ...options, from: 2 }));
  assertEquals(rest, whole.slice(2));
  const other = await Array.fromAsync(trainingPlanes(examples(12), { ...options, label: "2" }));
  assert(other[0]!.examples.join() !== whole[0]!.examples.join());
});

Deno.test("trainingPlanes() refuses a batch larger than the data set", async () => {
  const run = () => Array.fromAsync(trainingPlanes(examples(2), OPTIONS));
  await assertRejects(run, RangeError, "there are 2 examples");
});

Deno.test("evaluationPlanes() covers all examples in order", async () => {
  const batches = await Array.fromAsync(evaluationPlanes(examples(7), OPTIONS));
  assertEquals(batches.map(({ examples }) => [...examples]), [[0, 1, 2], [3, 4, 5], [6]]);
});

Deno.test("flipHalf() mirrors rows, half of the time", () => {
  const random = createRandom("flip");
  let mirrored = 0;
  for (let i = 0; i < 400; i++) {
    const values = Float32Array.of(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12);
    flipHalf(values, SHAPE, random);
    if (values[0] === 3) mirrored++;
    assertEquals([...values].sort((a, b) => a - b), [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
    if (values[0] === 3) assertEquals([...values], [3, 2, 1, 6, 5, 4, 9, 8, 7, 12, 11, 10]);
  }
  assert(mirrored > 150 && mirrored < 250, `${mirrored}`);
});

Deno.test("shiftCrop() gives every shift by up to the border, black where nothing was", () => {
  const random = createRandom("crop");
  const seen = new Map<string, number>();
  const change = shiftCrop(1);
  for (let i = 0; i < 900; i++) {
    const values = Float32Array.of(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12);
    change(values, SHAPE, random);
    const key = values.join(" ");
    seen.set(key, (seen.get(key) ?? 0) + 1);
  }
  assertEquals(seen.size, 9);
  assert(seen.has("1 2 3 4 5 6 7 8 9 10 11 12"));
  assert(seen.has("5 6 0 0 0 0 11 12 0 0 0 0"), [...seen.keys()].join("\n"));
  assert(seen.has("0 0 0 0 1 2 0 0 0 0 7 8"));
  assert(Math.min(...seen.values()) > 60);
});

Deno.test("replacePixels() replaces exactly the share, rounded down, wherever chance says", () => {
  const shape = { channels: 1, height: 28, width: 28 };
  const random = createRandom("noise");
  const hits = new Int32Array(784);
  for (const level of NOISE_LEVELS) {
    const values = new Float32Array(784);
    replacePixels(level)(values, shape, random);
    assertEquals(values.filter((value) => value > 0).length, Math.trunc(784 * level));
    assert(values.every((value) => value === 0 || Math.abs(value - 0.7469) < 1e-6));
    values.forEach((value, i) => hits[i]! += value > 0 ? 1 : 0);
  }
  assertEquals([NOISE_LEVELS.length, NOISE_LEVELS[0], NOISE_LEVELS[10]], [11, 0, 0.5]);
  assert(hits.filter((count) => count > 0).length > 700);
});

Deno.test("pickPlanes() copies the chosen examples with their labels and buckets", () => {
  const picked = pickPlanes(examples(4), [3, 0]);
  assertEquals([...picked.values.subarray(0, 2), picked.values[12]], [36, 37, 0]);
  assertEquals([[...picked.labels], [...picked.groups[0]!.of]], [[1, 0], [1, 0]]);
});

const published = dataDirectory();

Deno.test({
  name: "trainingPlanes() of MNIST have mean 0 and deviation 1",
  ignore: published === null,
  fn: async () => {
    const { train, normalisation } = await openMnist(published!);
    let [sum, squares, count] = [0, 0, 0];
    const options = { size: 500, label: "x", normalisation, from: 100 };
    for await (const { planes } of trainingPlanes(train, options)) {
      for (const value of planes) {
        [sum, squares, count] = [sum + value, squares + value ** 2, count + 1];
      }
    }
    assertAlmostEquals(sum / count, 0, 0.01);
    assertAlmostEquals(squares / count, 1, 0.02);
  },
});
