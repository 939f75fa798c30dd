/**
 * One step of training: forward, loss, gradients, scores, update.
 *
 * @module
 */
import { createRandom } from "../core/mod.ts";
import { type Dropout, type Floats, type TfTensor, tidied } from "../engines/tfjs/mod.ts";
import type { Training } from "../recipes/mod.ts";
import { viewsOf } from "./evaluate.ts";
import { forward, lookUp, type Position, rowTensors } from "./forward.ts";
import type { Compacted } from "./look_ups.ts";
import { dropoutSites, type Network, viewOf } from "./network.ts";
import { clipScale, decays, type Optimiser } from "./optimiser.ts";
import type { Pruner } from "./pruner.ts";
import { updateRows } from "./tables.ts";
import type { BatchLoss, OutputViews, Task, TaskBatch } from "./task.ts";
import type { Teacher } from "./teacher.ts";

/** What stays the same from step to step. */
export interface StepContext<B extends TaskBatch = TaskBatch> {
  /** The network in training. */
  readonly network: Network;
  /** What is learnt. */
  readonly task: Task<B>;
  /** Settings. */
  readonly training: Pick<Training, "dropout" | "clipNorm">;
  /** Updates parameters. */
  readonly optimiser: Optimiser;
  /** Part of a batch's statistics that goes into the running ones of batch normalisation. */
  readonly batchNormMomentum: number;
  /** Names the stream of chance of this training. */
  readonly label: string;
  /** Set while pruning. */
  readonly pruner: Pruner | null;
  /** Set if the network learns from a teacher. */
  readonly teacher: Teacher<B> | null;
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
 *
 * @param position Before the step.
 */
export function trainStep<B extends TaskBatch>(
  context: StepContext<B>,
  batch: B,
  position: Position,
): StepResult {
  const { network, pruner, teacher } = context;
  const { step, epoch } = position;
  const { tf } = network.machine.ops;
  pruner?.beginStep(step);
  const taught = teacher?.answers(batch) ?? null;
  const { inputs, rows } = lookUp(network, batch, position);
  return tidied(tf, () => {
    const tables = rowTensors(network, rows);
    const statistics = new Map<string, Floats>();
    let loss = NaN;
    const run = (): TfTensor => {
      const dropout = dropoutOf(context, batch, step);
      const options = { training: { dropout, statistics }, epoch };
      const outputs = forward(network, batch, inputs, tables, options);
      const found = lossOf(context, batch, viewsOf(network, outputs), taught);
      loss = Math.fround(found.value);
      return withGradients(network, found, outputs);
    };
    const leaves = [...network.slots.map(({ weights }) => weights), ...tables.values()];
    const { grads } = tf.engine().gradients(run, leaves, undefined, true);
    // With parts of the network out of reach, tfjs leaves their gradients undefined, whatever its types say.
    const gradients = new Map<string, TfTensor>();
    [...network.slots.map(({ name }) => name), ...tables.keys()].forEach((name, i) => {
      const gradient = grads[i] as TfTensor | undefined;
      if (gradient) gradients.set(name, gradient);
    });
    if (Number.isFinite(loss)) {
      moveStatistics(context, statistics);
      update(context, rows, gradients, step);
    }
    return { loss };
  });
}

function dropoutOf<B extends TaskBatch>(
  { network, training, label }: StepContext<B>,
  { shape }: TaskBatch,
  step: number,
): Dropout {
  const random = createRandom(`${label} dropout ${step}`);
  return {
    rate: training.dropout,
    values: dropoutSites(network.plan(shape).graph),
    seed: () => random.integer(2 ** 32),
  };
}

/** The task's own loss, and the teacher's if there is one. */
function lossOf<B extends TaskBatch>(
  { task, teacher }: StepContext<B>,
  batch: B,
  outputs: OutputViews,
  taught: OutputViews | null,
): BatchLoss {
  if (teacher === null || taught === null) return task.loss(batch, outputs);
  const own = teacher.taskLoss === 0 ? null : task.loss(batch, outputs);
  const learnt = teacher.distiller.loss(batch, outputs, taught);
  return own === null ? learnt : addLosses(own, teacher.taskLoss, learnt);
}

/** `weight · a + b`. */
function addLosses(a: BatchLoss, weight: number, b: BatchLoss): BatchLoss {
  const gradients: Record<string, Floats> = { ...b.gradients };
  for (const [name, values] of Object.entries(a.gradients)) {
    const other = gradients[name];
    gradients[name] = values.map((value, i) => weight * value + (other?.[i] ?? 0));
  }
  return { value: weight * a.value + b.value, gradients };
}

/** The loss as a scalar that knows its gradients by the outputs. */
function withGradients(
  { machine }: Network,
  { value, gradients }: BatchLoss,
  outputs: Readonly<Record<string, TfTensor>>,
): TfTensor {
  const { tf } = machine.ops;
  const names = Object.keys(gradients);
  const sum = tf.customGrad((..._inputs) => ({
    value: tf.scalar(value),
    gradFunc: () =>
      names.map((name) => tf.tensor(gradients[name]!, outputs[name]!.shape, "float32")),
  }));
  return sum(...names.map((name) => outputs[name]!));
}

/** `running = (1 - momentum) · running + momentum · batch`, as PyTorch has it. */
function moveStatistics<B extends TaskBatch>(
  { network, batchNormMomentum }: StepContext<B>,
  statistics: ReadonlyMap<string, Floats>,
): void {
  for (const [name, values] of statistics) {
    const tensor = network.statistics.get(name);
    if (tensor === undefined) continue;
    const running = viewOf(network, tensor);
    for (let i = 0; i < running.length; i++) {
      running[i] = (1 - batchNormMomentum) * running[i]! + batchNormMomentum * values[i]!;
    }
  }
}

function normOf(network: Network, gradients: Iterable<TfTensor>): number {
  let squares = 0;
  for (const gradient of gradients) {
    const values = viewOf(network, gradient);
    for (let i = 0; i < values.length; i++) squares += values[i]! * values[i]!;
  }
  return Math.sqrt(squares);
}

function update<B extends TaskBatch>(
  { network, training, optimiser, pruner }: StepContext<B>,
  rows: Compacted["rows"],
  gradients: ReadonlyMap<string, TfTensor>,
  step: number,
): void {
  const gradientOf = (name: string): Floats | null => {
    const gradient = gradients.get(name);
    return gradient ? viewOf(network, gradient) : null;
  };
  if (pruner?.onGradients(step, gradientOf) === false) return;
  const gradientScale = training.clipNorm === undefined
    ? 1
    : clipScale(normOf(network, gradients.values()), training.clipNorm);
  const updateOne = optimiser.beginStep(step, gradientScale);
  for (const { name, weights, states } of network.slots) {
    const gradient = gradientOf(name);
    if (gradient === null) continue;
    updateOne({
      weights: viewOf(network, weights),
      states: states.map((state) => viewOf(network, state)),
      gradient,
      mask: pruner?.maskOf(name) ?? null,
      decay: decays(name, weights.shape),
    });
  }
  pruner?.onUpdated(step);
  for (const { table } of network.tables) {
    const gradient = gradientOf(table.name);
    if (gradient) updateRows(table, rows.get(table.name)!, gradient, step, updateOne);
  }
}
