/**
 * Pruning by scores: step by step along a schedule, or all at once before the first step.
 *
 * @module
 */
import { parsePattern, sparsityOfPattern, type Tensor } from "../core/mod.ts";
import type { Floats, Loops } from "../engines/tfjs/mod.ts";
import type { GroupLasso, PruningRule } from "../recipes/mod.ts";
import { addLassoGradient, shrinkFactors } from "./group_lasso.ts";
import { asMatrix, createLayerMasks, inWeightOrder, type LayerValues } from "./layer_masks.ts";
import type { Layer } from "./layers.ts";
import { type Masks, masksAt } from "./masks.ts";
import { type GradientsOf, pruneGradients, type Pruner } from "./pruner.ts";
import { pruneCount, pruneIndex, type PruneWindow, sparsityAt } from "./sparsity_schedule.ts";

/** Decay of the scores of `snip_momentum`. */
const SCORE_DECAY = 0.9;

/** How to prune. */
export interface GradualOptions {
  /** Pattern, criterion, schedule and scope. */
  readonly sparsity: PruningRule;
  /** When. */
  readonly window: PruneWindow;
  /** Group lasso, if any; from the first to the last step of the window. */
  readonly groupLasso?: GroupLasso | undefined;
  /** Whether the gradients of fallen weights are set to zero before the step; not unless told to. */
  readonly pruneGradients?: boolean | undefined;
}

/** Starts pruning; nothing is pruned yet. */
export function createGradualPruner(
  layers: readonly Layer[],
  values: LayerValues,
  loops: Loops,
  options: GradualOptions,
): Pruner {
  const { sparsity, window } = options;
  const masks = createLayerMasks(layers, values);
  const scores = new Map<string, Floats>(
    sparsity.criterion === "magnitude"
      ? []
      : layers.map(({ name, rows, cols }) => [name, new Float32Array(rows * cols)]),
  );
  const shrinking = new Map<string, Floats>();
  const maskOf = (name: string): Floats | null => masks.any ? masks.factorsOf(name) : null;

  function matrixScores(): Map<string, Floats> {
    return new Map(layers.map((layer) => {
      const { name } = layer;
      const own = scores.get(name) ?? values.weights(name).map((weight) => Math.abs(weight));
      return [name, asMatrix(own, layer)];
    }));
  }

  function change(index: number): void {
    const goals = goalsAt(layers, sparsity, index, pruneCount(window));
    if (goals.every(({ zeros }) => zeros === 0)) return;
    const all = matrixScores();
    let next: Masks = masks.masks;
    for (const { set, zeros, cap } of goals) {
      next = masksAt(next, set, all, zeros, { ...sparsity, maxPerLayer: cap });
    }
    masks.apply(next);
  }

  function beginStep(step: number): void {
    const index = pruneIndex(window, step);
    if (index !== null) change(index);
  }

  return {
    layers,
    get masks() {
      return masks.masks;
    },
    get sparsity() {
      return masks.sparsity;
    },
    get done() {
      // A unit more or less is rounding.
      return masks.any && Math.abs(masks.sparsity - goalOf(layers, sparsity)) < 1e-3;
    },
    settledFrom: window.start + pruneCount(window) * window.frequency,
    beginStep,
    onGradients(step, gradients): boolean {
      addScores(step, gradients);
      if (options.pruneGradients) pruneGradients(layers, gradients, maskOf);
      regularise(step, gradients);
      return true;
    },
    maskOf,
    onUpdated(): void {
      for (const [name, factors] of shrinking) {
        const weights = values.weights(name);
        for (let i = 0; i < weights.length; i++) weights[i]! *= factors[i]!;
      }
      shrinking.clear();
    },
    finish: beginStep,
    state(): Map<string, Tensor> {
      const tensors = masks.state();
      for (const { name, rows, cols } of layers) {
        const data = scores.get(name);
        if (data) {
          tensors.set(`score/${name}`, { dtype: "float32", shape: [rows, cols], data });
        }
      }
      return tensors;
    },
    restore(tensors): void {
      masks.restore(tensors);
      for (const [name, own] of scores) {
        const saved = tensors.get(`score/${name}`);
        if (saved?.dtype !== "float32") {
          throw new RangeError(`Cannot restore scores: tensor "score/${name}" is missing`);
        }
        own.set(saved.data);
      }
    },
  };

  function addScores(step: number, gradients: GradientsOf): void {
    if (step > window.end) return;
    const keep = sparsity.criterion === "snip_momentum" ? SCORE_DECAY : 0;
    for (const [name, own] of scores) {
      const gradient = gradients(name);
      if (gradient) loops.snip(own, values.weights(name), gradient, keep);
    }
  }

  function regularise(step: number, gradients: GradientsOf): void {
    const { groupLasso } = options;
    if (!groupLasso || step < window.start || step > window.end) return;
    const { alpha, variant } = groupLasso;
    if (variant === "inc-v1.12") return;
    for (const layer of layers) {
      const { name, rows, cols } = layer;
      const gradient = gradients(name);
      if (gradient === null) continue;
      const matrix = asMatrix(gradient, layer);
      if (variant === "inc-v2.6") {
        const factors = shrinkFactors(matrix, rows, cols, sparsity.pattern, alpha);
        shrinking.set(name, inWeightOrder(factors, layer) as Floats); // as it went in
      } else {
        const mask = masks.masks.of.get(name)!;
        addLassoGradient(
          mask,
          asMatrix(values.weights(name), layer),
          matrix,
          sparsity.pattern,
          alpha,
        );
        gradient.set(inWeightOrder(matrix, layer));
      }
    }
  }
}

/** Layers under one goal. */
interface Goal {
  readonly set: readonly Layer[];
  /** Fraction of zeros wanted. */
  readonly zeros: number;
  /** Most zeros in one layer. */
  readonly cap: number;
}

/** Layers with a target of their own each by themselves, the others together. */
function goalsAt(
  layers: readonly Layer[],
  sparsity: PruningRule,
  index: number,
  count: number,
): readonly Goal[] {
  const { schedule, target, maxPerLayer } = sparsity;
  const own = layers.flatMap((layer): Goal[] => {
    const wanted = ownTarget(layer, sparsity);
    if (wanted === null) return [];
    const zeros = sparsityAt(schedule, wanted, index, count);
    return [{ set: [layer], zeros, cap: Math.max(maxPerLayer, wanted) }];
  });
  const rest = layers.filter((layer) => ownTarget(layer, sparsity) === null);
  if (rest.length === 0) return own;
  const zeros = sparsityAt(schedule, target, index, count);
  return [...own, { set: rest, zeros, cap: maxPerLayer }];
}

/** The target that the rule sets for a layer by name, or `null`. Of several names that fit, the longest decides. */
export function ownTarget({ name }: Layer, { layers = [] }: PruningRule): number | null {
  const fitting = layers.filter((entry) => name.includes(entry.name));
  const [best] = fitting.sort((a, b) => b.name.length - a.name.length);
  return best?.target ?? null;
}

/** A layer's target: what its pattern decides, its own, or that of all. */
export function targetOf(layer: Layer, sparsity: PruningRule): number {
  return sparsityOfPattern(parsePattern(sparsity.pattern)) ?? ownTarget(layer, sparsity) ??
    sparsity.target;
}

/** Fraction of zeros over all layers that the rule asks for. */
export function goalOf(layers: readonly Layer[], sparsity: PruningRule): number {
  const sizes = layers.map(({ rows, cols }) => rows * cols);
  const total = sizes.reduce((sum, size) => sum + size, 0);
  return layers.reduce((sum, layer, i) => sum + targetOf(layer, sparsity) * sizes[i]!, 0) / total;
}
