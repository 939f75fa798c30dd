/**
 * One step of training: forward, loss, gradients, scores, update.
 *
 * @module
 */
import { createRandom } from "../core/mod.ts";
import { type Dropout, type Floats, type TfTensor, tidied } from "../engines/tfjs/mod.ts";
import type { Examples } from "../datasets/mod.ts";
import type { Distillation, Training } from "../recipes/mod.ts";
import { adamStep, clipScale, decays } from "./optimiser.ts";
import { type Batch, type BatchTokens, tokensOf } from "./batches.ts";
import { crossEntropy, hiddenError, softTargets } from "./loss.ts";
import { dropoutSites, forward, type Network, type Outputs, viewOf, WORDS } from "./network.ts";
import type { Pruner } from "./pruner.ts";
import type { Teacher } from "./teacher.ts";
import { bringUpTo, copyRows, type TableSteps, updateRows } from "./word_table.ts";

/** What stays the same from step to step. */
export interface StepContext {
  /** The network in training. */
  readonly network: Network;
  /** Settings of the optimiser. */
  readonly training: Training;
  /** Steps in all. */
  readonly steps: number;
  /** The examples. */
  readonly examples: Examples;
  /** Names the stream of chance of this training. */
  readonly label: string;
  /** Set while pruning. */
  readonly pruner: Pruner | null;
  /** Set if the network learns from a teacher. */
  readonly teacher: { readonly teacher: Teacher; readonly weights: Distillation } | null;
  /** The numbers of the steps as the word embeddings need them. */
  readonly table: TableSteps;
}

/** What a step found. */
export interface StepResult {
  /** Loss before the update. */
  readonly loss: number;
}

/**
 * Does one step.
 *
 * Order as in the published code: masks, gradients, scores, clipping, update, masks again. A parameter that the loss does not reach is
 * left alone, without decay too. If the loss is not finite, nothing is updated.
 */
export function trainStep(context: StepContext, batch: Batch, step: number): StepResult {
  const { network, pruner, examples } = context;
  const { machine, words } = network;
  const { tf } = machine.ops;
  pruner?.beginStep(step);
  const tokens = tokensOf(examples, batch);
  bringUpTo(words, tokens.words, step, context.table);
  return tidied(tf, () => {
    const rows = tf.zeros([tokens.words.length, words.hidden]);
    copyRows(words, tokens.words, machine.heap.float32(rows));
    let loss = NaN;
    const run = (): TfTensor => {
      const outputs = forward(network, tokens, rows, dropoutOf(context, tokens, step));
      const scalar = lossOf(context, batch, tokens, outputs);
      loss = machine.heap.float32(scalar)[0]!;
      return scalar;
    };
    const leaves = [...network.slots.map(({ weights }) => weights), rows];
    const { grads } = tf.engine().gradients(run, leaves, undefined, true);
    // With parts of the network out of reach, tfjs leaves their gradients undefined, whatever its types say.
    const gradients = new Map<string, TfTensor>();
    [...network.slots.map(({ name }) => name), WORDS].forEach((name, i) => {
      const gradient = grads[i] as TfTensor | undefined;
      if (gradient) gradients.set(name, gradient);
    });
    if (Number.isFinite(loss)) update(context, tokens, gradients, step);
    return { loss };
  });
}

function dropoutOf(
  { network, training, label }: StepContext,
  { batch, sequence }: BatchTokens,
  step: number,
): Dropout {
  const random = createRandom(`${label} dropout ${step}`);
  return {
    rate: training.dropout,
    values: dropoutSites(network.plan(batch, sequence).graph),
    seed: () => random.integer(2 ** 32),
  };
}

/** The loss as a scalar that knows its gradients by the outputs. */
function lossOf(
  { network, examples, teacher }: StepContext,
  batch: Batch,
  tokens: BatchTokens,
  outputs: Outputs,
): TfTensor {
  const { tf } = network.machine.ops;
  const logits = viewOf(network, outputs.logits);
  const labels = Array.from(batch.examples, (example) => examples.labels[example]!);
  const terms: { weight: number; value: number; logits?: Floats; hidden?: Floats }[] = [];
  const weights = teacher?.weights ?? { taskLoss: 1, logits: 0, hidden: 0, temperature: 1 };
  if (weights.taskLoss > 0) {
    const { value, gradient } = crossEntropy(logits, labels);
    terms.push({ weight: weights.taskLoss, value, logits: gradient });
  }
  if (teacher) {
    const targets = teacher.teacher.targets(batch, tokens);
    // The teacher may have allocated: views are taken anew.
    if (weights.logits > 0) {
      const student = viewOf(network, outputs.logits);
      const soft = softTargets(student, targets.logits, tokens.batch, weights.temperature);
      terms.push({ weight: weights.logits, value: soft.value, logits: soft.gradient });
    }
    if (weights.hidden > 0) {
      const student = viewOf(network, outputs.hidden);
      const error = hiddenError(student, targets.hidden, tokens.lengths, network.config.hidden);
      terms.push({ weight: weights.hidden, value: error.value, hidden: error.gradient });
    }
  }
  const inputs = {
    logits: terms.some((term) => term.logits),
    hidden: terms.some((term) => term.hidden),
  };
  const names = (["logits", "hidden"] as const).filter((name) => inputs[name]);
  const sum = tf.customGrad((..._inputs) => ({
    value: tf.scalar(terms.reduce((total, { weight, value }) => total + weight * value, 0)),
    gradFunc: () => names.map((name) => weighted(network, terms, name, outputs[name])),
  }));
  return sum(...names.map((name) => outputs[name]));
}

function weighted(
  { machine }: Network,
  terms: readonly { weight: number; logits?: Floats; hidden?: Floats }[],
  name: "logits" | "hidden",
  like: TfTensor,
): TfTensor {
  const total = new Float32Array(like.size);
  for (const { weight, ...parts } of terms) {
    parts[name]?.forEach((value, i) => total[i]! += weight * value);
  }
  return machine.ops.tf.tensor(total, like.shape, "float32");
}

function normOf(network: Network, gradients: Iterable<TfTensor>): number {
  let squares = 0;
  for (const gradient of gradients) {
    const values = viewOf(network, gradient);
    for (let i = 0; i < values.length; i++) squares += values[i]! * values[i]!;
  }
  return Math.sqrt(squares);
}

function update(
  { network, training, steps, pruner }: StepContext,
  tokens: BatchTokens,
  gradients: ReadonlyMap<string, TfTensor>,
  step: number,
): void {
  const { loops } = network.machine;
  const gradientOf = (name: string) => {
    const gradient = gradients.get(name);
    return gradient ? viewOf(network, gradient) : null;
  };
  if (pruner?.onGradients(step, gradientOf) === false) return;
  const gradientScale = training.clipNorm === undefined
    ? 1
    : clipScale(normOf(network, gradients.values()), training.clipNorm);
  const numbers = (decay: boolean) => ({
    ...adamStep(training, step, steps, decay),
    gradientScale,
  });
  const [plain, decayed] = [numbers(false), numbers(true)];
  for (const { name, weights, first, second } of network.slots) {
    const gradient = gradients.get(name);
    if (!gradient) continue;
    const values = viewOf(network, gradient);
    const state = {
      weights: viewOf(network, weights),
      first: viewOf(network, first),
      second: viewOf(network, second),
    };
    const mask = pruner?.maskOf(name) ?? null;
    loops.adamw(state, values, mask, decays(name, weights.shape) ? decayed : plain);
  }
  pruner?.onUpdated(step);
  const rows = gradients.get(WORDS);
  if (rows) updateRows(network.words, tokens.words, viewOf(network, rows), step, decayed, loops);
}
