/**
 * Command `reproduce`: the whole walk, from a claim to its verdict.
 *
 * @module
 */
import { join, resolve } from "@std/path";
import { EnvironmentError, findComplete, sha256File } from "../core/mod.ts";
import { findRecipes, type ProfileName, profileOf, type Recipe } from "../recipes/mod.ts";
import { machineName, probeMachine, type Result, resultText } from "../results/mod.ts";
import { failedTolerance } from "../suites/mod.ts";
import { type Assembled, assembleResult } from "./assemble.ts";
import { readBenchRecord } from "./bench.ts";
import { type BenchPlan, planBench } from "./bench_plan.ts";
import type { Command, Input } from "./command.ts";
import { fileResult } from "./file_result.ts";
import { CACHE, RESULTS, runStage, SITE } from "./stages.ts";
import { summaryLines } from "./summary_lines.ts";
import type { Terminal } from "./terminal.ts";
import { threadCounts } from "./threads.ts";
import { readTrainingRecord, train } from "./train.ts";
import { planTraining, type TrainPlan } from "./train_plan.ts";
import { FETCHED } from "./training_inputs.ts";
import type { WeightFile } from "./weights.ts";

/** Reproduces a claim. */
export const reproduce: Command = {
  name: "reproduce",
  summary: "Trains, measures and judges a published claim, and writes the report.",
  operands: ["recipe, model or all"],
  options: [
    ...train.options.filter(({ name }) =>
      ["profile", "data", "seeds", "train-examples"].includes(name)
    ),
    { name: "threads", value: "N", count: true, summary: "threads (default: one, then all)" },
    { name: "filter", value: "TEXT", summary: "measure only cells whose id contains this" },
    { name: "thorough", summary: "more rounds: an hour instead of minutes" },
    { name: "fresh", summary: "measure again, even if nothing changed" },
    { name: "out", value: "DIR", summary: "folder of the report (default: reports/site)" },
    { name: "json", summary: "print the result document, and nothing else, on standard output" },
  ],
  notes: [
    "Exit codes: 0 done, 1 the claim failed its tolerance, 2 usage, 3 environment.",
    "Ctrl-C keeps what is finished; the same command goes on from there.",
  ],
  run: runReproduce,
};

async function runReproduce(input: Input, terminal: Terminal): Promise<number> {
  const recipes = await findRecipes(input.operands[0]!);
  const results: Result[] = [];
  let failed = false;
  for (const recipe of recipes) {
    const { result, verdict } = await reproduceOne(recipe, input, terminal);
    results.push(result);
    failed ||= failedTolerance(verdict);
  }
  if (input.has("json")) {
    const [only] = results;
    const text = results.length === 1 ? resultText(only!) : JSON.stringify(results, null, 2);
    terminal.print(text.trimEnd());
  }
  return failed ? 1 : 0;
}

async function reproduceOne(recipe: Recipe, input: Input, terminal: Terminal): Promise<Assembled> {
  const profile = (input.text("profile") ?? "quick") as ProfileName; // one of the choices
  const data = await resolveFolder(input.text("data"));
  await fetchStage(recipe, profile, data, terminal);
  const trainPlan = await planTraining({
    recipe,
    profile,
    data,
    seeds: input.count("seeds"),
    trainExamples: input.count("train-examples"),
  });
  const trainDirectory = await trainStage(trainPlan, terminal);
  const training = await readTrainingRecord(trainDirectory);
  const weights = await trainedWeights(trainPlan, trainDirectory);
  const threads = threadCounts(input.count("threads"), navigator.hardwareConcurrency);
  const benchPlan = await planBench({
    suite: "models",
    recipes: [recipe],
    weights: new Map(weights ? [[recipe.name, weights]] : []),
    threads,
    quick: !input.has("thorough"),
    data: null,
    filter: input.text("filter"),
  });
  const benchDirectory = await benchStage(benchPlan, recipe, weights, input, terminal);
  const assembled = await assembleResult({
    trainPlan,
    trainDirectory,
    training,
    benchPlan,
    bench: await readBenchRecord(benchDirectory),
    threads: threads[0]!,
    flags: Deno.args,
  });
  const machine = await probeMachine();
  const name = await machineName(machine.cpu);
  const { path, isNew } = await fileResult(RESULTS, name, assembled.result);
  terminal.progress.finish("result", isNew ? path : `${path} (nothing new)`);
  const out = resolve(input.text("out") ?? SITE);
  await runStage({ name: "report", args: ["--out", out], writes: [out] }, terminal);
  if (!input.has("json")) {
    const page = join(out, `${recipe.name}.html`);
    const summary = { recipe, ...assembled, threads: threads[0]!, machine, page };
    for (const line of summaryLines(summary, terminal)) terminal.print(line);
  }
  return assembled;
}

async function resolveFolder(path: string | null): Promise<string | null> {
  if (path === null) return null;
  try {
    return await Deno.realPath(path);
  } catch (cause) {
    throw new EnvironmentError(`Cannot use --data ${path}: there is no such folder`, { cause });
  }
}

async function fetchStage(
  recipe: Recipe,
  profile: ProfileName,
  data: string | null,
  terminal: Terminal,
): Promise<void> {
  const { name } = profileOf(recipe, profile).dataset;
  if (name.startsWith("synthetic-")) {
    terminal.progress.finish("fetch", `nothing to fetch: ${name} is generated`);
  } else if (data !== null) {
    terminal.progress.finish("fetch", `${name} from ${data}`);
  } else {
    await runStage({ name: "fetch", args: [recipe.name], writes: [FETCHED] }, terminal);
  }
}

/** Trains unless the entry is complete; gives its folder. */
async function trainStage(plan: TrainPlan, terminal: Terminal): Promise<string> {
  const before = await findComplete(CACHE, "train", plan.key);
  if (before !== null) {
    terminal.progress.finish("train", "done before, unchanged");
    return before.directory;
  }
  const { recipe, profile, data, seeds, trainExamples } = plan;
  const args = [
    recipe.name,
    ...["--profile", profile],
    ...data === null ? [] : ["--data", data],
    ...seeds === null ? [] : ["--seeds", `${seeds}`],
    ...trainExamples === null ? [] : ["--train-examples", `${trainExamples}`],
  ];
  await runStage({ name: "train", args }, terminal);
  return await completed("train", plan.key);
}

/** The sparse model of the first seed, if it is the full-size one. */
async function trainedWeights(plan: TrainPlan, directory: string): Promise<WeightFile | null> {
  if (plan.profile !== "published") return null;
  const path = join(directory, `sparse-${plan.seedList[0]}.safetensors`);
  return { path, sha256: await sha256File(path) };
}

/** Measures unless the entry is complete; gives its folder. */
async function benchStage(
  plan: BenchPlan,
  recipe: Recipe,
  weights: WeightFile | null,
  input: Input,
  terminal: Terminal,
): Promise<string> {
  const before = await findComplete(CACHE, "bench", plan.key);
  if (before !== null && !input.has("fresh")) {
    terminal.progress.finish("bench", "measured before, unchanged (--fresh measures again)");
    return before.directory;
  }
  const [threads, filter] = [input.count("threads"), input.text("filter")];
  const args = [
    plan.suite.id,
    "--stage",
    ...["--recipe", recipe.name],
    ...plan.quick ? ["--quick"] : [],
    ...threads === null ? [] : ["--threads", `${threads}`],
    ...filter === null ? [] : ["--filter", filter],
    ...weights === null ? [] : ["--weights", weights.path],
    ...input.has("fresh") ? ["--fresh"] : [],
  ];
  await runStage({ name: "bench", args }, terminal);
  return await completed("bench", plan.key);
}

/** The entry that a stage has just filled. */
async function completed(stage: string, key: string): Promise<string> {
  const entry = await findComplete(CACHE, stage, key);
  if (entry !== null) return entry.directory;
  throw new Error(
    `Cannot find what the stage ${stage} made: no complete entry ${key.slice(0, 8)} in ${CACHE}; ` +
      "were source files changed while it ran?",
  );
}
