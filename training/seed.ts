/**
 * The training of one seed: dense fine-tuning, then pruning, each left in the cache entry when it is done.
 *
 * Files: `log-<seed>.jsonl` as it goes, `checkpoint-<seed>.safetensors` until the seed is done, `dense-<seed>.safetensors` and
 * `dense-<seed>.json` after the first stage, `sparse-<seed>.safetensors` and `seed-<seed>.json` at the end.
 *
 * @module
 */
import {
  createRandom,
  hashOf,
  maskOf,
  parsePattern,
  proveMask,
  readJson,
  type TensorOf,
  writeAtomic,
} from "../core/mod.ts";
import { openTraining, type TrainingTfjs } from "../engines/tfjs/mod.ts";
import type { Dataset } from "../datasets/mod.ts";
import {
  type BertConfig,
  type BertParameters,
  initialiseBert,
  readSafetensors,
  writeSafetensors,
} from "../models/mod.ts";
import { type ProfileName, type Recipe, trainedModel } from "../recipes/mod.ts";
import { loadCheckpoint } from "./checkpoint.ts";
import { chooseLayers, type Layer } from "./layers.ts";
import { appendLog, bestOf } from "./log.ts";
import { createNetwork, graphOf, type Network, viewOf, WORDS } from "./network.ts";
import { createPruner } from "./pruner.ts";
import type { LogLine, SeedRecord, SeedResult, TrainingRecord } from "./record.ts";
import { pruneWindow } from "./sparsity_schedule.ts";
import { runStage, type Stage, type StageOutcome, stepsOf, type TrainProgress } from "./stage.ts";
import { createTeacher } from "./teacher.ts";

/** How to train. */
export interface TrainOptions {
  /** The cache entry; exists and is locked by the caller. */
  readonly directory: string;
  /** Weights to start from, e.g. a published checkpoint; absent = drawn from the seed. */
  readonly initial?: BertParameters;
  /** What the caller changed, in words. */
  readonly deviations?: readonly string[];
  /** Time between checkpoints in milliseconds; default 30,000. */
  readonly checkpointMs?: number;
  /** Called a few hundred times for each stage. */
  readonly onProgress?: (progress: TrainProgress) => void;
  /** Ends the training after the step in work, with a checkpoint. */
  readonly signal?: AbortSignal;
}

/** Files of a seed. */
interface Paths {
  readonly log: string;
  readonly checkpoint: string;
  readonly dense: string;
  readonly denseRecord: string;
  readonly sparse: string;
  readonly record: string;
}

function pathsOf(directory: string, seed: number): Paths {
  const path = (name: string) => `${directory}/${name}`;
  return {
    log: path(`log-${seed}.jsonl`),
    checkpoint: path(`checkpoint-${seed}.safetensors`),
    dense: path(`dense-${seed}.safetensors`),
    denseRecord: path(`dense-${seed}.json`),
    sparse: path(`sparse-${seed}.safetensors`),
    record: path(`seed-${seed}.json`),
  };
}

/** What the stages of a seed share. */
interface Job {
  readonly recipe: Recipe;
  readonly profile: ProfileName;
  readonly dataset: Dataset;
  readonly seed: number;
  readonly options: TrainOptions;
  readonly config: BertConfig;
  readonly paths: Paths;
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
    recipe: { ...recipe.profiles[profile], sparsity: recipe.sparsity },
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

/**
 * The network that a profile trains on a data set.
 *
 * @throws {RangeError} If the data has more token ids, classes or longer sequences than the network.
 */
export function configOf(recipe: Recipe, profile: ProfileName, dataset: Dataset): BertConfig {
  const { name, layers, hidden, heads, intermediate, vocabulary, positions, head, classes } =
    trainedModel(recipe, profile);
  const limits = [
    ["token ids", dataset.vocabulary, vocabulary],
    ["classes", dataset.classes.length, classes],
    ["tokens a sequence", Math.max(dataset.train.sequence, dataset.dev.sequence), positions],
  ] as const;
  for (const [what, found, most] of limits) {
    if (found > most) {
      throw new RangeError(
        `Cannot train ${name} on ${dataset.name}: ${found} ${what}, expected at most ${most}`,
      );
    }
  }
  return {
    name,
    layers,
    hidden,
    heads,
    intermediate,
    vocabulary,
    positions,
    typeVocabulary: 2,
    head,
    classes,
    layerNormEpsilon: 1e-12,
  };
}

async function trainDense(job: Job): Promise<DenseRecord> {
  const { recipe, profile, config, seed, options, machine, paths, key } = job;
  const initial = options.initial ?? initialiseBert(config, createRandom(`seed ${seed} weights`));
  using network = createNetwork(machine, config, initial);
  const checkpoint = await loadCheckpoint(paths.checkpoint, key);
  const stage: Stage = {
    ...common(job, network),
    name: "dense",
    training: recipe.profiles[profile].dense,
    pruner: null,
    teacher: null,
    before: { log: [], wallMs: 0 },
    checkpoint: checkpoint?.progress.stage === "dense" ? checkpoint : null,
  };
  await resetLog(stage);
  const outcome = await runStage(stage);
  await writeSafetensors(paths.dense, parametersOf(network));
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
  const { prune } = recipe.profiles[profile];
  const parameters = (await readSafetensors(paths.dense)).tensors as BertParameters; // written by trainDense
  const { pruned, skipped } = chooseLayers(graphOf(config, 1, 8, parameters), recipe.sparsity);
  using network = createNetwork(machine, config, parameters);
  using pruner = createPruner(network, pruned, {
    sparsity: recipe.sparsity,
    window: pruneWindow(prune, stepsOf(dataset, prune).perEpoch),
    groupLasso: prune.groupLasso,
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
  await writeSafetensors(paths.sparse, parametersOf(network));
  return {
    seed,
    dense: dense.result,
    sparse: resultOf(seed, outcome),
    layers: proofs(network, pruned, recipe.sparsity.pattern),
    skipped,
    sparsity: pruner.sparsity,
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

/** All parameters of a network, copied, in the order of the checkpoint. */
export function parametersOf(network: Network): Map<string, TensorOf<"float32">> {
  const { config, words } = network;
  const parameters = new Map<string, TensorOf<"float32">>();
  const shape = [config.vocabulary, config.hidden];
  parameters.set(WORDS, { dtype: "float32", shape, data: words.weights });
  for (const { name, weights } of network.slots) {
    parameters.set(name, {
      dtype: "float32",
      shape: weights.shape,
      data: viewOf(network, weights).slice(),
    });
  }
  return parameters;
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

async function readRecord<T extends { readonly key: string }>(
  path: string,
  key: string,
): Promise<T | null> {
  try {
    await Deno.stat(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw error;
  }
  const record = await readJson(path) as T; // written by this file; told by its key
  return record.key === key ? record : null;
}

async function removeIfPresent(path: string): Promise<void> {
  try {
    await Deno.remove(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}
