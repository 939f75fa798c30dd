/**
 * One recipe from its claim to its verdict: fetch, train, bench, report; or, where it does not train, bench and report.
 *
 * @module
 */
import { join, resolve } from "@std/path";
import { EnvironmentError, findComplete, sha256File } from "../core/mod.ts";
import { canTrain, type ProfileName, profileOf, type Recipe } from "../recipes/mod.ts";
import { machineName, probeMachine } from "../results/mod.ts";
import { count, networkOf, type NetworkProof, percent, proveNetwork } from "../suites/mod.ts";
import { type Assembled, assembleResult, type Trained } from "./assemble.ts";
import { readBenchRecord } from "./bench.ts";
import { type BenchPlan, planBench } from "./bench_plan.ts";
import type { Input } from "./command.ts";
import { fileResult } from "./file_result.ts";
import { CACHE, RESULTS, runStage, SITE } from "./stages.ts";
import { summaryLines } from "./summary_lines.ts";
import type { Terminal } from "./terminal.ts";
import { threadCounts } from "./threads.ts";
import { readTrainingRecord } from "./train.ts";
import { planTraining, type TrainPlan, trainsFullSize } from "./train_plan.ts";
import { FETCHED } from "./training_inputs.ts";
import type { WeightFile } from "./weights.ts";

/** Runs the stages of a recipe, files the result, writes its page and prints the summary. */
export async function reproduceRecipe(
  recipe: Recipe,
  input: Input,
  terminal: Terminal,
): Promise<Assembled> {
  const profile = (input.text("profile") ?? "quick") as ProfileName; // one of the choices
  const trained = await trainRecipe(recipe, profile, input, terminal);
  const file = trained && await trainedWeights(trained.plan, trained.directory);
  const threads = threadCounts(input.count("threads"), navigator.hardwareConcurrency);
  const benchPlan = await planBench({
    suite: "models",
    recipes: [recipe],
    recipesOnly: true,
    weights: new Map(file ? [[recipe.name, file]] : []),
    threads,
    quick: !input.has("thorough"),
    data: null,
    filter: input.text("filter"),
  });
  const benchDirectory = await benchStage(benchPlan, recipe, file, input, terminal);
  const assembled = await assembleResult({
    recipe,
    weights: trained ?? await proveDrawn(recipe, terminal),
    benchPlan,
    bench: await readBenchRecord(benchDirectory),
    threads: threads[0]!,
    flags: Deno.args,
  });
  await report(recipe, assembled, threads[0]!, input, terminal);
  return assembled;
}

async function report(
  recipe: Recipe,
  assembled: Assembled,
  threads: number,
  input: Input,
  terminal: Terminal,
): Promise<void> {
  const machine = await probeMachine();
  const name = await machineName(machine.cpu);
  const { path, isNew } = await fileResult(RESULTS, name, assembled.result);
  terminal.progress.finish("result", isNew ? path : `${path} (nothing new)`);
  const out = resolve(input.text("out") ?? SITE);
  await runStage({ name: "report", args: ["--out", out], writes: [out] }, terminal);
  if (input.has("json")) return;
  const page = join(out, `${recipe.name}.html`);
  for (const line of summaryLines({ recipe, ...assembled, threads, machine, page }, terminal)) {
    terminal.print(line);
  }
}

/** Proves that the drawn weights, which are those that were timed, form the claim's pattern. */
async function proveDrawn(recipe: Recipe, terminal: Terminal): Promise<NetworkProof> {
  const proof = await proveNetwork(networkOf(recipe));
  const proved = proof.layers.filter((layer) => layer.proved).length;
  terminal.progress.finish(
    "pattern",
    `${recipe.sparsity.pattern} at ${percent(proof.measured)} proved in ${proved} of ${
      count(proof.layers.length, "layer")
    }`,
  );
  return proof;
}

/** Fetches and trains; `null` where the recipe does not train in this profile. */
async function trainRecipe(
  recipe: Recipe,
  profile: ProfileName,
  input: Input,
  terminal: Terminal,
): Promise<Trained | null> {
  if (!canTrain(recipe, profile)) {
    terminal.progress.finish("train", `not possible yet: ${recipe.missing}`);
    return null;
  }
  const data = await resolveFolder(input.text("data"));
  await fetchStage(recipe, profile, data, terminal);
  const plan = await planTraining({
    recipe,
    profile,
    data,
    seeds: input.count("seeds"),
    trainExamples: input.count("train-examples"),
  });
  const directory = await trainStage(plan, terminal);
  return { plan, directory, record: await readTrainingRecord(directory) };
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
  if (!trainsFullSize(plan)) return null;
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
