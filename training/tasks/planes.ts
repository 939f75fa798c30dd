/**
 * Classifying images and spectrograms: cross-entropy with smoothed labels, accuracy by class, and the test under noise.
 *
 * @module
 */
import { float32 } from "../../core/mod.ts";
import { countTop, NOISE_LEVELS, type PlaneBatch, type PlaneStreams } from "../../datasets/mod.ts";
import type { Graph } from "../../models/mod.ts";
import type { Distillation } from "../../recipes/mod.ts";
import { crossEntropy, softTargets } from "../loss.ts";
import { groupMetrics } from "../metric.ts";
import { partOf, shareOfExamples, weighted } from "../parts.ts";
import type { BatchLoss, Distiller, Evaluation, Scorer, Task, TaskBatch } from "../task.ts";
import { requireInput } from "./network_checks.ts";

/** A batch of images or spectrograms. */
export interface PlaneTaskBatch extends TaskBatch {
  /** Numbers of the examples in their split. */
  readonly examples: Int32Array;
  /** Class of each example. */
  readonly labels: Int32Array;
}

/** How images are learnt and tested. */
export interface PlaneOptions {
  /** Share of the target that is spread over all classes; default 0. */
  readonly labelSmoothing?: number;
  /** Whether finished models are tested under noise, too; not unless told to. */
  readonly noise?: boolean;
}

/** Examples at once in evaluation; images are larger than sentences, but have no lengths to sort by. */
const EVALUATION_BATCH = 64;

/** With fewer classes nobody asks whether the right one is among the best five. */
const CLASSES_FOR_TOP5 = 100;

/**
 * What a network is asked on images or spectrograms that belong to classes.
 *
 * @param graph The network: names of its input and output.
 * @throws {RangeError} If it does not read one input and give one output.
 */
export function planeTask(
  streams: PlaneStreams,
  graph: Graph,
  { labelSmoothing = 0, noise = false }: PlaneOptions = {},
): Task<PlaneTaskBatch> {
  const { name, ceiling, majority, origin, notes, metric, classes, train, dev } = streams;
  const { input, output } = endsOf(graph, name);
  const { channels, height, width } = streams.shape;
  const batchOf = ({ planes, labels, examples }: PlaneBatch): PlaneTaskBatch => {
    const batch = labels.length;
    const shape = [batch, channels, height, width];
    return { shape: { batch }, inputs: { [input]: float32(shape, planes) }, labels, examples };
  };
  const task: Task<PlaneTaskBatch> = {
    facts: { name, ceiling, majority, origin, ...notes && { notes } },
    metric,
    counts: { train: train.count, dev: dev.count },
    evaluationBatch: EVALUATION_BATCH,
    check(network): void {
      requireInput(network, name, input, [channels, height, width]);
      requireClasses(network, name, classes.length);
    },
    trainBatches: (request) => each(streams.trainBatches(request), batchOf),
    devBatches: (size) => each(streams.devBatches({ size }), batchOf),
    part(batch, range): PlaneTaskBatch {
      const { from, to } = range;
      return {
        ...partOf(batch, range),
        labels: batch.labels.subarray(from, to),
        examples: batch.examples.subarray(from, to),
      };
    },
    loss(batch, outputs): BatchLoss {
      const { value, gradient } = crossEntropy(outputs[output]!, batch.labels, labelSmoothing);
      return weighted(shareOfExamples(batch), { value, gradients: { [output]: gradient } });
    },
    scorer: () => planeScorer(streams, output),
    distiller: (weights) => planeDistiller(weights, name, output),
    skipped: () => streams.skipped(),
  };
  if (!noise) return task;
  return {
    ...task,
    trials: NOISE_LEVELS.filter((level) => level > 0).map((level) => ({
      name: `noise ${level}`,
      devBatches: (size) => each(streams.devBatches({ size, noise: level }), batchOf),
    })),
    sumUp: (trials, last) => ({ "noise score": noiseScore([last, ...trials.values()]) }),
  };
}

/** Classes as a teacher has them; a convolutional network has no hidden states or attention that this task knows. */
function planeDistiller(
  { logits, hidden, attention, temperature }: Distillation,
  data: string,
  output: string,
): Distiller<PlaneTaskBatch> {
  if (hidden > 0 || attention > 0) {
    throw new RangeError(
      `Cannot distil ${
        hidden > 0 ? "hidden states" : "attention"
      } on ${data}: expected logits alone`,
    );
  }
  return {
    values: [],
    loss(batch, student, teacher): BatchLoss {
      const [ours, theirs] = [student[output]!, teacher[output]!];
      const { value, gradient } = softTargets(ours, theirs, batch.labels.length, temperature);
      const gradients = { [output]: gradient.map((part) => logits * part) };
      return weighted(shareOfExamples(batch), { value: logits * value, gradients });
    },
  };
}

async function* each<A, B>(source: AsyncIterable<A>, change: (item: A) => B): AsyncGenerator<B> {
  for await (const item of source) yield change(item);
}

function endsOf(graph: Graph, data: string): { readonly input: string; readonly output: string } {
  const [input, ...inputs] = graph.inputs;
  const [output, ...outputs] = graph.outputs;
  if (input && output && inputs.length + outputs.length === 0) {
    return { input: input.name, output: output.name };
  }
  throw new RangeError(
    `Cannot train ${graph.name} on ${data}: it has ${graph.inputs.length} inputs and ${graph.outputs.length} outputs, expected one of each`,
  );
}

function requireClasses(graph: Graph, data: string, classes: number): void {
  const found = graph.outputs[0]?.shape.at(-1);
  if (found === classes) return;
  throw new RangeError(
    `Cannot train ${graph.name} on ${data}: it tells ${found} classes apart, the data set has ${classes}`,
  );
}

/** Right answers at all levels of noise together, as the published score counts them. */
function noiseScore(evaluations: readonly Evaluation[]): number {
  return evaluations.reduce(
    (sum, { correct }) => sum + (correct?.reduce((right, one) => right + one, 0) ?? 0),
    0,
  );
}

function planeScorer({ dev, classes }: PlaneStreams, output: string): Scorer<PlaneTaskBatch> {
  // Broken examples are in no batch: they are neither right nor wrong.
  const predictions = new Int32Array(dev.count).fill(-1);
  const seen = new Uint8Array(dev.count);
  let top5 = 0;
  return {
    add({ examples, labels }, outputs): void {
      const scores = outputs[output]!;
      examples.forEach((example, row) => {
        const own = scores.subarray(row * classes.length, (row + 1) * classes.length);
        predictions[example] = own.indexOf(own.reduce((most, score) => Math.max(most, score)));
        seen[example] = 1;
      });
      if (classes.length >= CLASSES_FOR_TOP5) top5 += countTop(scores, labels, 5);
    },
    finish(): Evaluation {
      const count = seen.reduce((sum, one) => sum + one, 0);
      const correct = seen.map((one, i) => one === 1 && predictions[i] === dev.labels[i] ? 1 : 0);
      const right = correct.reduce((sum, one) => sum + one, 0);
      return {
        metric: count === 0 ? 0 : right / count,
        ...classes.length >= CLASSES_FOR_TOP5 && { others: { top5: top5 / Math.max(1, count) } },
        groups: groupMetrics(dev, predictions),
        correct,
      };
    },
  };
}
