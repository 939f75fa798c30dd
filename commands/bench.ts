/**
 * Command `bench`: runs a suite.
 *
 * @module
 */
import { openStage, readJson, type StageEntry, UsageError, writeAtomic } from "../core/mod.ts";
import { findRecipes } from "../recipes/mod.ts";
import {
  collectProvenance,
  hasNetworks,
  machineName,
  networksCsv,
  type Result,
  RESULT_FORMAT,
  resultText,
  writeResult,
} from "../results/mod.ts";
import {
  answerFiles,
  count,
  EXPERIMENTS,
  failedEngines,
  findExperiment,
  launchProcess,
  networkDeviations,
  outcomeOf,
  refuseJob,
  runSuite,
  type SuiteOutcome,
  SUITES,
} from "../suites/mod.ts";
import { benchExperiment } from "./bench_experiment.ts";
import { BENCH_SEED, type BenchPlan, planBench } from "./bench_plan.ts";
import { comparisonLines } from "./comparison_lines.ts";
import type { Command, Input } from "./command.ts";
import { kernelLines } from "./kernel_lines.ts";
import { layerLines } from "./layer_lines.ts";
import { goalLines, networkLines } from "./network_lines.ts";
import { duration } from "./progress.ts";
import { CACHE, RESULTS, ROOT } from "./stages.ts";
import type { Terminal } from "./terminal.ts";
import { threadCounts } from "./threads.ts";
import { weightsOf } from "./weights.ts";

/** Name of the file with what a run found. */
export const OUTCOME_FILE = "outcome.json";

/** What a finished run leaves in its cache entry. */
export interface BenchRecord extends SuiteOutcome {
  /** When measuring began, UTC. */
  readonly startedAt: string;
}

/** Runs a suite. */
export const bench: Command = {
  name: "bench",
  summary: "Runs a suite and files the result.",
  operands: ["suite"],
  options: [
    { name: "filter", value: "TEXT", summary: "only cells whose id, tag or engines contain this" },
    { name: "threads", value: "N", count: true, summary: "threads (default: one, then all)" },
    { name: "quick", summary: "fewer rounds: minutes instead of an hour" },
    { name: "data", value: "DIR", summary: "published data, for suites that use some" },
    {
      name: "profile-layers",
      summary: "where the time goes: every layer of our engines on whole networks",
    },
    {
      name: "csv",
      value: "FILE",
      summary: "write the grid of networks, or an experiment's figures, as CSV too",
    },
    { name: "fresh", summary: "forget what an interrupted run measured" },
    { name: "json", summary: "print the result document" },
    { name: "recipe", value: "NAME", summary: "only this recipe's network", hidden: true },
    { name: "weights", value: "FILE", summary: "trained weights of that recipe", hidden: true },
    { name: "stage", summary: "fill the cache entry, file no result", hidden: true },
  ],
  notes: [
    "Parts of a filter joined by commas must all fit: --filter resnet50,batch=1,native.",
    "Exit code 1 if an engine that is there refused a network or computed it wrongly.",
    "",
    "suites:",
    ...SUITES.map(({ id, summary }) => `  ${id.padEnd(17)}${summary}`),
    "",
    "experiments, which train; generated digits, or MNIST with --data:",
    ...EXPERIMENTS.map(({ id, summary }) => `  ${id.padEnd(17)}${summary}`),
  ],
  run: runBench,
};

async function runBench(input: Input, terminal: Terminal): Promise<number> {
  const experiment = findExperiment(input.operands[0]!);
  if (experiment !== null) return await benchExperiment(experiment, input, terminal);
  const recipe = input.text("recipe");
  const plan = await planBench({
    suite: input.operands[0]!,
    recipes: await findRecipes(recipe ?? "all"),
    recipesOnly: recipe !== null,
    weights: await weightsOf(recipe, input.text("weights")),
    threads: threadCounts(input.count("threads"), navigator.hardwareConcurrency),
    quick: input.has("quick"),
    data: input.text("data"),
    filter: input.text("filter"),
    profilesLayers: input.has("profile-layers"),
  });
  const stage = input.has("stage");
  using entry = await openEntry(plan, input.has("fresh"), stage, terminal);
  const record = entry.found === "complete"
    ? await readBenchRecord(entry.directory)
    : await measureInto(entry, plan, terminal);
  if (stage) return 0;
  await fileResult(record, plan, input, terminal);
  return failedEngines(record).length === 0 ? 0 : 1;
}

/** Asked for by hand, a suite is measured anew; only what an interrupted run left is gone on with. */
async function openEntry(
  plan: BenchPlan,
  fresh: boolean,
  stage: boolean,
  terminal: Terminal,
): Promise<StageEntry> {
  const options = {
    signal: terminal.signal,
    onWait: (holder: string) => terminal.say(`waiting for ${holder}, which measures the same`),
  };
  const entry = await openStage(CACHE, "bench", plan.key, { ...options, fresh });
  if (entry.discarded !== null && !fresh) terminal.say(`measuring again: ${entry.discarded}`);
  if (entry.found !== "complete" || stage) return entry;
  entry[Symbol.dispose]();
  return await openStage(CACHE, "bench", plan.key, { ...options, fresh: true });
}

/** Reads what a finished run left. */
export async function readBenchRecord(directory: string): Promise<BenchRecord> {
  return await readJson(`${directory}/${OUTCOME_FILE}`) as BenchRecord; // checked by the entry's hashes
}

async function measureInto(
  entry: StageEntry,
  plan: BenchPlan,
  terminal: Terminal,
): Promise<BenchRecord> {
  const started = new Date();
  const groups = await runSuite(plan.cells, {
    effort: plan.effort,
    launch: launchProcess,
    store: answerFiles(entry.path("answers")),
    seed: BENCH_SEED,
    signal: terminal.signal,
    profilesLayers: plan.profilesLayers,
    preflight: refuseJob,
    onProgress: (done, total, detail) =>
      terminal.progress.show({ stage: "bench", done, total, detail }),
  });
  const record = { startedAt: started.toISOString(), ...outcomeOf(groups) };
  await writeAtomic(entry.path(OUTCOME_FILE), JSON.stringify(record));
  await entry.finish();
  const took = duration(Date.now() - started.getTime());
  const cells = count(plan.cells.length, "cell");
  terminal.progress.finish("bench", `${plan.suite.id}: ${cells} measured in ${took}`);
  return record;
}

async function fileResult(
  { startedAt, ...outcome }: BenchRecord,
  plan: BenchPlan,
  input: Input,
  terminal: Terminal,
): Promise<void> {
  const result: Result = {
    format: RESULT_FORMAT,
    suite: plan.suite.id,
    recipe: null,
    profile: input.has("quick") ? "quick" : null,
    startedAt,
    verdict: null,
    accuracy: null,
    sparsity: null,
    training: null,
    ...outcome,
    ...plan.suite.storage && { storage: plan.suite.storage().map((row) => ({ ...row })) },
    deviations: networkDeviations(plan.cells),
    provenance: await collectProvenance({
      root: ROOT,
      flags: Deno.args,
      seeds: [BENCH_SEED],
      protocol: { ...plan.effort, seed: BENCH_SEED },
    }),
  };
  const path = await writeResult(RESULTS, await machineName(), result);
  if (input.has("json")) terminal.print(resultText(result).trimEnd());
  else {
    const lines = [
      ...comparisonLines(result, terminal),
      ...kernelLines(result),
      ...networkLines(result),
      ...goalLines(result),
      ...layerLines(result),
    ];
    for (const line of lines) terminal.print(line);
  }
  terminal.progress.finish("result", path);
  const csv = input.text("csv");
  if (csv !== null) await writeCsv(result, csv, terminal);
}

async function writeCsv(result: Result, path: string, { progress }: Terminal): Promise<void> {
  if (!hasNetworks(result)) {
    throw new UsageError(`Cannot write ${path}: suite ${result.suite} has no networks to list`, {
      remedy: "deno task bench batch-sweep --csv FILE",
    });
  }
  await writeAtomic(path, networksCsv([result]));
  progress.finish("csv", path);
}
