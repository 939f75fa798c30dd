/**
 * What a training takes, known before it starts: memory of its tensors, and room for its files.
 *
 * @module
 */
import { sizeOf } from "../core/mod.ts";
import { CONSTANT_PREFIX, type Graph, graphMemory, zeroParameters } from "../models/mod.ts";
import { type ProfileName, profileOf, type Training, type TrainingRecipe } from "../recipes/mod.ts";
import { architecturesOf, type TrainedArchitecture } from "./architecture.ts";
import { findLookUps } from "./look_ups.ts";
import { outlineOf } from "./network.ts";
import { statesOf } from "./optimiser.ts";
import type { Task } from "./task.ts";

/** What one seed takes at least, in bytes: a training that has less fails for certain. */
export interface TrainingMemory {
  /** Tensors: parameters, gradients, the optimiser's state and the activations of a step, which all live until its end. */
  readonly tensors: number;
  /** Tables of which a batch reads a few rows, with their state; they lie outside the tensors' memory. */
  readonly tables: number;
  /** Files: both models, and a checkpoint while the next one is written. */
  readonly files: number;
  /** Largest batch of a step. */
  readonly batch: number;
}

/** Bytes of a float32. */
const FLOAT = 4;

/**
 * Adds up what the larger stage of a training takes. Reads shapes only.
 *
 * @throws {UsageError} If the recipe does not train in this profile.
 */
export function trainingMemory(
  recipe: TrainingRecipe,
  profileName: ProfileName,
  task: Pick<Task, "longest">,
): TrainingMemory {
  const { dense, sparse } = architecturesOf(recipe, profileName);
  const profile = profileOf(recipe, profileName);
  const first = stageMemory(dense, profile.dense, task);
  const second = stageMemory(sparse, profile.prune, task);
  const teacher = profile.prune.distillation === undefined ? 0 : parameterBytes(dense).slots;
  return {
    tensors: Math.max(first.tensors, second.tensors + teacher),
    tables: Math.max(first.tables, second.tables),
    files: first.weights + second.weights + 2 * Math.max(first.saved, second.saved),
    batch: Math.max(first.batch, second.batch),
  };
}

interface StageMemory {
  readonly tensors: number;
  readonly tables: number;
  readonly weights: number;
  readonly saved: number;
  readonly batch: number;
}

function stageMemory(
  trained: TrainedArchitecture,
  training: Training,
  { longest }: Pick<Task, "longest">,
): StageMemory {
  const { architecture } = trained;
  const batch = Math.max(training.batch, training.firstEpochBatch ?? 0);
  const sequence = architecture.item === "sequence" && longest !== undefined
    ? { sequence: longest }
    : {};
  const graph = architecture.build({ batch, ...sequence }, zeroParameters());
  const { slots, tables } = parameterBytes(trained);
  const states = statesOf(training).length;
  const weights = slots + tables;
  return {
    tensors: slots * (2 + states) + graphMemory(graph).activationTotal,
    tables: tables * (1 + states),
    weights,
    saved: weights * (1 + states),
    batch,
  };
}

/** Parameters that every step changes, and those of tables. */
function parameterBytes(
  { architecture }: TrainedArchitecture,
): { readonly slots: number; readonly tables: number } {
  const graph: Graph = outlineOf(architecture);
  const looked = new Set(findLookUps(graph).map(({ parameter }) => parameter));
  let [slots, tables] = [0, 0];
  for (const [name, { shape }] of graph.initializers) {
    if (name.startsWith(CONSTANT_PREFIX)) continue;
    if (looked.has(name)) tables += FLOAT * sizeOf(shape);
    else slots += FLOAT * sizeOf(shape);
  }
  return { slots, tables };
}
