import { assert, assertAlmostEquals, assertEquals, assertNotEquals } from "@std/assert";
import { generateBoxes, generateClicks, generateSpans, openPlanes } from "../datasets/mod.ts";
import { type Floats, openTraining } from "../engines/tfjs/mod.ts";
import { type Network as Architecture, networkNamed, zeroParameters } from "../models/mod.ts";
import type { PruneTraining, Training } from "../recipes/mod.ts";
import { architectureOf, architecturesOf } from "./architecture.ts";
import { createGradientSum } from "./gradient_sum.ts";
import { createNetwork, outlineOf, type Parameters, trainedParameters, viewOf } from "./network.ts";
import { createOptimiser } from "./optimiser.ts";
import { shareOfExamples } from "./parts.ts";
import type { Pruner } from "./pruner.ts";
import { type StepContext, trainStep } from "./step.ts";
import { catchUpOf } from "./tables.ts";
import type { Task, TaskBatch } from "./task.ts";
import { boxTask, type BoxTaskBatch } from "./tasks/boxes.ts";
import { clickTask } from "./tasks/clicks.ts";
import { planeTask } from "./tasks/planes.ts";
import { spanTask } from "./tasks/spans.ts";
import { createTeacher, distillerOf } from "./teacher.ts";
import { tinyRecipe, tinyTask, tinyTraining } from "./tiny_data.ts";

/** A network and what it learns from one batch. */
interface Case<B extends TaskBatch> {
  readonly architecture: Architecture;
  readonly parameters: Parameters;
  readonly task: Task<B>;
  readonly batch: B;
  readonly training: Training & Pick<PruneTraining, "distillation">;
}

/** What steps leave behind. */
interface Steps {
  readonly losses: readonly number[];
  /** Of the first step, as the pruner sees them. */
  readonly gradients: ReadonlyMap<string, Floats>;
  readonly weights: Parameters;
}

const PLAIN = { dropout: 0, warmupSteps: 0, learningRate: 0.01 } as const;
const SGD = tinyTraining({ ...PLAIN, optimizer: "sgd", momentum: 0.9, weightDecay: 1e-3 });
const ADAM = tinyTraining({ ...PLAIN, optimizer: "adam", weightDecay: 0, clipNorm: 0.1 });

/** A pruner without layers that looks at gradients. */
function watcher(seen: Map<string, Floats>, names: readonly string[]): Pruner {
  return {
    ...{ layers: [], sparsity: 0, done: true, settledFrom: 0 },
    masks: { of: new Map(), sparsity: 0 } as unknown as Pruner["masks"], // nobody asks
    beginStep: () => {},
    onGradients(step, gradients): boolean {
      for (const name of step === 0 ? names : []) {
        const gradient = gradients(name);
        if (gradient) seen.set(name, gradient.slice());
      }
      return true;
    },
    maskOf: () => null,
    onUpdated: () => {},
    finish: () => {},
    state: () => new Map(),
    restore: () => {},
  };
}

/** Two steps on the same batch, in parts. */
async function steps<B extends TaskBatch>(
  { architecture, parameters, task, batch, training }: Case<B>,
  part: number,
): Promise<Steps> {
  using machine = await openTraining();
  const optimiser = createOptimiser(training, 2, machine.loops);
  const distiller = training.distillation && distillerOf(task, training.distillation, architecture);
  using teacher = distiller
    ? createTeacher(
      { machine, architecture },
      parameters,
      distiller,
      training.distillation!.taskLoss,
    )
    : null;
  const keep = [...task.values ?? [], ...distiller?.values ?? []];
  using network = createNetwork(machine, architecture, parameters, {
    states: optimiser.states,
    keep,
  });
  if (teacher !== null) {
    // What is not the teacher any more has something to learn.
    for (const { weights } of network.slots) viewOf(network, weights).forEach(moved);
  }
  const gradients = new Map<string, Floats>();
  const { tf } = machine.ops;
  const held: number[] = [];
  const context: StepContext<B> = {
    ...{ network, task, training, optimiser, teacher, part },
    batchNormMomentum: 0.1,
    label: "x",
    pruner: watcher(gradients, network.names),
    sum: createGradientSum(),
  };
  const catchUp = catchUpOf(training, 2, machine.loops);
  const losses = [0, 1].map((step) => {
    const { loss } = trainStep(context, batch, { step, epoch: 0, catchUp });
    held.push(tf.memory().numTensors);
    return loss;
  });
  assertEquals(held[1], held[0], "tensors are left behind");
  return { losses, gradients, weights: trainedParameters(network) };
}

function moved(value: number, i: number, all: Floats): void {
  all[i] = value + 0.05 * Math.sin(i);
}

async function firstOf<B extends TaskBatch>(task: Task<B>, size: number): Promise<B> {
  for await (const batch of task.trainBatches({ size, label: "x", from: 0 })) return batch;
  throw new Error("expected a batch");
}

function assertClose(found: Floats, wanted: Floats, tolerance: number, name: string): void {
  assertEquals(found.length, wanted.length, name);
  const scale = wanted.reduce((most, value) => Math.max(most, Math.abs(value)), 1e-4);
  found.forEach((value, i) => assertAlmostEquals(value, wanted[i]!, tolerance * scale, name));
}

/** Steps in parts of these sizes do as those of the whole batch. */
async function assertAlike<B extends TaskBatch>(
  given: Case<B>,
  parts: readonly number[],
): Promise<void> {
  const whole = await steps(given, given.batch.shape.batch);
  assert(whole.gradients.size > 3);
  for (const part of parts) {
    const parted = await steps(given, part);
    parted.losses.forEach((loss, i) => assertAlmostEquals(loss, whole.losses[i]!, 1e-4));
    assertEquals([...parted.gradients.keys()], [...whole.gradients.keys()]);
    for (const [name, gradient] of whole.gradients) {
      assertClose(parted.gradients.get(name)!, gradient, 1e-3, `${name} in parts of ${part}`);
    }
    for (const [name, { data }] of whole.weights) {
      assertClose(parted.weights.get(name)!.data, data, 1e-2, `${name} in parts of ${part}`);
    }
  }
}

const TEXT = architecturesOf(tinyRecipe(), "quick").sparse;

async function textCase(training: Case<TaskBatch>["training"]): Promise<Case<TaskBatch>> {
  const task = tinyTask(64, 8) as unknown as Task; // given back only its own batches
  return {
    architecture: TEXT.architecture,
    parameters: TEXT.draw("weights"),
    task,
    batch: await firstOf(task, 16),
    training,
  };
}

Deno.test("trainStep() of texts in parts is that of the whole batch: SGD, Adam with clipping", async () => {
  await assertAlike(await textCase(SGD), [8, 4, 5]);
  await assertAlike(await textCase(ADAM), [8, 4, 5]);
});

Deno.test("trainStep() of texts in parts learns from a teacher as the whole batch does", async () => {
  for (const weights of [{ hidden: 2, attention: 0 }, { hidden: 0, attention: 3 }]) {
    const distillation = { ...weights, logits: 1, temperature: 2, taskLoss: 0.5 };
    await assertAlike(await textCase({ ...SGD, distillation }), [8, 4, 7]);
  }
});

Deno.test("trainStep() of windows in parts counts answers where they are", async () => {
  const data = generateSpans({ sequence: 64, trainExamples: 32, devExamples: 8 });
  const recipe = tinyRecipe();
  const { architecture, draw } = architectureOf(
    {
      ...recipe.model,
      head: "span",
      vocabulary: data.vocabulary,
      positions: 64,
    } as typeof recipe.model,
  );
  const task = spanTask(data);
  const batch = await firstOf(task, 8);
  // Answers beyond a window do not count: two in the first half, one in the second, of starts alone.
  const starts = batch.starts.map((start, i) => [0, 2, 5].includes(i) ? 64 : start);
  const distillation = { hidden: 1, logits: 1, attention: 0, temperature: 2, taskLoss: 1 };
  const given = { architecture, parameters: draw("w"), task, batch: { ...batch, starts } };
  await assertAlike({ ...given, training: SGD }, [4, 2, 3]);
  await assertAlike({ ...given, training: { ...ADAM, distillation } }, [4, 2, 3]);
});

Deno.test("trainStep() of images in parts is that of the whole batch", async () => {
  const streams = await openPlanes(
    { name: "synthetic-digits", trainExamples: 32, devExamples: 8 },
    ".",
  );
  const { architecture, draw } = architectureOf({ architecture: "network", name: "mnist-cnn" });
  const task = planeTask(streams, outlineOf(architecture), { labelSmoothing: 0.1 });
  const batch = await firstOf(task, 8);
  const distillation = { hidden: 0, logits: 1, attention: 0, temperature: 2, taskLoss: 1 };
  const given = { architecture, parameters: draw("w"), task, batch };
  await assertAlike({ ...given, training: SGD }, [4, 2, 3]);
  await assertAlike({ ...given, training: { ...SGD, distillation } }, [4, 3]);
});

Deno.test("trainStep() of clicks in parts looks rows up once for all of them", async () => {
  const { architecture, draw } = architectureOf({ architecture: "network", name: "dlrm-scaled" });
  const graph = outlineOf(architecture);
  const tableRows = Array.from(
    { length: 26 },
    (_, i) => graph.initializers.get(`emb_l.${i}.weight`)!.shape[0]!,
  );
  const data = generateClicks({ tableRows, trainExamples: 64, devExamples: 32 });
  const task = await clickTask(data);
  const batch = await firstOf(task, 32);
  const given = { architecture, parameters: draw("w"), task, batch };
  await assertAlike({ ...given, training: SGD }, [16, 8, 9]);
});

const SSD = networkNamed("ssd-resnet34-scaled");

/** A batch twice over, whose halves have the statistics of the whole. */
function doubled(batch: BoxTaskBatch): BoxTaskBatch {
  const images = batch.inputs.images!;
  const data = images.data as Float32Array; // of photographs
  const twice = new Float32Array(2 * data.length);
  twice.set(data);
  twice.set(data, data.length);
  const size = 2 * batch.shape.batch;
  return {
    shape: { batch: size },
    inputs: { images: { dtype: "float32", shape: images.shape.with(0, size), data: twice } },
    examples: Int32Array.of(...batch.examples, ...batch.examples),
    targets: [...batch.targets, ...batch.targets],
  };
}

async function boxCase(): Promise<Case<BoxTaskBatch>> {
  const data = generateBoxes({ side: 96, trainExamples: 8, devExamples: 4 });
  const task = boxTask(data, SSD.build({ batch: 1 }, zeroParameters()));
  const { architecture, draw } = architectureOf({
    architecture: "network",
    name: "ssd-resnet34-scaled",
  });
  return {
    architecture,
    parameters: draw("w"),
    task,
    batch: await firstOf(task, 4),
    training: SGD,
  };
}

Deno.test("trainStep() of boxes in parts is that of the whole batch where statistics are alike", async () => {
  const given = await boxCase();
  await assertAlike({ ...given, batch: doubled(given.batch) }, [4]);
});

Deno.test("losses of boxes in parts add up to that of the batch", async () => {
  const { task, batch } = await boxCase();
  const [locations, confidences] = task.values as [string, string];
  const count = batch.targets[0]!.labels.length;
  const classes = 4;
  const outputs = {
    [locations]: Float32Array.from({ length: 4 * 4 * count }, (_, i) => Math.sin(i)),
    [confidences]: Float32Array.from({ length: 4 * classes * count }, (_, i) => Math.cos(3 * i)),
  };
  const whole = task.loss(batch, outputs);
  let value = 0;
  for (const [from, to] of [[0, 1], [1, 4]] as const) {
    const part = task.part(batch, { from, to });
    assertEquals(shareOfExamples(part), (to - from) / 4);
    const views = Object.fromEntries(
      Object.entries(outputs).map((
        [name, all],
      ) => [name, all.subarray(from * all.length / 4, to * all.length / 4)]),
    );
    const found = task.loss(part, views);
    value += found.value;
    for (const [name, gradient] of Object.entries(found.gradients)) {
      const all = whole.gradients[name]!;
      const wanted = all.subarray(from * all.length / 4, to * all.length / 4);
      assertClose(gradient, wanted, 1e-6, name);
    }
  }
  assertAlmostEquals(value, whole.value, 1e-5);
});

Deno.test("trainStep() moves running statistics once, by the mean of those of the parts", async () => {
  const given = await boxCase();
  const rate = { ...SGD, learningRate: 0 };
  const name = given.parameters.keys().find((name) => name.endsWith("running_mean"))!;
  // With weights that stay, each of two steps takes a tenth of the distance.
  const after = async (batch: BoxTaskBatch, part: number): Promise<Floats> =>
    (await steps({ ...given, training: rate, batch }, part)).weights.get(name)!.data;
  const alone = async (from: number, to: number): Promise<Floats> => {
    const { whole: _, ...piece } = given.task.part(given.batch, { from, to });
    return await after(piece, to - from);
  };
  const [first, second] = [await alone(0, 3), await alone(3, 4)];
  const found = await after(given.batch, 3);
  assertNotEquals([...found], [...first]);
  assertClose(found, first.map((value, i) => 0.75 * value + 0.25 * second[i]!), 1e-4, name);
});
