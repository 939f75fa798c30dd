/**
 * Runs an experiment: trains what has not been trained before, and files what came of it.
 *
 * @module
 */
import { openStage, type StageEntry, UsageError, writeAtomic } from "../core/mod.ts";
import { openPlanes } from "../datasets/mod.ts";
import { type ProfileName, profileOf } from "../recipes/mod.ts";
import {
  collectProvenance,
  experimentCsv,
  machineName,
  type Result,
  RESULT_FORMAT,
  resultText,
  writeResult,
} from "../results/mod.ts";
import { count, type TrainingExperiment, type Variant } from "../suites/mod.ts";
import { assembleRecord, type TrainingRecord } from "../training/mod.ts";
import type { Input } from "./command.ts";
import { takeEarlierSeeds } from "./earlier_seeds.ts";
import { experimentLines } from "./experiment_lines.ts";
import {
  type ExampleClasses,
  experimentSection,
  type FinishedVariant,
} from "./experiment_result.ts";
import { duration } from "./progress.ts";
import { CACHE, RESULTS, ROOT } from "./stages.ts";
import type { Terminal } from "./terminal.ts";
import { readTrainingRecord, trainOptions } from "./train.ts";
import { type TrainJob, trainJobs } from "./train_jobs.ts";
import { planTraining, type TrainPlan } from "./train_plan.ts";
import { FETCHED } from "./training_inputs.ts";
import { trainingSection } from "./training_section.ts";

/** A training of an experiment with its cache entry. */
interface Training {
  readonly variant: Variant;
  readonly plan: TrainPlan;
  readonly entry: StageEntry;
}

/** Where an experiment keeps what it makes, and how it trains; tests have their own. */
export interface ExperimentPlaces {
  /** Root of the stage cache. */
  readonly cache?: string;
  /** Folder of all results. */
  readonly results?: string;
  /** Trains seeds into their cache entries. */
  readonly train?: (jobs: readonly TrainJob[], terminal: Terminal) => Promise<void>;
}

/**
 * Trains all variants with all seeds, files the result and prints it.
 *
 * @throws {UsageError} If the filter leaves no training.
 * @throws {StageFailure} If a training fails; what is finished is kept.
 */
export async function benchExperiment(
  experiment: TrainingExperiment,
  input: Input,
  terminal: Terminal,
  { cache = CACHE, results = RESULTS, train = trainJobs }: ExperimentPlaces = {},
): Promise<number> {
  const started = new Date();
  const data = input.text("data");
  const profile: ProfileName = data === null ? "quick" : "scratch";
  const seeds = input.has("quick") ? experiment.seeds.quick : experiment.seeds.full;
  using held = new DisposableStack();
  const trainings: Training[] = [];
  for (const variant of chosen(experiment, input.text("filter"))) {
    const { recipe } = variant;
    const plan = await planTraining({ recipe, profile, data, seeds, trainExamples: null });
    const entry = held.use(
      await openStage(cache, "train", plan.key, {
        fresh: input.has("fresh"),
        signal: terminal.signal,
        onWait: (holder) => terminal.say(`waiting for ${holder}, which trains the same`),
      }),
    );
    if (entry.found !== "complete" && !input.has("fresh")) {
      await takeEarlierSeeds(plan, entry.directory, cache);
    }
    trainings.push({ variant, plan, entry });
  }
  await trainMissing(trainings, terminal, train);
  const finished: FinishedVariant[] = [];
  for (const { variant, entry } of trainings) {
    finished.push({ variant, record: await readTrainingRecord(entry.directory) });
  }
  const result = await resultOf(experiment, trainings, finished, started);
  const path = await writeResult(results, await machineName(), result);
  if (input.has("json")) terminal.print(resultText(result).trimEnd());
  else for (const line of experimentLines(result)) terminal.print(line);
  terminal.progress.finish("result", path);
  const csv = input.text("csv");
  if (csv !== null) {
    await writeAtomic(csv, experimentCsv([result]));
    terminal.progress.finish("csv", csv);
  }
  return 0;
}

/** Variants whose name contains a filter; dense ones stay, since others are compared with them. */
function chosen({ id, variants }: TrainingExperiment, filter: string | null): readonly Variant[] {
  if (filter === null) return variants;
  const fits = ({ recipe }: Variant): boolean => recipe.name.includes(filter);
  if (!variants.some(fits)) {
    throw new UsageError(
      `Cannot run ${id}: no training contains "${filter}", expected a part of e.g. "${
        variants.at(-1)!.recipe.name
      }"`,
      { remedy: `deno task bench ${id}` },
    );
  }
  return variants.filter((variant) => fits(variant) || variant.recipe.sparsity.target === 0);
}

async function trainMissing(
  trainings: readonly Training[],
  terminal: Terminal,
  train: NonNullable<ExperimentPlaces["train"]>,
): Promise<void> {
  const missing = trainings.filter(({ entry }) => entry.found !== "complete");
  const started = Date.now();
  const jobs = missing.flatMap(({ plan, entry }): TrainJob[] =>
    plan.seedList.map((seed) => ({ plan, seed, directory: entry.directory }))
  );
  // A seed at a time of every training, so that an interrupted run leaves whole seeds.
  await train(jobs.toSorted((a, b) => a.seed - b.seed), terminal);
  for (const { plan, entry } of missing) {
    await assembleRecord(plan.recipe, plan.profile, plan.task, plan.seedList, {
      directory: entry.directory,
      ...await trainOptions(plan, plan.seedList[0]!),
    });
    await entry.finish();
  }
  const before = trainings.length - missing.length;
  const note = missing.length === 0
    ? "done before, unchanged"
    : `${count(jobs.length, "seed")} of ${count(missing.length, "network")} in ${
      duration(Date.now() - started)
    }${before === 0 ? "" : `, ${before} done before`}`;
  terminal.progress.finish("train", note);
}

async function resultOf(
  experiment: TrainingExperiment,
  trainings: readonly Training[],
  finished: readonly FinishedVariant[],
  started: Date,
): Promise<Result> {
  const [first, last] = [trainings[0]!, trainings.at(-1)!];
  const { plan } = first;
  const { batch } = profileOf(plan.recipe, plan.profile).prune;
  const stepsPerEpoch = Math.floor(plan.task.counts.train / batch);
  const schedule = experiment.schedule?.(
    plan.profile === "quick" ? "quick" : "scratch",
    stepsPerEpoch,
  );
  const records = finished.map(({ record }) => record);
  return {
    format: RESULT_FORMAT,
    suite: experiment.id,
    recipe: null,
    profile: plan.profile,
    startedAt: started.toISOString(),
    verdict: null,
    accuracy: null,
    sparsity: null,
    training: experiment.keepsCurves
      ? await trainingSection(finished.at(-1)!.record, last.entry.directory)
      : null,
    comparisons: [],
    measurements: [],
    experiment: experimentSection(experiment, finished, await classesOf(plan), schedule),
    dispatch: [],
    warnings: [],
    deviations: deviationsOf(records, plan.profile),
    provenance: await collectProvenance({
      root: ROOT,
      flags: Deno.args,
      seeds: plan.seedList,
      protocol: {
        dataset: records[0]!.dataset,
        trainings: trainings.map(({ plan: { recipe, profile } }) => ({
          name: recipe.name,
          model: recipe.model,
          sparsity: recipe.sparsity,
          profile: profileOf(recipe, profile),
        })),
      },
    }),
  };
}

/** Classes of the evaluation examples, which are the same for all trainings. */
async function classesOf({ recipe, profile, data }: TrainPlan): Promise<ExampleClasses> {
  const { dataset } = profileOf(recipe, profile);
  const { name } = dataset;
  if (name !== "mnist" && name !== "synthetic-digits") {
    throw new RangeError(`Cannot name the classes of ${name}: expected images of digits`);
  }
  const { classes, dev } = await openPlanes({ ...dataset, name }, data ?? FETCHED);
  return { classes, labels: dev.labels };
}

/** What differs from the documents, each once. */
function deviationsOf(records: readonly TrainingRecord[], profile: ProfileName): string[] {
  const data = profile === "quick" ? ["data: generated digits instead of MNIST"] : [];
  return [
    ...new Set([
      "networks: small ones of our own; the documents do not say how theirs were trained",
      ...data,
      ...records.flatMap(({ deviations }) => deviations),
    ]),
  ];
}
