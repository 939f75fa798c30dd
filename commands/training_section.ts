/**
 * What a training left, as sections of a result document.
 *
 * @module
 */
import { join } from "@std/path";
import type { Recipe } from "../recipes/mod.ts";
import type { Accuracy, Sparsity, TrainingCurves } from "../results/mod.ts";
import type { LogLine, SeedResult, TrainingRecord } from "../training/mod.ts";
import { maskPictures } from "./mask_pictures.ts";
import { figures, furtherTests, otherMetrics } from "./other_metrics.ts";

/** Claimed metrics that are called differently where they are computed. */
const SAME_METRICS: Readonly<Record<string, string>> = { top1: "accuracy", mAP: "map" };

/**
 * The metric of every seed beside the published figures. It is called as in the claim where it is the same, such as top-1 accuracy; else
 * `published.metric` tells what was published.
 */
export function accuracySection(record: TrainingRecord, { claim }: Recipe): Accuracy {
  const { dense, sparse, ceiling, majority } = record;
  const [others, trials] = [otherMetrics(record, claim), furtherTests(record)];
  const isSame = [claim.metric, SAME_METRICS[claim.metric]].includes(record.metric);
  return {
    metric: isSame ? claim.metric : record.metric,
    published: {
      ...!isSame && { metric: claim.metric },
      dense: claim.dense,
      sparse: claim.sparse,
      kind: claim.kind,
      ...(claim.runs && { runs: claim.runs }),
    },
    dense: { ...figures(dense.map(({ last }) => last)), best: dense.map(({ best }) => best) },
    sparse: { ...figures(sparse.map(({ last }) => last)), best: sparse.map(({ best }) => best) },
    ceiling,
    majority,
    ...others.length > 0 && { others },
    ...trials.length > 0 && { trials },
    seeds: record.seeds,
  };
}

/** Pruned layers with their proofs, and those that stayed dense. */
export function sparsitySection(record: TrainingRecord, { sparsity }: Recipe): Sparsity {
  const { layers, skipped } = record;
  return { target: sparsity.target, measured: record.sparsity, layers, skipped };
}

/** Points of a curve that are kept besides those with a metric: more are not seen. */
const CURVE_POINTS = 120;

/**
 * Curves, sub-populations and a few masks.
 *
 * @param directory The training's cache entry.
 */
export async function trainingSection(
  record: TrainingRecord,
  directory: string,
): Promise<TrainingCurves> {
  const text = await Deno.readTextFile(join(directory, "log.jsonl"));
  const lines = text.split("\n").filter((line) => line !== "");
  const log = lines.map((line) => JSON.parse(line) as LogLine); // written by training/
  return {
    log: thin(log),
    groups: groupFigures(record),
    masks: await maskPictures(record, directory),
  };
}

/** Every n-th point of each seed's curve, and all that have a metric. */
export function thin(log: readonly LogLine[]): TrainingCurves["log"] {
  const lengths = new Map<string, number>();
  const keyOf = ({ seed, stage }: LogLine): string => `${seed} ${stage}`;
  for (const line of log) lengths.set(keyOf(line), (lengths.get(keyOf(line)) ?? 0) + 1);
  const seen = new Map<string, number>();
  return log.filter((line) => {
    const key = keyOf(line);
    const index = seen.get(key) ?? 0;
    seen.set(key, index + 1);
    const every = Math.ceil(lengths.get(key)! / CURVE_POINTS);
    return line.metric !== null || index % every === 0;
  }).map(({ seed, stage, step, loss, sparsity, metric }) => ({
    seed,
    stage,
    step,
    loss,
    sparsity,
    metric,
  }));
}

/** The accuracy of each sub-population over seeds. */
export function groupFigures({ dense, sparse }: TrainingRecord): TrainingCurves["groups"] {
  const [first] = dense;
  if (first === undefined) return [];
  return first.groups.map(({ by, bucket, count }) => {
    const values = (models: readonly SeedResult[]): number[] =>
      models.flatMap(({ groups }) =>
        groups.filter((group) => group.by === by && group.bucket === bucket)
          .map(({ accuracy }) => accuracy)
      );
    return { by, bucket, count, dense: figures(values(dense)), sparse: figures(values(sparse)) };
  });
}
