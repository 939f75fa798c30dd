/**
 * What the dense model says about the training examples.
 *
 * A teacher is not trained, so it says the same every epoch: where a task can, its answers are computed once per example and kept if they
 * fit, which saves a third of the work of a step.
 *
 * @module
 */
import type { Distillation } from "../recipes/mod.ts";
import { askOf } from "./evaluate.ts";
import { createNetwork, type Network, outlineOf, type Parameters } from "./network.ts";
import type { Ask, Distiller, Task, TaskBatch } from "./task.ts";

/** A dense model that a network learns from. Disposing it frees its tensors. */
export interface Teacher<B extends TaskBatch = TaskBatch> extends Disposable {
  /** How answers are compared. */
  readonly distiller: Distiller<B>;
  /** Weight of the task's own loss beside. */
  readonly taskLoss: number;
  /** What it says about a batch. */
  readonly answers: Ask<B>;
}

/**
 * How a network learns from another one like it.
 *
 * @throws {RangeError} If the task does not know how.
 */
export function distillerOf<B extends TaskBatch>(
  task: Task<B>,
  weights: Distillation,
  architecture: Network["architecture"],
): Distiller<B> {
  const distiller = task.distiller?.(weights, outlineOf(architecture));
  if (distiller) return distiller;
  throw new RangeError(
    `Cannot learn ${task.facts.name} from a teacher: this task compares nothing, expected no distillation`,
  );
}

/** Makes a teacher of trained parameters. */
export function createTeacher<B extends TaskBatch>(
  { machine, architecture }: Pick<Network, "machine" | "architecture">,
  parameters: Parameters,
  distiller: Distiller<B>,
  taskLoss: number,
): Teacher<B> {
  const network = createNetwork(machine, architecture, parameters, { keep: distiller.values });
  const ask = askOf<B>(network);
  return {
    distiller,
    taskLoss,
    answers: distiller.remember?.(ask) ?? ask,
    [Symbol.dispose]: () => network[Symbol.dispose](),
  };
}
