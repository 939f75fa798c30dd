/**
 * Gradients of the loss of a batch, or of a part of one, by all parameters.
 *
 * @module
 */
import type { Dropout, Floats, TfTensor } from "../engines/tfjs/mod.ts";
import { viewsOf } from "./evaluate.ts";
import { forward } from "./forward.ts";
import type { Compacted } from "./look_ups.ts";
import type { Network } from "./network.ts";
import type { BatchLoss, OutputViews, Task, TaskBatch } from "./task.ts";
import type { Teacher } from "./teacher.ts";

/** What learns what, and from whom. */
export interface Lesson<B extends TaskBatch = TaskBatch> {
  /** The network in training. */
  readonly network: Network;
  /** What is learnt. */
  readonly task: Task<B>;
  /** Set if the network learns from a teacher. */
  readonly teacher: Teacher<B> | null;
}

/** A batch, or a part of one, ready to run. */
export interface PlacedBatch<B extends TaskBatch> {
  /** The batch. */
  readonly batch: B;
  /** Its inputs, in which rows are numbered as in `tables`. */
  readonly inputs: Compacted["inputs"];
  /** Rows that are looked up. */
  readonly tables: ReadonlyMap<string, TfTensor>;
  /** Random zeros. */
  readonly dropout: Dropout;
  /** Epochs done. */
  readonly epoch: number;
}

/** What a batch, or a part of one, says. */
export interface FoundGradients {
  /** Its loss. */
  readonly loss: number;
  /** By parameters; one that the loss does not reach has none. */
  readonly gradients: ReadonlyMap<string, TfTensor>;
  /** Statistics of its batch normalisations, under the names of the running ones. */
  readonly statistics: ReadonlyMap<string, Floats>;
}

/** Runs a batch forward and backward; call it inside `tidied`. */
export function findGradients<B extends TaskBatch>(
  { network, task, teacher }: Lesson<B>,
  { batch, inputs, tables, dropout, epoch }: PlacedBatch<B>,
): FoundGradients {
  const { tf } = network.machine.ops;
  const taught = teacher?.answers(batch) ?? null;
  const statistics = new Map<string, Floats>();
  let loss = NaN;
  const run = (): TfTensor => {
    const options = { training: { dropout, statistics }, epoch };
    const outputs = forward(network, batch, inputs, tables, options);
    const found = lossOf({ task, teacher }, batch, viewsOf(network, outputs), taught);
    loss = found.value;
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
  return { loss, gradients, statistics };
}

/** The task's own loss, and the teacher's if there is one. */
function lossOf<B extends TaskBatch>(
  { task, teacher }: Pick<Lesson<B>, "task" | "teacher">,
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
