/**
 * Experiments as CSV: the raw figures of every network and seed, for spreadsheets and other programs.
 *
 * @module
 */
import { stringify } from "@std/csv";
import { correctOf, type ModelRun, type TrainedModel } from "./experiment.ts";
import type { Result } from "./result.ts";

const COLUMNS = [
  "suite",
  "profile",
  "startedAt",
  "data",
  "model",
  "series",
  "kind",
  "network",
  "pattern",
  "target",
  "width",
  "parameters",
  "nonZeros",
  "seed",
  "sparsity",
  "quantity",
  "value",
] as const;

type Row = Readonly<Record<(typeof COLUMNS)[number], string | number | null>>;

/** One line for each figure of each run: the metric, that of each part of the examples, and that under each noise. */
export function experimentCsv(results: readonly Result[]): string {
  const rows = results.flatMap((result) =>
    (result.experiment?.models ?? []).flatMap((model) =>
      model.runs.flatMap((run) => rowsOf(result, model, run))
    )
  );
  return stringify(rows, { columns: [...COLUMNS] });
}

function rowsOf(result: Result, model: TrainedModel, run: ModelRun): Row[] {
  const { suite, profile, startedAt, experiment } = result;
  const { data } = experiment!; // its models are being listed
  const { id, series, kind, network, pattern, target, width, parameters, nonZeros } = model;
  const quantities: readonly (readonly [string, number])[] = [
    [data.metric, run.metric],
    ...run.noise.map(({ level, metric }) => [`${data.metric} at noise ${level}`, metric] as const),
    ...run.groups.map(({ by, bucket, metric }) => [`${by}: ${bucket}`, metric] as const),
  ];
  return quantities.map(([quantity, value]) => ({
    ...{ suite, profile, startedAt, data: data.name, model: id, series, kind, network, pattern },
    ...{ target, width, parameters, nonZeros, seed: run.seed, sparsity: run.sparsity },
    ...{ quantity, value },
  }));
}

/** One line for each evaluation example: its class, and how many networks of each kind are right about it. */
export function examplesCsv({ experiment }: Pick<Result, "experiment">): string {
  if (experiment === undefined) return "";
  const { data, models } = experiment;
  const labels = data.labels === null ? null : Uint8Array.fromBase64(data.labels);
  const counted = models.map(({ id, runs }) => ({
    id,
    correct: runs.flatMap((run) => correctOf(run, data.dev) ?? []),
  })).filter(({ correct }) => correct.length > 0);
  const rows = Array.from({ length: data.dev }, (_, example) => ({
    example,
    class: labels === null ? "" : data.classes[labels[example]!] ?? labels[example]!,
    ...Object.fromEntries(
      counted.map(({ id, correct }) => [
        `${id}: right of ${correct.length}`,
        correct.reduce((sum, bits) => sum + bits[example]!, 0),
      ]),
    ),
  }));
  const columns = [
    "example",
    "class",
    ...counted.map(({ id, correct }) => `${id}: right of ${correct.length}`),
  ];
  return counted.length === 0 ? "" : stringify(rows, { columns });
}
