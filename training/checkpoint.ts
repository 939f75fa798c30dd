/**
 * Where a training stands, on disk: everything that decides how it goes on, in one safetensors file.
 *
 * @module
 */
import { fileFailure, float32, type Tensor } from "../core/mod.ts";
import type { Floats, TfTensor } from "../engines/tfjs/mod.ts";
import { readSafetensors, type Safetensors, writeSafetensors } from "../models/mod.ts";
import type { Evaluated } from "./log.ts";
import { fill, type Network, viewOf } from "./network.ts";
import type { Pruner } from "./pruner.ts";
import type { LogLine } from "./record.ts";
import { readLeft } from "./seed_files.ts";
import type { Table } from "./tables.ts";

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
const FORMAT = "skipzero.checkpoint/2";

/** Writes a checkpoint, whole or not at all. */
export async function saveCheckpoint(
  path: string,
  network: Network,
  pruner: Pruner | null,
  progress: Progress,
): Promise<void> {
  const tensors = new Map<string, Tensor>();
  const keep = (name: string, tensor: TfTensor): unknown =>
    tensors.set(name, float32(tensor.shape, viewOf(network, tensor)));
  for (const { name, weights, states } of network.slots) {
    keep(`weights/${name}`, weights);
    states.forEach((state, i) => keep(`${network.states[i]!}/${name}`, state));
  }
  for (const [name, tensor] of network.statistics) keep(`weights/${name}`, tensor);
  for (const { table } of network.tables) {
    for (const [name, tensor] of tableTensors(network, table)) tensors.set(name, tensor);
  }
  for (const part of [network.winners, pruner]) {
    for (const [name, tensor] of part?.state() ?? []) tensors.set(name, tensor);
  }
  const json = JSON.stringify(progress);
  await writeSafetensors(path, tensors, { format: FORMAT, progress: json });
}

function tableTensors({ states: names }: Network, table: Table): Map<string, Tensor> {
  const { name, width, weights, states, done } = table;
  const shape = [done.length, width];
  return new Map<string, Tensor>([
    [`weights/${name}`, float32(shape, weights)],
    ...states.map((state, i): [string, Tensor] => [`${names[i]!}/${name}`, float32(shape, state)]),
    [`done/${name}`, { dtype: "int32", shape: [done.length], data: done }],
  ]);
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
 *
 * @throws {EnvironmentError} If it cannot be read, or is broken.
 */
export async function loadCheckpoint(path: string, key: string): Promise<Checkpoint | null> {
  try {
    await Deno.stat(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw fileFailure("read", path, error);
  }
  const { tensors, metadata } = await readLeft(() => readSafetensors(path));
  if (metadata.format !== FORMAT) return null;
  const progress = JSON.parse(metadata.progress!) as Progress; // written above under this format
  return progress.key === key ? { progress, tensors } : null;
}

/** Puts a network and its pruner back to where the checkpoint was made. */
export function restore(
  { tensors }: Checkpoint,
  network: Network,
  pruner: Pruner | null,
): void {
  for (const { name, weights, states } of network.slots) {
    fill(network, weights, floatsOf(tensors, `weights/${name}`));
    states.forEach((state, i) =>
      fill(network, state, floatsOf(tensors, `${network.states[i]!}/${name}`))
    );
  }
  for (const [name, tensor] of network.statistics) {
    fill(network, tensor, floatsOf(tensors, `weights/${name}`));
  }
  for (const { table } of network.tables) {
    table.weights.set(floatsOf(tensors, `weights/${table.name}`));
    table.states.forEach((state, i) =>
      state.set(floatsOf(tensors, `${network.states[i]!}/${table.name}`))
    );
    table.done.set(tensors.get(`done/${table.name}`)!.data as Int32Array); // int32 when saved
  }
  network.winners?.restore(tensors);
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
