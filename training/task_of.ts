/**
 * The task that a profile trains: its data set, opened, as a network of its kind learns it.
 *
 * @module
 */
import {
  type AnyDataset,
  type BackgroundPlanes,
  type DatasetSpec,
  FOLDS,
  openDataset,
  type OpenOptions,
} from "../datasets/mod.ts";
import type { Graph } from "../models/mod.ts";
import {
  type DatasetChoice,
  type ProfileName,
  profileOf,
  type TrainingRecipe,
} from "../recipes/mod.ts";
import { architecturesOf } from "./architecture.ts";
import { outlineOf } from "./network.ts";
import type { Task, TaskBatch } from "./task.ts";
import { boxTask } from "./tasks/boxes.ts";
import { clickTask } from "./tasks/clicks.ts";
import { planeTask } from "./tasks/planes.ts";
import { spanTask } from "./tasks/spans.ts";
import { textTask } from "./tasks/text.ts";

/** A task whose data may be prepared by a thread. Disposing it ends the thread. */
export interface OpenTask extends Disposable {
  /** The task. */
  readonly task: Task;
}

/**
 * Opens the data set of a profile as a task.
 *
 * @param seed Of the training: where each seed holds out a part of its own, it says which.
 * @throws {UsageError} If the recipe does not train in this profile.
 * @throws {EnvironmentError} If data is missing, or does not fit on this machine.
 * @throws {RangeError} If the network does not fit the data.
 */
export async function openTask(
  recipe: TrainingRecipe,
  profileName: ProfileName,
  options: OpenOptions,
  seed: number,
): Promise<OpenTask> {
  const profile = profileOf(recipe, profileName);
  const { sparse } = architecturesOf(recipe, profileName);
  const graph = outlineOf(sparse.architecture);
  const { dataset: choice } = profile;
  const dataset = await openDataset(specOf(choice, graph, seed), options);
  const task = await taskOf(dataset, graph, {
    labelSmoothing: profile.prune.labelSmoothing,
    noise: "noise" in choice && choice.noise === true,
  });
  return {
    task,
    [Symbol.dispose]: () => {
      if (isThreaded(dataset)) dataset[Symbol.dispose]();
    },
  };
}

function isThreaded(dataset: AnyDataset): dataset is BackgroundPlanes {
  return Symbol.dispose in dataset;
}

/** What a recipe asks for, as the data sets know it: what depends on the network or the seed is put in. */
function specOf(choice: DatasetChoice, graph: Graph, seed: number): DatasetSpec {
  switch (choice.name) {
    case "criteo-kaggle":
    case "criteo-terabyte":
    case "synthetic-clicks":
      return { ...choice, name: choice.name, tableRows: tableRowsOf(graph) };
    case "coco":
    case "synthetic-boxes":
    case "imagenet":
    case "synthetic-photographs": {
      const side = choice.side ?? sideOf(graph);
      return { ...choice, name: choice.name, side, seed: 0 };
    }
    case "speech-commands": {
      const { fold, noise: _, side: __, ...rest } = choice;
      const part = fold === "each"
        ? { fold: (seed - 1) % FOLDS, foldBySeed: true }
        : { ...fold !== undefined && { fold } };
      return { ...rest, name: choice.name, ...part };
    }
    default:
      return choice as DatasetSpec; // the others have the same fields
  }
}

/** Rows of the embedding tables of a network that predicts clicks. */
function tableRowsOf(graph: Graph): readonly number[] {
  const rows: number[] = [];
  for (const [name, { shape }] of graph.initializers) {
    const number = /^emb_l\.(\d+)\.weight$/.exec(name)?.[1];
    if (number !== undefined) rows[Number(number)] = shape[0]!;
  }
  if (rows.length > 0) return rows;
  throw new RangeError(`Cannot train ${graph.name} on clicks: it has no embedding tables`);
}

/** Pixels of a side of the images that a network takes. */
function sideOf(graph: Graph): number {
  const shape = graph.inputs[0]?.shape ?? [];
  if (shape.length === 4 && shape[2] === shape[3]) return shape[2]!;
  throw new RangeError(
    `Cannot train ${graph.name} on images: its input is [${shape}], expected square images`,
  );
}

/** What of a profile a task needs besides its data. */
export interface TaskSettings {
  /** Share of the target that is spread over all classes. */
  readonly labelSmoothing: number;
  /** Whether finished models are tested under noise, too. */
  readonly noise: boolean;
}

/**
 * The task of a data set for a network.
 *
 * @throws {RangeError} If the network is none for such data.
 */
export async function taskOf(
  dataset: AnyDataset,
  graph: Graph,
  { labelSmoothing, noise }: TaskSettings,
): Promise<Task> {
  switch (dataset.kind) {
    case "text":
      return erased(textTask(dataset, { labelSmoothing }));
    case "spans":
      return erased(spanTask(dataset));
    case "planes":
      return erased(planeTask(dataset, graph, { labelSmoothing, noise }));
    case "clicks":
      return erased(await clickTask(dataset));
    case "boxes":
      return erased(boxTask(dataset, graph));
  }
}

/** A task that is given back only the batches that it made, so that what is in them is its own affair. */
function erased<B extends TaskBatch>(task: Task<B>): Task {
  return task as unknown as Task;
}
