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
import { evenPart } from "./parts.ts";
import { stepMemory } from "./step_memory.ts";
import type { Task } from "./task.ts";

/** Bytes that WebAssembly, where tensors live, can address. */
export const TENSOR_BYTES: number = 2 ** 32;

/** Share of the memory that parts are made to fill: freed places are not always of the size that is wanted next. */
const FILLED = 15 / 16;

/** What one seed takes at least, in bytes: a training that has less fails for certain. */
export interface TrainingMemory {
  /** Tensors: parameters, gradients, the optimiser's state and the activations of a step, which all live until its end. */
  readonly tensors: number;
  /** Tables of which a batch reads a few rows, with their state; they lie outside the tensors' memory. */
  readonly tables: number;
  /** Sums of the gradients of parts; they lie outside the tensors' memory, too. 0 where batches are whole. */
  readonly sums: number;
  /** Files: both models, and a checkpoint while the next one is written. */
  readonly files: number;
  /** Largest batch of a step. */
  readonly batch: number;
  /** Examples that each stage runs at once: its batch, or a part of it. */
  readonly parts: StageParts;
  /** Whether the tensors find a place. */
  readonly fits: boolean;
}

/** Most examples to run at once, by stage. */
export interface StageParts {
  /** Of the dense stage. */
  readonly dense: number;
  /** Of the sparse stage. */
  readonly prune: number;
}

/** Bytes of a float32. */
const FLOAT = 4;

/**
 * Adds up what the larger stage of a training takes, and divides batches whose tensors find no place into parts that do. Reads shapes only,
 * so that a recipe is divided alike wherever it is trained.
 *
 * @param tensorBytes Memory of the tensors.
 * @throws {UsageError} If the recipe does not train in this profile.
 */
export function trainingMemory(
  recipe: TrainingRecipe,
  profileName: ProfileName,
  task: Pick<Task, "longest">,
  tensorBytes: number = TENSOR_BYTES,
): TrainingMemory {
  const { dense, sparse } = architecturesOf(recipe, profileName);
  const profile = profileOf(recipe, profileName);
  const teacher = profile.prune.distillation === undefined ? 0 : parameterBytes(dense).slots;
  const room = { longest: task.longest, tensorBytes };
  const first = stageMemory(dense, profile.dense, { ...room, teacher: 0 });
  const second = stageMemory(sparse, profile.prune, { ...room, teacher });
  return {
    tensors: Math.max(first.tensors, second.tensors),
    tables: Math.max(first.tables, second.tables),
    sums: Math.max(first.sums, second.sums),
    files: first.weights + second.weights + 2 * Math.max(first.saved, second.saved),
    batch: Math.max(first.batch, second.batch),
    parts: { dense: first.part, prune: second.part },
    fits: first.fits && second.fits,
  };
}

interface StageMemory {
  readonly tensors: number;
  readonly tables: number;
  readonly sums: number;
  readonly weights: number;
  readonly saved: number;
  readonly batch: number;
  readonly part: number;
  readonly fits: boolean;
}

/** What a stage has to do with, and what it shares it with. */
interface StageRoom {
  readonly longest: number | undefined;
  readonly tensorBytes: number;
  readonly teacher: number;
}

function stageMemory(
  trained: TrainedArchitecture,
  training: Training,
  { longest, tensorBytes, teacher }: StageRoom,
): StageMemory {
  const { architecture } = trained;
  const batch = Math.max(training.batch, training.firstEpochBatch ?? 0);
  const sequence = architecture.item === "sequence" && longest !== undefined
    ? { sequence: longest }
    : {};
  const hollow = zeroParameters();
  const graphOf = (batch: number): Graph => architecture.build({ batch, ...sequence }, hollow);
  const { slots, tables } = parameterBytes(trained);
  const states = statesOf(training).length;
  const weights = slots + tables;
  const lasting = slots * (2 + states) + teacher;
  const stage = {
    tables: tables * (1 + states),
    weights,
    saved: weights * (1 + states),
    batch,
  };
  const takes = (examples: number): number =>
    lasting + stepMemory(graphOf(examples), training.dropout > 0);
  const part = takes(batch) <= tensorBytes
    ? batch
    : evenPart(batch, (examples) => takes(examples) <= FILLED * tensorBytes);
  if (part === null) return { ...stage, tensors: takes(1), sums: slots, part: 1, fits: false };
  return {
    ...stage,
    tensors: lasting + graphMemory(graphOf(part)).activationTotal,
    sums: part < batch ? slots : 0,
    part,
    fits: true,
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
