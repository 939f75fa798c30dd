/**
 * Puts a result document together from what the stages left.
 *
 * @module
 */
import { join } from "@std/path";
import { recipePath } from "../recipes/mod.ts";
import { collectProvenance, type Result, RESULT_FORMAT } from "../results/mod.ts";
import { judge, type Verdict } from "../suites/mod.ts";
import type { TrainingRecord } from "../training/mod.ts";
import { BENCH_SEED, type BenchPlan } from "./bench_plan.ts";
import type { BenchRecord } from "./bench.ts";
import { ROOT } from "./stages.ts";
import type { TrainPlan } from "./train_plan.ts";
import { accuracySection, sparsitySection, trainingSection } from "./training_section.ts";

/** What the stages left. */
export interface Findings {
  /** How it was trained. */
  readonly trainPlan: TrainPlan;
  /** Cache entry of the training. */
  readonly trainDirectory: string;
  /** Its record. */
  readonly training: TrainingRecord;
  /** How it was measured. */
  readonly benchPlan: BenchPlan;
  /** What was measured. */
  readonly bench: BenchRecord;
  /** Threads of the headline speed-up. */
  readonly threads: number;
  /** Command line. */
  readonly flags: readonly string[];
}

/** A result document and the verdict in it. */
export interface Assembled {
  /** The document. */
  readonly result: Result;
  /** With its checks. */
  readonly verdict: Verdict;
}

/** Judges the findings and writes them into one document. */
export async function assembleResult(findings: Findings): Promise<Assembled> {
  const { trainPlan, training, bench, threads } = findings;
  const { recipe, profile } = trainPlan;
  const { startedAt, comparisons, measurements, dispatch, warnings } = bench;
  const deviations = profile === "published"
    ? training.deviations
    : [...training.deviations, DRAWN_MASKS];
  const evidence = {
    recipe,
    profile,
    threads,
    accuracy: accuracySection(training, recipe),
    sparsity: sparsitySection(training, recipe),
    comparisons,
    deviations,
  };
  const verdict = judge(evidence);
  const result: Result = {
    format: RESULT_FORMAT,
    suite: "models",
    recipe: recipe.name,
    profile,
    startedAt,
    verdict: { ...verdict },
    accuracy: evidence.accuracy,
    sparsity: evidence.sparsity,
    training: await trainingSection(training, findings.trainDirectory),
    comparisons,
    measurements,
    dispatch,
    warnings,
    deviations,
    provenance: { ...await provenanceOf(findings) },
  };
  return { result, verdict };
}

/** Where the masks of the timed network come from, if not from training. */
const DRAWN_MASKS =
  "speed: the full-size network has masks drawn at random in the recipe's pattern";

function provenanceOf(
  { trainPlan, trainDirectory, training, benchPlan, flags }: Findings,
): ReturnType<typeof collectProvenance> {
  const weights = trainPlan.seedList.map((seed) =>
    [`sparse weights seed ${seed}`, join(trainDirectory, `sparse-${seed}.safetensors`)] as const
  );
  return collectProvenance({
    root: ROOT,
    files: { recipe: recipePath(trainPlan.recipe.name), ...Object.fromEntries(weights) },
    flags,
    seeds: trainPlan.seedList,
    protocol: {
      ...benchPlan.effort,
      seed: BENCH_SEED,
      dataset: training.dataset,
      model: training.model,
    },
  });
}
