/**
 * Was the claim reproduced? Evidence in, checks and an outcome in words out; nothing is measured here.
 *
 * Each check is `ok`, `failed`, `open` (the evidence allows no answer) or `unjudged` (this run does not ask). The outcome follows:
 *
 * - `contradicted`: a check failed where the run can decide it. Speed is always decided, since it is measured on the full-size
 *   network. Accuracy is decided only by the published profile without deviations that matter.
 * - `inconclusive`: a check failed or stayed open and nothing was contradicted.
 * - `partial`: every check that was judged is ok, but the run could not confirm the published accuracy.
 * - `reproduced`: every check is ok on the published data with the published recipe.
 *
 * @module
 */
import type { ProfileName, Recipe } from "../recipes/mod.ts";
import type { Comparison, Result } from "../results/mod.ts";
import { checkAccuracy, isComparable } from "./accuracy_check.ts";
import { checkClaimedSpeeds } from "./claimed_speed_check.ts";
import { checkPattern } from "./pattern_check.ts";
import { checkSpeed } from "./speed_check.ts";
import { list } from "./wording.ts";

/** What a verdict is drawn from. */
export interface Evidence {
  /** The claim and its tolerances. */
  readonly recipe: Recipe;
  /** Profile that was run; `null` if the recipe does not train, and its network was measured with drawn weights. */
  readonly profile: ProfileName | null;
  /** Threads of the headline speed-up. */
  readonly threads: number;
  /** Metrics over seeds; `null` if nothing was trained. */
  readonly accuracy: Result["accuracy"];
  /** Pruned layers and their proofs; `null` if nothing was trained. */
  readonly sparsity: Result["sparsity"];
  /** Ratios of times. */
  readonly comparisons: readonly Comparison[];
  /** Why our engine was not timed at the headline batch; `null` if it was, or no one knows. */
  readonly untimed: string | null;
  /** What differs from the published recipe, in words. */
  readonly deviations: readonly string[];
}

/** One question about the claim, answered. */
export interface Check {
  /** What was asked. */
  readonly name: "pattern" | "accuracy" | "speed" | "claimed";
  /** The answer; `unjudged` if this run does not ask, which leaves the outcome alone. */
  readonly status: "ok" | "failed" | "open" | "unjudged";
  /** The figures behind it, in one line. */
  readonly text: string;
}

/** The answer to the whole. */
export interface Verdict {
  /** In one word. */
  readonly outcome: "reproduced" | "contradicted" | "inconclusive" | "partial";
  /** In sentences, most important first. */
  readonly reasons: readonly string[];
  /** Question by question. */
  readonly checks: readonly Check[];
}

/** Draws the verdict. */
export function judge(evidence: Evidence): Verdict {
  const checks = [
    checkPattern(evidence),
    checkAccuracy(evidence),
    checkSpeed(evidence),
    ...checkClaimedSpeeds(evidence),
  ];
  const outcome = outcomeOf(checks, evidence);
  return { outcome, reasons: [summary(outcome, checks, evidence), ...limits(evidence)], checks };
}

/** Whether the claim failed its tolerance, which makes the exit code 1 whatever the outcome is called. */
export function failedTolerance(verdict: Verdict): boolean {
  return verdict.checks.some((check) => check.status === "failed");
}

function outcomeOf(checks: readonly Check[], evidence: Evidence): Verdict["outcome"] {
  const failed = checks.filter((check) => check.status === "failed");
  const decides = (check: Check): boolean =>
    check.name === "speed" || (check.name === "accuracy" && confirmsAccuracy(evidence));
  if (failed.some(decides)) return "contradicted";
  if (checks.some(({ status }) => status === "failed" || status === "open")) return "inconclusive";
  return confirmsAccuracy(evidence) ? "reproduced" : "partial";
}

/** Only the official data and the published recipe can confirm or contradict the published accuracy. */
function confirmsAccuracy(evidence: Evidence): boolean {
  return evidence.recipe.claim.fidelity === "exact" && isComparable(evidence);
}

/** What holds, and why that is not all, by what was trained. */
const PARTIAL = {
  quick: "mechanism and speed hold; quick data cannot confirm the published accuracy",
  published: "pattern, accuracy and speed hold, but the run is not the published one",
  scratch: "pattern, accuracy gap and speed hold; weights drawn at random cannot confirm the " +
    "published accuracy",
  measured: "pattern and speed hold on the full-size network; accuracy is not measured, " +
    "since this recipe does not train yet",
} as const;

function summary(
  outcome: Verdict["outcome"],
  checks: readonly Check[],
  evidence: Evidence,
): string {
  const named = (status: Check["status"]): string => {
    const names = checks.filter((check) => check.status === status)
      .map(({ name }) => name === "claimed" ? "the claimed speed" : name);
    return list([...new Set(names)]);
  };
  switch (outcome) {
    case "reproduced":
      return "pattern, accuracy and speed hold on the published data";
    case "partial":
      return PARTIAL[evidence.profile ?? "measured"];
    case "contradicted":
      return `${named("failed")} outside the tolerance`;
    case "inconclusive":
      return [
        named("failed") && `${named("failed")} outside the tolerance in ${theRun(evidence)}`,
        named("open") && `${named("open")} left open`,
      ].filter(Boolean).join("; ");
  }
}

/** The run by what keeps it from deciding about the published accuracy. */
function theRun({ profile, recipe }: Evidence): string {
  if (profile === null) return "this run, which trains nothing";
  if (profile === "quick") return "this stand-in run";
  if (recipe.claim.fidelity !== "exact") return "this run of our reading of the recipe";
  return "this run, which is not the published one";
}

/** What the run could not do, in words. */
function limits({ recipe, profile, deviations }: Evidence): string[] {
  const reasons: string[] = [];
  if (profile === "quick") {
    reasons.push(
      "quick profile: generated data and a scaled model for accuracy, the full-size network for speed",
    );
  }
  if (recipe.claim.fidelity === "partial") {
    reasons.push("the published recipe is incomplete; the rest of this one is our reading");
  }
  if (recipe.claim.fidelity === "reconstructed") {
    reasons.push("no recipe was published; this one is our reconstruction");
  }
  return [...reasons, ...deviations];
}
