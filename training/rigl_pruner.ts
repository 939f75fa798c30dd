/**
 * Training on masks that RigL moves.
 *
 * @module
 */
import { blockScores, type Mask, maskOfBlocks, parsePattern, type Pattern } from "../core/mod.ts";
import type { Floats } from "../engines/tfjs/mod.ts";
import { asMatrix, createLayerMasks, inWeightOrder, type LayerValues } from "./layer_masks.ts";
import type { Layer } from "./layers.ts";
import type { Masks } from "./masks.ts";
import { type GradientsOf, pruneGradients, type Pruner } from "./pruner.ts";
import { dropFraction, exchange, type ExchangeScores } from "./rigl.ts";
import { steadyPruner } from "./steady_pruner.ts";

/** How weights are exchanged. */
export interface RiglOptions {
  /** `unstructured` or blocks. */
  readonly pattern: string;
  /** Score of a block from those of its weights. */
  readonly reduce: "mean" | "sum" | "max";
  /** Share of the kept weights that is exchanged at first; it falls along a cosine. */
  readonly fraction: number;
  /** Steps from one exchange to the next; the first is as many steps after the start. */
  readonly frequency: number;
  /** Last step at which weights may be exchanged. */
  readonly end: number;
  /** Whether layers keep their numbers of weights, or only all layers together do. */
  readonly scope: "layer" | "global";
  /** Whether gradients of weights that are not kept are dropped between exchanges, so that they do not count when gradients are clipped. */
  readonly dropGradients: boolean;
}

/**
 * Starts on masks and exchanges weights from time to time. An exchange takes the place of the optimiser's step. Weights that come start
 * at 0, and so does what the optimiser keeps of them.
 *
 * @throws {RangeError} If weights of the pattern cannot be exchanged one by one.
 */
export function createRiglPruner(
  layers: readonly Layer[],
  values: LayerValues,
  initial: Masks,
  options: RiglOptions,
): Pruner {
  const pattern = exchangeable(options.pattern);
  const { fraction, frequency, end, scope } = options;
  const masks = createLayerMasks(layers, values);
  masks.apply(initial);

  function exchangeAll(step: number, gradients: GradientsOf): void {
    const reached = layers.filter(({ name }) => gradients(name) !== null);
    const sets = scope === "global" ? [reached] : reached.map((layer) => [layer]);
    const share = dropFraction(fraction, step, end);
    const of = new Map(masks.masks.of);
    for (const set of sets) {
      const parts = set.map((layer) => scoresOf(layer, of.get(layer.name)!, gradients));
      const kept = exchange(joined(parts), share);
      let at = 0;
      set.forEach(({ name, rows, cols }, i) => {
        const { length } = parts[i]!.kept;
        of.set(name, maskOfBlocks(kept.subarray(at, at + length), rows, cols, pattern));
        at += length;
      });
    }
    const before = masks.masks.of;
    masks.apply({ of, frozen: new Set() });
    for (const layer of layers) forget(layer, before.get(layer.name)!, of.get(layer.name)!);
  }

  function scoresOf(layer: Layer, { kept }: Mask, gradients: GradientsOf): ExchangeScores {
    const { rows, cols, name } = layer;
    const units = (all: Floats) => {
      const sizes = asMatrix(all, layer).map((value) => Math.abs(value));
      return blockScores(sizes, rows, cols, pattern, options.reduce);
    };
    const keptUnits = blockScores(Float32Array.from(kept), rows, cols, pattern, "max");
    return {
      kept: Uint8Array.from(keptUnits),
      magnitudes: units(values.weights(name)),
      gradients: units(gradients(name)!),
    };
  }

  /** Clears what the optimiser keeps of weights that came. They are 0 themselves, as all that were not kept. */
  function forget(layer: Layer, before: Mask, after: Mask): void {
    const came = after.kept.map((one, i) => one & (before.kept[i]! ^ 1));
    const order = inWeightOrder(came, layer);
    for (const state of values.states(layer.name)) {
      for (let i = 0; i < state.length; i++) if (order[i] === 1) state[i] = 0;
    }
  }

  return steadyPruner({
    layers,
    masks,
    settledFrom: Math.floor(end / frequency) * frequency,
    onGradients(step, gradients): boolean {
      if (step > 0 && step <= end && step % frequency === 0) {
        exchangeAll(step, gradients);
        return false;
      }
      if (options.dropGradients) pruneGradients(layers, gradients, masks.factorsOf);
      return true;
    },
  });
}

function exchangeable(name: string): Pattern {
  const pattern = parsePattern(name);
  if (pattern.kind === "unstructured" || pattern.kind === "block") return pattern;
  throw new RangeError(
    `Cannot exchange weights of the pattern "${name}": it decides how many are kept where, expected "unstructured" or blocks`,
  );
}

function joined(parts: readonly ExchangeScores[]): ExchangeScores {
  if (parts.length === 1) return parts[0]!;
  const length = parts.reduce((sum, { kept }) => sum + kept.length, 0);
  const all = {
    kept: new Uint8Array(length),
    magnitudes: new Float32Array(length),
    gradients: new Float32Array(length),
  };
  let at = 0;
  for (const { kept, magnitudes, gradients } of parts) {
    all.kept.set(kept, at);
    all.magnitudes.set(magnitudes, at);
    all.gradients.set(gradients, at);
    at += kept.length;
  }
  return all;
}
