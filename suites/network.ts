/**
 * The network of a cell: the full-size model with the recipe's pattern.
 *
 * @module
 */
import { type BertConfig, bertNetwork, type Network, networkNamed } from "../models/mod.ts";
import type { LayerTarget, NetworkModel, Recipe } from "../recipes/mod.ts";

/** Which network: one of `models/networks.ts` by its name, or a BERT of sizes of its own. */
export type MeasuredModel =
  | NetworkModel
  | { readonly architecture: "bert"; readonly config: BertConfig };

/** All that makes a network, small enough to be sent to another process. */
export interface NetworkSpec {
  /** Architecture and sizes. */
  readonly model: MeasuredModel;
  /** Pattern of the zeros, by name. */
  readonly pattern: string;
  /** Fraction of zeros in the pruned layers, 0 to 1. */
  readonly sparsity: number;
  /** Layers that have shares of zeros of their own; the first part of a name that fits counts. */
  readonly targets?: readonly LayerTarget[];
  /** A weight is pruned if its name contains one of these, */
  readonly include: readonly string[];
  /** and none of these. */
  readonly exclude: readonly string[];
  /** Tokens of a sequence; `null` where there are none. */
  readonly sequence: number | null;
  /** Trained sparse weights of this very model (safetensors), or `null` to draw values and masks. */
  readonly weights: string | null;
  /** Decides what is drawn. */
  readonly seed: number;
}

/**
 * The full-size network of a recipe.
 *
 * @throws {RangeError} If it is known by a name that there is not.
 */
export function networkOf(recipe: Recipe, weights: string | null = null): NetworkSpec {
  const { pattern, target, layers, include, exclude } = recipe.sparsity;
  const model = modelOf(recipe);
  const sequence = recipe.benchmark.sequence ?? openModel(model, null).sequence;
  const zeros = { pattern, sparsity: target, ...layers && { targets: layers }, include, exclude };
  return { model, ...zeros, sequence, weights, seed: 1 };
}

function modelOf({ model }: Recipe): MeasuredModel {
  if (model.architecture === "network") return model;
  const { architecture, init: _, ...sizes } = model;
  return { architecture, config: { ...sizes, typeVocabulary: 2, layerNormEpsilon: 1e-12 } };
}

/** Short name of the network, e.g. `bert-mini`. */
export function networkName({ model }: NetworkSpec): string {
  return model.architecture === "bert" ? model.config.name : model.name;
}

/**
 * The architecture, ready to build graphs of any batch size.
 *
 * @throws {RangeError} If there is no network of that name.
 */
export function openNetwork({ model, sequence }: NetworkSpec): Network {
  return openModel(model, sequence);
}

function openModel(model: MeasuredModel, sequence: number | null): Network {
  if (model.architecture === "bert") {
    return bertNetwork(model.config, sequence ?? model.config.positions);
  }
  return networkNamed(model.name);
}

/** How much a run takes, as builders want it. */
export function shapeOf(
  { sequence }: NetworkSpec,
  batch: number,
): { readonly batch: number; readonly sequence?: number } {
  return { batch, ...sequence !== null && { sequence } };
}

/** Id of a network's cell, e.g. `bert-mini f32 4x1 0.9 batch=32 seq=128` or `resnet50 f32 2x1 0.78 batch=1`. */
export function networkCell(spec: NetworkSpec, batch: number): string {
  const { pattern, sparsity, sequence } = spec;
  const tokens = sequence === null ? "" : ` seq=${sequence}`;
  return `${networkName(spec)} f32 ${pattern} ${sparsity} batch=${batch}${tokens}`;
}
