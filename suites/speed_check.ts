/**
 * Check: is the sparse engine faster than the fastest dense one?
 *
 * @module
 */
import { atBatch, type Comparison, fastestBaseline } from "../results/mod.ts";
import type { Check, Evidence } from "./verdict.ts";
import { percent, times, timesWithin } from "./wording.ts";

/** Checks the headline batch against the fastest dense baseline there. */
export function checkSpeed(evidence: Evidence): Check {
  const name = "speed";
  const { headline } = evidence.recipe.benchmark;
  const comparison = headlineOf(evidence);
  if (comparison === null) {
    const why = evidence.untimed === null ? "" : `: ${evidence.untimed}`;
    return { name, status: "open", text: `not measured at batch ${headline}${why}` };
  }
  const { ratio, baseline, ceiling, noiseFloor } = comparison;
  const native = comparison.subject === "skipzero-native" ? "" : " in WebAssembly";
  const text = [
    `${timesWithin(ratio)}${native} over ${baseline} at batch ${headline}`,
    ...slowerBaselines(evidence, comparison),
    ...(ceiling === null ? [] : [`ceiling ${times(ceiling)}`]),
    ...(noiseFloor === undefined ? [] : [`noise floor ±${percent(noiseFloor)}`]),
    comparison.verdict,
  ].join("; ");
  return { name, status: statusOf(comparison, evidence.recipe.tolerances.speedup), text };
}

/**
 * The comparison that the verdict quotes: our best available engine at the headline batch against the fastest dense
 * baseline of the same tier.
 */
export function headlineOf({ recipe, comparisons, threads }: Evidence): Comparison | null {
  const { model, benchmark } = recipe;
  return fastestBaseline(
    atBatch(comparisons, model.name, benchmark.headline).filter((one) => one.threads === threads),
  );
}

/** What the same engine gains over the other dense engines of the cell, since one of them is what a user may know. */
function slowerBaselines({ comparisons }: Evidence, headline: Comparison): string[] {
  return comparisons
    .filter(({ cell, threads, subject, baseline }) =>
      cell === headline.cell && threads === headline.threads && subject === headline.subject &&
      baseline !== headline.baseline
    )
    .map(({ ratio, baseline }) => `${times(ratio.estimate)} over ${baseline}`);
}

function statusOf({ ratio, verdict }: Comparison, least: number): Check["status"] {
  if (verdict === "slower" || ratio.high < least) return "failed";
  return verdict === "faster" && ratio.low >= least ? "ok" : "open";
}
