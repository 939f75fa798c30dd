import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { dataDirectory } from "../../core/mod.ts";
import { generateClicks, openCriteo } from "../../datasets/mod.ts";
import { clickTask, createClickScorer } from "./clicks.ts";

const tableRows = Array.from({ length: 26 }, (_, i) => 5 + i);

Deno.test("clickTask() gives as many whole batches as it counts, from any one on", async () => {
  const streams = generateClicks({ tableRows, trainExamples: 50, devExamples: 20 });
  const task = await clickTask(streams);
  assertEquals(task.counts, { train: 50, dev: 20 });
  const all = await Array.fromAsync(task.trainBatches({ size: 16, label: "x", from: 0 }));
  assertEquals(all.length, 3);
  const { shape, inputs, labels } = all[2]!;
  assertEquals([shape, inputs.dense!.shape, inputs.indices!.shape, labels.length], [
    { batch: 16 },
    [16, 13],
    [26, 16],
    16,
  ]);
  assertEquals(
    await Array.fromAsync(task.trainBatches({ size: 16, label: "y", from: 2 })),
    all.slice(2),
  );
  const dev = await Array.fromAsync(task.devBatches(16));
  assertEquals(dev.map(({ shape }) => shape.batch), [16, 4]);
});

Deno.test("clickTask() has the mean cross-entropy of probabilities, and its gradient by them", async () => {
  const task = await clickTask(generateClicks({ tableRows, trainExamples: 3, devExamples: 3 }));
  const batch = { shape: { batch: 2 }, inputs: {}, labels: Int32Array.of(1, 0) };
  const { value, gradients } = task.loss(batch, { probabilities: Float32Array.of(0.8, 0.4) });
  assertAlmostEquals(value, -(Math.log(0.8) + Math.log(0.6)) / 2, 1e-6);
  assertAlmostEquals(gradients.probabilities![0]!, -1 / 0.8 / 2, 1e-5);
  assertAlmostEquals(gradients.probabilities![1]!, 1 / 0.6 / 2, 1e-5);
});

Deno.test("createClickScorer() scores all batches together: area and accuracy", () => {
  const scorer = createClickScorer();
  const add = (labels: number[], scores: number[]) =>
    scorer.add(
      { shape: { batch: labels.length }, inputs: {}, labels: Int32Array.from(labels) },
      { probabilities: Float32Array.from(scores) },
    );
  add([0, 0, 1], [0.1, 0.4, 0.35]);
  add([1], [0.8]);
  const { metric, others, correct } = scorer.finish();
  assertEquals([metric, others, [...correct!]], [0.75, { accuracy: 0.75 }, [1, 1, 0, 1]]);
});

Deno.test("createClickScorer() refuses rows of one kind, whose area is not defined", () => {
  const scorer = createClickScorer();
  scorer.add({ shape: { batch: 1 }, inputs: {}, labels: Int32Array.of(1) }, {
    probabilities: Float32Array.of(0.3),
  });
  assertThrows(() => scorer.finish(), RangeError, "all 1 evaluation rows have the same label");
});

const published = dataDirectory();

Deno.test({
  name: "clickTask() reads published rows",
  ignore: published === null,
  fn: async () => {
    const task = await clickTask(await openCriteo("criteo-kaggle", published!, { tableRows }));
    assertEquals(task.counts, { train: 7200, dev: 409 });
    const [batch] = await Array.fromAsync(task.trainBatches({ size: 2048, label: "", from: 2 }));
    assert(batch!.labels.every((label) => label === 0 || label === 1));
  },
});
