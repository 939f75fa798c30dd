/**
 * The training of one seed: dense fine-tuning, then pruning, each left in the cache entry when it is done.
 *
 * Files: `log-<seed>.jsonl` as it goes, `checkpoint-<seed>.safetensors` until the seed is done, `dense-<seed>.safetensors` and
 * `dense-<seed>.json` after the first stage, `sparse-<seed>.safetensors` and `seed-<seed>.json` at the end.
 *
 * @module
 */
import { createRandom, hashOf, maskOf, parsePattern, proveMask, writeAtomic } from "../core/mod.ts";
import { type Floats, openTraining, type TrainingTfjs } from "../engines/tfjs/mod.ts";
import type { Dataset } from "../datasets/mod.ts";
import {
  type BertConfig,
  type BertParameters,
  initialiseBert,
  readSafetensors,
  writeSafetensors,
} from "../models/mod.ts";
import { type ProfileName, profileOf, pruningRuleOf, type Recipe } from "../recipes/mod.ts";
import { loadCheckpoint } from "./checkpoint.ts";
import { configOf } from "./config.ts";
import { chooseLayers, type Layer } from "./layers.ts";
import { appendLog, bestOf } from "./log.ts";
import { createNetwork, graphOf, type Network, trainedParameters, viewOf } from "./network.ts";
import { createPruner } from "./create_pruner.ts";
import { skipSettledZeros } from "./settled_pruner.ts";
import { pathsOf, readRecord, removeIfPresent, type SeedPaths } from "./seed_files.ts";
import type { LogLine, SeedRecord, SeedResult, TrainingRecord } from "./record.ts";
import { runStage, type Stage, type StageOutcome, type TrainProgress } from "./stage.ts";
import { stepsOf } from "./steps.ts";
import { createTeacher } from "./teacher.ts";

/** How to train. */
export interface TrainOptions {
  /** The cache entry; exists and is locked by the caller. */
  readonly directory: string;
  /** Weights to start from, e.g. a published checkpoint; absent = drawn from the seed. */
  readonly initial?: BertParameters;
  /** What the caller changed, in words. */
  readonly deviations?: readonly string[];
  /** Time between checkpoints in milliseconds; default 120,000. */
  readonly checkpointMs?: number;
  /** Called a few hundred times for each stage. */
  readonly onProgress?: (progress: TrainProgress) => void;
  /** Ends the training after the step in work, with a checkpoint. */
  readonly signal?: AbortSignal;
}

/** What the stages of a seed share. */
interface Job {
  readonly recipe: Recipe;
  readonly profile: ProfileName;
  readonly dataset: Dataset;
  readonly seed: number;
  readonly options: TrainOptions;
  readonly config: BertConfig;
  readonly paths: SeedPaths;
  readonly key: string;
  readonly machine: TrainingTfjs;
}

/** The dense stage's result on disk. */
interface DenseRecord {
  readonly key: string;
  readonly result: SeedResult;
  readonly log: readonly LogLine[];
  readonly wallMs: number;
}

/**
 * Trains one seed, or goes on where an earlier call was interrupted. Seeds are independent: run them as processes of their own.
 *
 * @throws {RangeError} If the loss is no longer finite, no layer can be pruned, or sizes do not fit together.
 * @throws {EnvironmentError} If a file cannot be written.
 */
export async function trainSeed(
  recipe: Recipe,
  profile: ProfileName,
  dataset: Dataset,
  seed: number,
  options: TrainOptions,
): Promise<SeedRecord> {
  const config = configOf(recipe, profile, dataset);
  const key = hashOf({
    recipe: { ...profileOf(recipe, profile), sparsity: recipe.sparsity },
    config: { ...config },
    seed,
    origin: dataset.origin,
    counts: [dataset.train.count, dataset.dev.count],
  });
  const paths = pathsOf(options.directory, seed);
  const done = await readRecord<SeedRecord & { key: string }>(paths.record, key);
  if (done) return done;
  using machine = await openTraining();
  const job: Job = { recipe, profile, dataset, seed, options, config, paths, key, machine };
  const dense = await readRecord<DenseRecord>(paths.denseRecord, key) ?? await trainDense(job);
  const record = await trainSparse(job, dense);
  await writeAtomic(paths.record, JSON.stringify({ ...record, key }) + "\n");
  for (const path of [paths.checkpoint, paths.denseRecord]) await removeIfPresent(path);
  return record;
}

async function trainDense(job: Job): Promise<DenseRecord> {
  const { recipe, profile, config, seed, options, machine, paths, key } = job;
  const initial = options.initial ?? initialiseBert(config, createRandom(`seed ${seed} weights`));
  using network = createNetwork(machine, config, initial);
  const checkpoint = await loadCheckpoint(paths.checkpoint, key);
  const stage: Stage = {
    ...common(job, network),
    name: "dense",
    training: profileOf(recipe, profile).dense,
    pruner: null,
    teacher: null,
    before: { log: [], wallMs: 0 },
    checkpoint: checkpoint?.progress.stage === "dense" ? checkpoint : null,
  };
  await resetLog(stage);
  const outcome = await runStage(stage);
  await writeSafetensors(paths.dense, trainedParameters(network));
  const record = {
    key,
    result: resultOf(seed, outcome),
    log: outcome.log,
    wallMs: outcome.wallMs,
  };
  await writeAtomic(paths.denseRecord, JSON.stringify(record) + "\n");
  return record;
}

async function trainSparse(job: Job, dense: DenseRecord): Promise<SeedRecord> {
  const { recipe, profile, dataset, config, seed, machine, paths, key } = job;
  const { prune } = profileOf(recipe, profile);
  const parameters = (await readSafetensors(paths.dense)).tensors as BertParameters; // written by trainDense
  const { pruned, skipped } = chooseLayers(graphOf(config, 1, 8, parameters), recipe.sparsity);
  using network = createNetwork(machine, config, parameters);
  const slots = new Map(network.slots.map((slot) => [slot.name, slot]));
  const masking = createPruner(
    pruned,
    {
      weights: (name) => viewOf(network, slots.get(name)!.weights),
      states(name): Floats[] {
        const { first, second } = slots.get(name)!;
        return [viewOf(network, first), viewOf(network, second)];
      },
    },
    machine.loops,
    {
      sparsity: pruningRuleOf(recipe),
      plan: prune,
      stepsPerEpoch: stepsOf(dataset, prune).perEpoch,
      label: `seed ${seed} sparse`,
      from: "dense",
    },
  );
  using pruner = skipSettledZeros(masking, {
    machine,
    tensorOf: (name) => slots.get(name)!.weights,
    clips: prune.clipNorm !== undefined,
  });
  const weights = prune.distillation;
  using taught = weights ? createNetwork(machine, config, parameters) : null;
  const teacher = weights && taught
    ? { teacher: createTeacher(taught, dataset.train), weights }
    : null;
  const checkpoint = await loadCheckpoint(paths.checkpoint, key);
  const stage: Stage = {
    ...common(job, network),
    name: "sparse",
    training: prune,
    pruner,
    teacher,
    before: { log: dense.log, wallMs: dense.wallMs },
    checkpoint: checkpoint?.progress.stage === "sparse" ? checkpoint : null,
  };
  await resetLog(stage);
  const outcome = await runStage(stage);
  await writeSafetensors(paths.sparse, trainedParameters(network));
  return {
    seed,
    dense: dense.result,
    sparse: resultOf(seed, outcome),
    layers: proofs(network, pruned, recipe.sparsity.pattern),
    skipped,
    sparsity: pruner.sparsity,
    products: pruner.uses,
    peakMemoryBytes: outcome.peakMemoryBytes,
    wallMs: outcome.wallMs,
  };
}

/** The part of a stage that both stages share. */
function common(
  { dataset, seed, options, paths, key }: Job,
  network: Network,
): Omit<Stage, "name" | "training" | "pruner" | "teacher" | "before" | "checkpoint"> {
  const { checkpointMs, onProgress, signal } = options;
  return { dataset, seed, network, paths, key, checkpointMs, onProgress, signal };
}

/** Cuts the log back to where the stage goes on. */
async function resetLog({ paths, checkpoint, before }: Stage): Promise<void> {
  await writeAtomic(paths.log, "");
  await appendLog(paths.log, checkpoint?.progress.log ?? before.log);
}

function resultOf(seed: number, { last, evaluations }: StageOutcome): SeedResult {
  return { seed, last: last.metric, best: bestOf(evaluations), groups: last.groups };
}

/** Proves the pattern on the final weights. */
function proofs(
  network: Network,
  layers: readonly Layer[],
  patternName: string,
): TrainingRecord["layers"] {
  const pattern = parsePattern(patternName);
  return layers.map(({ name, rows, cols }) => {
    const slot = network.slots.find((slot) => slot.name === name)!; // layers come from the same graph
    const proof = proveMask(maskOf(viewOf(network, slot.weights), rows, cols), pattern);
    return { name, rows, cols, pattern: patternName, ...proof };
  });
}
