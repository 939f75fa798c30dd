/**
 * Command `train`: dense fine-tuning and pruning of a recipe, one process a seed.
 *
 * @module
 */
import { join } from "@std/path";
import { openStage, readJson, type StageEntry } from "../core/mod.ts";
import {
  denseModel,
  findRecipe,
  PROFILE_NAMES,
  type ProfileName,
  profileOf,
} from "../recipes/mod.ts";
import { count, findTrainingRecipe, percent } from "../suites/mod.ts";
import {
  assembleRecord,
  courseOf,
  type Parameters,
  type TrainingRecord,
  trainSeed,
} from "../training/mod.ts";
import type { Command, Input } from "./command.ts";
import { takeEarlierSeeds } from "./earlier_seeds.ts";
import { duration } from "./progress.ts";
import { CACHE } from "./stages.ts";
import type { Terminal } from "./terminal.ts";
import { trainJobs } from "./train_jobs.ts";
import { openSeedTask, planTraining, type TrainPlan } from "./train_plan.ts";
import { FETCHED, readInitial } from "./training_inputs.ts";

/** Trains a recipe. */
export const train: Command = {
  name: "train",
  summary: "Trains a recipe's dense and sparse models, one process a seed.",
  operands: ["recipe"],
  options: [
    {
      name: "profile",
      value: "NAME",
      choices: PROFILE_NAMES,
      summary: "generated data and a scaled model (default), as published, or from scratch",
    },
    { name: "data", value: "DIR", summary: "folder of published data sets and checkpoints" },
    { name: "seeds", value: "N", count: true, summary: "trainings (default: the recipe's)" },
    { name: "train-examples", value: "N", count: true, summary: "use at most N examples" },
    { name: "fresh", summary: "train again, even if nothing changed" },
    { name: "json", summary: "print the training's record" },
    { name: "seed", value: "N", count: true, summary: "only this seed", hidden: true },
    { name: "entry", value: "DIR", summary: "write there", hidden: true },
    { name: "threads", value: "N", count: true, summary: "of this seed", hidden: true },
  ],
  run: runTrain,
};

async function runTrain(input: Input, terminal: Terminal): Promise<number> {
  const plan = await planTraining({
    recipe: findTrainingRecipe(input.operands[0]!) ?? await findRecipe(input.operands[0]!),
    profile: (input.text("profile") ?? "quick") as ProfileName, // one of the choices
    data: input.text("data"),
    seeds: input.count("seeds"),
    trainExamples: input.count("train-examples"),
  });
  const directory = input.text("entry");
  if (directory !== null) {
    await trainOne(plan, input.count("seed")!, directory, input.count("threads")!, terminal);
    return 0;
  }
  using entry = await openStage(CACHE, "train", plan.key, {
    fresh: input.has("fresh"),
    signal: terminal.signal,
    onWait: (holder) => terminal.say(`waiting for ${holder}, which trains the same`),
  });
  if (entry.discarded !== null) terminal.say(`training again: ${entry.discarded}`);
  const record = entry.found === "complete"
    ? await readTrainingRecord(entry.directory)
    : await trainAll(plan, entry, terminal, input.has("fresh"));
  if (input.has("json")) terminal.print(JSON.stringify(record, null, 2));
  else if (entry.found === "complete") terminal.progress.finish("train", "done before, unchanged");
  return 0;
}

/** Reads the record of a finished training. */
export async function readTrainingRecord(directory: string): Promise<TrainingRecord> {
  return await readJson(join(directory, "record.json")) as TrainingRecord; // checked by the entry's hashes
}

/** Seeds side by side, as many as there are cores. */
async function trainAll(
  plan: TrainPlan,
  entry: StageEntry,
  terminal: Terminal,
  fresh: boolean,
): Promise<TrainingRecord> {
  const started = Date.now();
  const taken = fresh ? [] : await takeEarlierSeeds(plan, entry.directory, CACHE);
  const options = await trainOptions(plan, plan.seedList[0]!);
  for (const note of startNotes(plan, options)) terminal.say(note);
  const jobs = plan.seedList.map((seed) => ({ plan, seed, directory: entry.directory }));
  await trainJobs(jobs, terminal);
  const record = await assembleRecord(plan.recipe, plan.profile, plan.task, plan.seedList, {
    directory: entry.directory,
    ...options,
  });
  await entry.finish();
  const took = duration(Date.now() - started);
  const before = taken.length === 0 ? "" : `, ${taken.length} trained before`;
  const note = `${count(plan.seedList.length, "seed")} in ${took}${before}; ${describe(record)}`;
  terminal.progress.finish("train", note);
  for (const skipped of record.leftOut ?? []) terminal.progress.finish("left out", skipped);
  return record;
}

/** What is to be known of the weights that a training starts from before it takes its time. */
export function startNotes(
  { recipe, profile, data, initial }: Pick<TrainPlan, "recipe" | "profile" | "data" | "initial">,
  { deviations }: Pick<Awaited<ReturnType<typeof trainOptions>>, "deviations">,
): readonly string[] {
  const { init = "scratch" } = denseModel(recipe, profile);
  if (init !== "scratch" && initial === null) {
    return [
      `init: there is no ${
        join(data ?? FETCHED, init.file)
      }; weights are drawn at random, unlike ` +
      "the recipe's",
    ];
  }
  return deviations.filter((text) => text.startsWith("init: "));
}

function describe({ dense, sparse, sparsity, metric }: TrainingRecord): string {
  const best = (models: TrainingRecord["dense"]): string =>
    percent(models.reduce((sum, { last }) => sum + last, 0) / models.length);
  return `${metric} ${best(dense)} dense, ${best(sparse)} at ${percent(sparsity)} zeros`;
}

async function trainOne(
  plan: TrainPlan,
  seed: number,
  directory: string,
  threads: number,
  { progress, signal }: Terminal,
): Promise<void> {
  const { recipe, profile } = plan;
  const { dense, prune } = profileOf(recipe, profile);
  using opened = await openSeedTask(plan, seed);
  const { facts, counts } = opened.task;
  const examples = { name: facts.name, count: counts.train };
  const steps = [dense, prune].map((training) => courseOf(examples, training).steps);
  const total = steps[0]! + steps[1]!;
  await trainSeed(recipe, profile, opened.task, seed, {
    directory,
    threads,
    ...await trainOptions(plan, seed),
    signal,
    onProgress: ({ stage, step, loss, sparsity, msPerStep }) =>
      progress.show({
        stage: "train",
        done: step + (stage === "sparse" ? steps[0]! : 0),
        total,
        detail: `seed ${seed} ${stage} loss ${loss.toFixed(3)}` +
          `${stage === "sparse" ? ` ${percent(sparsity, 0)} zeros` : ""}, ${
            msPerStep.toFixed(0)
          } ms a step`,
      }),
  });
  progress.finish("train", `seed ${seed}`);
}

/** What both the seeds' processes and the record need. */
export async function trainOptions(plan: TrainPlan, seed: number): Promise<{
  readonly initial?: Parameters;
  readonly deviations: readonly string[];
}> {
  const { recipe, profile, seedList, initial } = plan;
  const asked = profileOf(recipe, profile).seeds;
  const fewer = seedList.length < asked ? [`seeds: ${seedList.length} instead of ${asked}`] : [];
  if (initial === null) return { deviations: fewer };
  const read = await readInitial(recipe, profile, initial, seed);
  return { initial: read.initial, deviations: [...fewer, ...read.deviations] };
}
