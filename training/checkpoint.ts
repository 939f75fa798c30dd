/**
 * Where a training stands, on disk: everything that decides how it goes on, in one safetensors file.
 *
 * @module
 */
import { float32, type Tensor } from "../core/mod.ts";
import type { Floats } from "../engines/tfjs/mod.ts";
import { readSafetensors, type Safetensors, writeSafetensors } from "../models/mod.ts";
import type { Evaluated } from "./log.ts";
import { fill, type Network, viewOf, WORDS } from "./network.ts";
import type { Pruner } from "./pruner.ts";
import type { LogLine } from "./record.ts";

/** The part of a checkpoint that is not tensors. */
export interface Progress {
  /** Hash of what the training is made of; another training's checkpoint is not used. */
  readonly key: string;
  /** Stage in work. */
  readonly stage: "dense" | "sparse";
  /** Steps of the stage that are done. */
  readonly step: number;
  /** Lines of the log so far, both stages. */
  readonly log: readonly LogLine[];
  /** Evaluations of this stage so far. */
  readonly evaluations: readonly Evaluated[];
  /** Sum of the losses since the last line of the log, and their number. */
  readonly pending: { readonly sum: number; readonly count: number };
  /** Time spent so far, both stages. */
  readonly wallMs: number;
}

/** Version of the layout. */
const FORMAT = "skipzero.checkpoint/1";

/** Writes a checkpoint, whole or not at all. */
export async function saveCheckpoint(
  path: string,
  network: Network,
  pruner: Pruner | null,
  progress: Progress,
): Promise<void> {
  const tensors = new Map<string, Tensor>();
  for (const { name, weights, first, second } of network.slots) {
    const { shape } = weights;
    tensors.set(`weights/${name}`, float32(shape, viewOf(network, weights)));
    tensors.set(`first/${name}`, float32(shape, viewOf(network, first)));
    tensors.set(`second/${name}`, float32(shape, viewOf(network, second)));
  }
  const { words } = network;
  const shape = [words.done.length, words.hidden];
  tensors.set(`weights/${WORDS}`, float32(shape, words.weights));
  tensors.set(`first/${WORDS}`, float32(shape, words.first));
  tensors.set(`second/${WORDS}`, float32(shape, words.second));
  tensors.set(`done/${WORDS}`, { dtype: "int32", shape: [words.done.length], data: words.done });
  for (const [name, tensor] of pruner?.state() ?? []) tensors.set(name, tensor);
  const json = JSON.stringify(progress);
  await writeSafetensors(path, tensors, { format: FORMAT, progress: json });
}

/** A checkpoint as read. */
export interface Checkpoint {
  /** What is not tensors. */
  readonly progress: Progress;
  /** The file's tensors. */
  readonly tensors: Safetensors["tensors"];
}

/**
 * Reads a checkpoint, or gives `null` where there is none, or one of another training or an older layout.
 */
export async function loadCheckpoint(path: string, key: string): Promise<Checkpoint | null> {
  try {
    await Deno.stat(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw error;
  }
  const { tensors, metadata } = await readSafetensors(path);
  if (metadata.format !== FORMAT) return null;
  const progress = JSON.parse(metadata.progress!) as Progress; // written above under this format
  return progress.key === key ? { progress, tensors } : null;
}

/** Puts a network and its pruner back to where the checkpoint was made. */
export function restore(checkpoint: Checkpoint, network: Network, pruner: Pruner | null): void {
  const { tensors } = checkpoint;
  for (const { name, weights, first, second } of network.slots) {
    fill(network, weights, floatsOf(tensors, `weights/${name}`));
    fill(network, first, floatsOf(tensors, `first/${name}`));
    fill(network, second, floatsOf(tensors, `second/${name}`));
  }
  const { words } = network;
  words.weights.set(floatsOf(tensors, `weights/${WORDS}`));
  words.first.set(floatsOf(tensors, `first/${WORDS}`));
  words.second.set(floatsOf(tensors, `second/${WORDS}`));
  words.done.set(tensors.get(`done/${WORDS}`)!.data as Int32Array); // int32 when saved
  pruner?.restore(tensors);
}

function floatsOf(tensors: Safetensors["tensors"], name: string): Floats {
  const tensor = tensors.get(name);
  if (tensor?.dtype !== "float32") {
    throw new RangeError(
      `Cannot restore checkpoint: tensor "${name}" is missing, expected float32`,
    );
  }
  return tensor.data;
}
