/**
 * Check: is the gap between the sparse and the dense model the claimed one?
 *
 * @module
 */
import type { Result } from "../results/mod.ts";
import { mean, meanInterval } from "../core/mod.ts";
import type { Check, Evidence } from "./verdict.ts";
import { count, points } from "./wording.ts";

type Accuracy = NonNullable<Result["accuracy"]>;

/** The dense model must cover this part of the way from the majority class to the ceiling, else its gap means nothing. */
const LEARNED = 0.5;

/** How the words of a deviation begin that leaves data, model and hyperparameters as published. */
const MINOR = /^(batches|distillation): /;

/** Whether the run's figures may stand beside the published ones: published profile, and no deviation that matters. */
export function isComparable({ profile, deviations }: Evidence): boolean {
  return profile === "published" && deviations.every((deviation) => MINOR.test(deviation));
}

/** Checks the gap on any data, and in a comparable run the sparse figure itself. */
export function checkAccuracy(evidence: Evidence): Check {
  const { accuracy, recipe, profile } = evidence;
  const name = "accuracy";
  if (accuracy === null) {
    const why = recipe.missing ?? "nothing was trained";
    return { name, status: profile === null ? "unjudged" : "open", text: `not measured: ${why}` };
  }
  const claimed = claimedGap(recipe);
  const gap = gapOf(accuracy);
  const tolerance = recipe.tolerances.accuracyGap;
  const seeds = count(accuracy.sparse.values.length, "seed");
  const text =
    `sparse ${spread(accuracy.sparse)} %, dense ${spread(accuracy.dense)} % over ${seeds}; ` +
    `gap ${points(gap.mean)}, claimed ${points(claimed)} ± ${points(tolerance, 1)}`;
  const doubt = whyUntaught(accuracy);
  if (doubt !== null) return { name, status: "open", text: `${text}; ${doubt}` };
  const least = claimed - tolerance;
  if (gap.mean < least) {
    if (gap.mean + gap.margin < least) return { name, status: "failed", text };
    return { name, status: "open", text: `${text}; seeds differ by ± ${points(gap.margin, 1)}` };
  }
  if (isComparable(evidence)) return withFigure({ name, status: "ok", text }, evidence, accuracy);
  const better = gap.mean > claimed + tolerance ? "; smaller loss than claimed" : "";
  const figure = profile === "published"
    ? `; the claimed ${
      points(recipe.claim.sparse)
    } % is not compared: this run is not the published one`
    : "";
  return { name, status: "ok", text: text + better + figure };
}

/** The claimed gap; where the claim's metric is one that no run has, the sparse model shall be no worse than the dense one. */
function claimedGap({ claim: { metric, sparse, dense } }: Evidence["recipe"]): number {
  return metric === "token-probability" ? 0 : sparse - dense;
}

/** In a comparable run the sparse figure must be the claimed one, taken as the claim took it: best or mean. */
function withFigure(check: Check, { recipe }: Evidence, accuracy: Accuracy): Check {
  const { kind, sparse } = recipe.claim;
  const values = accuracy.sparse.values;
  const figure = kind === "max" ? Math.max(...values) : mean(values);
  const text = `${check.text}; ${kind === "max" ? "best" : "mean"} ${points(figure)} %, ` +
    `claimed ${points(sparse)} ± ${points(recipe.tolerances.accuracy, 1)} %`;
  const short = figure < sparse - recipe.tolerances.accuracy;
  return { ...check, status: short ? "failed" : "ok", text };
}

/** Mean difference over seeds, each a pair, and half of its 95 % interval (Student's t); 0 for a single seed. */
function gapOf(accuracy: Accuracy): { mean: number; margin: number } {
  const gaps = accuracy.sparse.values.map((sparse, seed) => {
    const dense = accuracy.dense.values[seed];
    return sparse - (dense ?? accuracy.dense.mean);
  });
  const { estimate, high } = meanInterval(gaps);
  return { mean: estimate, margin: gaps.length > 1 ? high - estimate : 0 };
}

function whyUntaught(accuracy: Accuracy): string | null {
  const goal = accuracy.ceiling ?? 1;
  const needed = accuracy.majority + LEARNED * (goal - accuracy.majority);
  // A published task may be hard; there only a model that learned nothing is suspect.
  const least = accuracy.ceiling === null ? accuracy.majority : needed;
  if (accuracy.dense.mean > least) return null;
  return `the dense model has not learned the task (majority class ${
    points(accuracy.majority, 1)
  } %)`;
}

function spread(figures: Accuracy["dense"]): string {
  const { mean, sd, values } = figures;
  return values.length > 1 ? `${points(mean, 1)} ± ${points(sd, 1)}` : points(mean, 1);
}
