/**
 * Puts a result document together from what the stages left.
 *
 * @module
 */
import { join } from "@std/path";
import { type Recipe, recipePath } from "../recipes/mod.ts";
import {
  atBatch,
  collectProvenance,
  type Result,
  RESULT_FORMAT,
  type Sparsity,
} from "../results/mod.ts";
import { judge, networkDeviations, type NetworkProof, type Verdict } from "../suites/mod.ts";
import type { TrainingRecord } from "../training/mod.ts";
import { BENCH_SEED, type BenchPlan } from "./bench_plan.ts";
import type { BenchRecord } from "./bench.ts";
import { ROOT } from "./stages.ts";
import { type TrainPlan, trainsFullSize } from "./train_plan.ts";
import { accuracySection, sparsitySection, trainingSection } from "./training_section.ts";

/** A finished training. */
export interface Trained {
  /** How it was trained. */
  readonly plan: TrainPlan;
  /** Its cache entry. */
  readonly directory: string;
  /** What came of it. */
  readonly record: TrainingRecord;
}

/** What the stages left. */
export interface Findings {
  /** The claim. */
  readonly recipe: Recipe;
  /** The weights: trained ones, or the proof of those that were drawn to be timed. */
  readonly weights: Trained | NetworkProof;
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
  const { recipe, bench, threads } = findings;
  const { startedAt, ...measured } = bench;
  const trained = trainedOf(findings);
  const evidence = {
    recipe,
    profile: trained?.plan.profile ?? null,
    threads,
    accuracy: trained && accuracySection(trained.record, recipe),
    sparsity: sparsityOf(findings),
    comparisons: measured.comparisons,
    untimed: untimedOf(findings),
    deviations: [...deviationsOf(trained), ...networkDeviations(findings.benchPlan.cells)],
  };
  const verdict = judge(evidence);
  const result: Result = {
    format: RESULT_FORMAT,
    suite: "models",
    recipe: recipe.name,
    profile: evidence.profile,
    startedAt,
    verdict: { ...verdict },
    accuracy: evidence.accuracy,
    sparsity: evidence.sparsity,
    training: trained && await trainingSection(trained.record, trained.directory),
    ...measured,
    deviations: evidence.deviations,
    provenance: { ...await provenanceOf(findings) },
  };
  return { result, verdict };
}

/** Where the weights of the timed network come from, if not from training. */
const DRAWN_WEIGHTS = "speed: the full-size network has values and masks drawn at random in the " +
  "recipe's pattern; its timing depends on where the zeros are, not on the values";

function trainedOf({ weights }: Findings): Trained | null {
  return "record" in weights ? weights : null;
}

function sparsityOf({ weights, recipe }: Findings): Sparsity {
  if ("record" in weights) return sparsitySection(weights.record, recipe);
  const { measured, layers, skipped } = weights;
  return {
    target: recipe.sparsity.target,
    measured,
    layers: layers.map((layer) => ({ ...layer })),
    skipped,
    drawn: true,
  };
}

function deviationsOf(trained: Trained | null): string[] {
  if (trained === null) return [DRAWN_WEIGHTS];
  const { record, plan } = trained;
  return trainsFullSize(plan) ? [...record.deviations] : [...record.deviations, DRAWN_WEIGHTS];
}

/** Why none of our sparse engines was timed at the headline batch; `null` if one was. */
function untimedOf({ recipe, bench, threads }: Findings): string | null {
  const { model, benchmark } = recipe;
  const own = atBatch(bench.measurements, model.name, benchmark.headline)
    .filter((one) => one.threads === threads && one.engine.startsWith("skipzero-native"));
  return own.find(({ skipped }) => skipped !== null)?.skipped ?? null;
}

function provenanceOf(findings: Findings): ReturnType<typeof collectProvenance> {
  const { recipe, benchPlan, flags } = findings;
  const trained = trainedOf(findings);
  const seeds = trained?.plan.seedList ?? [];
  const weights = seeds.map((seed) =>
    [`sparse weights seed ${seed}`, join(trained!.directory, `sparse-${seed}.safetensors`)] as const
  );
  return collectProvenance({
    root: ROOT,
    files: { recipe: recipePath(recipe.name), ...Object.fromEntries(weights) },
    flags,
    seeds,
    protocol: {
      ...benchPlan.effort,
      seed: BENCH_SEED,
      ...trained && { dataset: trained.record.dataset, model: trained.record.model },
    },
  });
}
