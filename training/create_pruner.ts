/**
 * The pruner that a recipe asks for.
 *
 * @module
 */
import { createRandom, parsePattern, projectMask } from "../core/mod.ts";
import type { Loops } from "../engines/tfjs/mod.ts";
import type { PruneTraining, PruningRule } from "../recipes/mod.ts";
import { erkDensities, uniformDensities } from "./densities.ts";
import { createFixedPruner } from "./fixed_pruner.ts";
import { createGradualPruner, targetOf } from "./gradual_pruner.ts";
import { asMatrix, type LayerValues } from "./layer_masks.ts";
import type { Layer } from "./layers.ts";
import type { Masks } from "./masks.ts";
import type { Pruner } from "./pruner.ts";
import { createRiglPruner } from "./rigl_pruner.ts";
import { pruneWindow } from "./sparsity_schedule.ts";
import { drawStaticMask, ownStaticMask } from "./static_masks.ts";

/** How zeros come into being: by a schedule unless told otherwise. */
export type PrunePlan =
  & Pick<PruneTraining, "epochs" | "warmEpochs" | "cooldownEpochs" | "frequency">
  & Partial<Pick<PruneTraining, "method" | "rigl" | "pruneGradients" | "groupLasso" | "clipNorm">>;

/** What a pruner is made for. */
export interface PrunerOptions {
  /** Pattern, target and rule. */
  readonly sparsity: PruningRule;
  /** How zeros come into being. */
  readonly plan: PrunePlan;
  /** Steps of an epoch. */
  readonly stepsPerEpoch: number;
  /** Names the stream of chance that draws masks. */
  readonly label: string;
  /** Whether the weights are trained already, so that their magnitudes mean something, or fresh. */
  readonly from: "dense" | "scratch";
}

/**
 * Makes the pruner of a training. The weights must be where the training starts: masks that hold from the first step on are put
 * in force at once.
 *
 * @throws {RangeError} If the method, the criterion and the pattern do not go together.
 */
export function createPruner(
  layers: readonly Layer[],
  values: LayerValues,
  loops: Loops,
  options: PrunerOptions,
): Pruner {
  const { sparsity, plan, stepsPerEpoch } = options;
  switch (plan.method ?? "gradual") {
    case "gradual":
      return createGradualPruner(layers, values, loops, {
        sparsity,
        window: pruneWindow(plan, stepsPerEpoch),
        groupLasso: plan.groupLasso,
        pruneGradients: plan.pruneGradients,
      });
    case "one_shot":
      return createGradualPruner(layers, values, loops, {
        sparsity: { ...byMagnitude(sparsity), schedule: "one_shot" },
        window: { start: 0, end: 0, frequency: 1 },
        pruneGradients: plan.pruneGradients,
      });
    case "static":
      return createFixedPruner(
        layers,
        values,
        staticMasks(layers, values, options),
        dropsGradients(plan),
      );
    case "rigl":
      return riglPruner(layers, values, options);
  }
}

/** Weights that are not kept get no update in any case; their gradients matter to the norm only. */
function dropsGradients({ pruneGradients = false, clipNorm }: PrunePlan): boolean {
  return pruneGradients || clipNorm !== undefined;
}

/** Before the first step there are no gradients to score by. */
function byMagnitude(sparsity: PruningRule): PruningRule {
  if (sparsity.criterion === "magnitude") return sparsity;
  throw new RangeError(
    `Cannot prune before the first step by ${sparsity.criterion}: there are no gradients yet, expected the criterion "magnitude"`,
  );
}

function staticMasks(
  layers: readonly Layer[],
  values: LayerValues,
  { sparsity, label }: PrunerOptions,
): Masks {
  const random = createRandom(`${label} masks`);
  const of = new Map(layers.map((layer) => {
    const target = targetOf(layer, sparsity);
    const matrix = asMatrix(values.weights(layer.name), layer);
    const mask = ownStaticMask(matrix, layer, sparsity.pattern, target) ??
      drawStaticMask(random.fork(layer.name), layer, sparsity.pattern, target);
    return [layer.name, mask];
  }));
  return { of, frozen: new Set() };
}

function riglPruner(
  layers: readonly Layer[],
  values: LayerValues,
  { sparsity, plan, stepsPerEpoch, label, from }: PrunerOptions,
): Pruner {
  const { rigl } = plan;
  if (rigl === undefined) {
    throw new RangeError("Cannot exchange weights: rigl has no settings, expected its fraction");
  }
  const { target, pattern, reduce } = sparsity;
  const densities = (rigl.distribution === "erk" ? erkDensities : uniformDensities)(layers, target);
  const random = createRandom(`${label} masks`);
  const of = new Map(layers.map((layer) => {
    const { name, rows, cols } = layer;
    // The magnitudes of fresh weights mean nothing, but those of trained ones do.
    const stream = random.fork(name);
    const scores = from === "dense"
      ? asMatrix(values.weights(name), layer).map((weight) => Math.abs(weight))
      : Float32Array.from({ length: rows * cols }, () => stream.next());
    return [
      name,
      projectMask(scores, rows, cols, parsePattern(pattern), 1 - densities.get(name)!),
    ];
  }));
  return createRiglPruner(layers, values, { of, frozen: new Set() }, {
    pattern,
    reduce,
    fraction: rigl.fraction,
    scope: rigl.scope,
    frequency: plan.frequency,
    dropGradients: dropsGradients(plan),
    end: Math.floor(rigl.untilFraction * plan.epochs * stepsPerEpoch),
  });
}
