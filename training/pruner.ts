/**
 * Prunes a network while it trains: keeps the scores, makes the masks, applies them.
 *
 * @module
 */
import { applyMask, type Mask, parsePattern, unitOf } from "../core/mod.ts";
import type { Floats, TfTensor } from "../engines/tfjs/mod.ts";
import type { PruningRule } from "../recipes/mod.ts";
import type { Layer } from "./layers.ts";
import { fullMasks, type Masks, masksAt, sparsityOfMasks } from "./masks.ts";
import { type Network, viewOf } from "./network.ts";
import { pruneCount, pruneIndex, type PruneWindow, sparsityAt } from "./sparsity_schedule.ts";

/** Decay of the scores of `snip_momentum`. */
const SCORE_DECAY = 0.9;

/** Pruning of one network. Disposing it frees its tensors. */
export interface Pruner extends Disposable {
  /** Pruned layers. */
  readonly layers: readonly Layer[];
  /** Masks now. */
  readonly masks: Masks;
  /** Fraction of zeros in the pruned layers now. */
  readonly sparsity: number;
  /** Whether masks have reached the target. */
  readonly done: boolean;
  /** At the start of a step: makes new masks if it is time, and zeroes what fell. */
  beginStep(step: number): void;
  /** After the gradients: adds to the scores of a layer, if the criterion uses gradients. */
  score(name: string, gradient: Floats): void;
  /** The mask of a parameter as float32, or `null` if it is not pruned. */
  maskOf(name: string): Floats | null;
  /** Adds the gradient of the group lasso to a layer's gradient while masks still change. */
  addGroupLasso(name: string, gradient: Floats, step: number): void;
  /** Scores of every layer, in place. */
  scores(): ReadonlyMap<string, Floats>;
  /** Puts masks and scores back, as saved. */
  restore(masks: Masks, scores: ReadonlyMap<string, Floats>): void;
}

/** How to prune. */
export interface PrunerOptions {
  /** Pattern, criterion, schedule and scope. */
  readonly sparsity: PruningRule;
  /** When. */
  readonly window: PruneWindow;
  /** Coefficient of the group lasso, if any. */
  readonly groupLasso?: number | undefined;
}

/** Starts pruning a network's layers; nothing is pruned yet. */
export function createPruner(
  network: Network,
  layers: readonly Layer[],
  { sparsity, window, groupLasso = 0 }: PrunerOptions,
): Pruner {
  const { tf } = network.machine.ops;
  const weights = new Map(network.slots.map((slot) => [slot.name, slot.weights]));
  const scores = new Map<string, TfTensor>();
  const floats = new Map<string, TfTensor>();
  for (const { name, rows, cols } of layers) {
    scores.set(name, tf.keep(tf.zeros([rows, cols])));
    floats.set(name, tf.keep(tf.ones([rows, cols])));
  }
  const count = pruneCount(window);
  let masks = fullMasks(layers);
  let ratio = 0;

  const view = (tensors: ReadonlyMap<string, TfTensor>, name: string): Floats =>
    viewOf(network, tensors.get(name)!);

  function currentScores(): Map<string, Floats> {
    if (sparsity.criterion === "magnitude") {
      return new Map(
        layers.map(({ name }) => [name, view(weights, name).map((weight) => Math.abs(weight))]),
      );
    }
    return new Map(layers.map(({ name }) => [name, view(scores, name)]));
  }

  function apply(next: Masks): void {
    masks = next;
    ratio = sparsityOfMasks(next);
    for (const [name, mask] of next.of) {
      applyMask(view(weights, name), mask);
      view(floats, name).set(mask.kept);
    }
  }

  return {
    layers,
    get masks() {
      return masks;
    },
    get sparsity() {
      return ratio;
    },
    get done() {
      // A unit more or less is rounding.
      return ratio > 0 && Math.abs(ratio - sparsity.target) < 1e-3;
    },
    beginStep(step): void {
      const index = pruneIndex(window, step);
      if (index === null) return;
      const wanted = sparsityAt(sparsity.schedule, sparsity.target, index, count);
      if (wanted > 0) apply(masksAt(masks, layers, currentScores(), wanted, sparsity));
    },
    score(name, gradient): void {
      if (sparsity.criterion === "magnitude" || !scores.has(name)) return;
      const keep = sparsity.criterion === "snip_momentum" ? SCORE_DECAY : 0;
      network.machine.loops.snip(view(scores, name), view(weights, name), gradient, keep);
    },
    maskOf: (name) => ratio > 0 && floats.has(name) ? view(floats, name) : null,
    addGroupLasso(name, gradient, step): void {
      if (groupLasso === 0 || !scores.has(name)) return;
      if (step < window.start || step > window.end) return;
      addLasso(masks.of.get(name)!, view(weights, name), gradient, sparsity.pattern, groupLasso);
    },
    scores: () => new Map(layers.map(({ name }) => [name, view(scores, name)])),
    restore(saved, savedScores): void {
      for (const [name, values] of savedScores) view(scores, name).set(values);
      apply(saved);
    },
    [Symbol.dispose](): void {
      tf.dispose([...scores.values(), ...floats.values()]);
    },
  };
}

/**
 * Adds the gradient of `alpha · Σ ‖W_block‖₂`, which is `alpha · W / ‖W_block‖₂`, and drops the gradient of pruned weights.
 *
 * As in Intel Neural Compressor 1.12; version 2 divides by the norm of the gradient instead.
 */
export function addLasso(
  { rows, cols, kept }: Mask,
  weights: Floats,
  gradient: Floats,
  patternName: string,
  alpha: number,
): void {
  const { rows: R, cols: C } = unitOf(parsePattern(patternName));
  for (let row = 0; row < rows; row += R) {
    for (let col = 0; col < cols; col += C) {
      let squares = 0;
      forBlock(row, col, R, C, cols, (i) => squares += weights[i]! ** 2);
      const factor = squares === 0 ? 0 : alpha / Math.sqrt(squares);
      forBlock(row, col, R, C, cols, (i) => {
        gradient[i] = kept[i] === 0 ? 0 : gradient[i]! + factor * weights[i]!;
      });
    }
  }
}

function forBlock(
  row: number,
  col: number,
  R: number,
  C: number,
  cols: number,
  visit: (index: number) => void,
): void {
  for (let r = row; r < row + R; r++) {
    for (let c = col; c < col + C; c++) visit(r * cols + c);
  }
}
