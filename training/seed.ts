/**
 * The training of one seed: dense training, then pruning, each left in the cache entry when it is done.
 *
 * Files: `log-<seed>.jsonl` as it goes, `checkpoint-<seed>.safetensors` until the seed is done, `dense-<seed>.safetensors` and
 * `dense-<seed>.json` after the first stage, `sparse-<seed>.safetensors` and `seed-<seed>.json` at the end.
 *
 * @module
 */
import { hashOf, writeAtomic } from "../core/mod.ts";
import { type Floats, openTraining, type TrainingTfjs } from "../engines/tfjs/mod.ts";
import { readSafetensors, writeSafetensors } from "../models/mod.ts";
import {
  type Profile,
  type ProfileName,
  profileOf,
  pruningRuleOf,
  type Training,
  type TrainingRecipe,
} from "../recipes/mod.ts";
import { type Architectures, architecturesOf, areAlike } from "./architecture.ts";
import { loadCheckpoint } from "./checkpoint.ts";
import { createPruner } from "./create_pruner.ts";
import { finalResult } from "./final_result.ts";
import { chooseLayers, type Layer } from "./layers.ts";
import { appendLog } from "./log.ts";
import { proveLayers } from "./layer_proofs.ts";
import {
  asParameters,
  createNetwork,
  type Network,
  outlineOf,
  type Parameters,
  trainedParameters,
  viewOf,
} from "./network.ts";
import { createOptimiser } from "./optimiser.ts";
import type { LogLine, SeedRecord, SeedResult } from "./record.ts";
import {
  readLeft,
  readRecord,
  removeIfPresent,
  type SeedPaths,
  seedPathsOf,
} from "./seed_files.ts";
import { type SettledPruner, skipSettledZeros } from "./settled_pruner.ts";
import { runStage, type Stage, type TrainProgress } from "./stage.ts";
import { courseOf } from "./steps.ts";
import type { Task, TaskBatch } from "./task.ts";
import { createTeacher, distillerOf, type Teacher } from "./teacher.ts";
import { type StageParts, trainingMemory } from "./training_memory.ts";

/** How to train. */
export interface TrainOptions {
  /** The cache entry; exists and is locked by the caller. */
  readonly directory: string;
  /** Weights to start from, e.g. a published checkpoint; absent = drawn from the seed. */
  readonly initial?: Parameters;
  /** What the caller changed, in words. */
  readonly deviations?: readonly string[];
  /** Time between checkpoints in milliseconds; default 120,000. */
  readonly checkpointMs?: number;
  /** Threads of the loops; default 1, as befits seeds that are trained side by side. */
  readonly threads?: number;
  /** Memory of the tensors in bytes, by which batches are divided into parts; default all that WebAssembly can address. */
  readonly tensorBytes?: number;
  /** Called a few hundred times for each stage. */
  readonly onProgress?: (progress: TrainProgress) => void;
  /** Ends the training after the step in work, with a checkpoint. */
  readonly signal?: AbortSignal;
}

/** What the stages of a seed share. */
interface Job<B extends TaskBatch> {
  readonly recipe: TrainingRecipe;
  readonly profile: Profile;
  readonly task: Task<B>;
  readonly seed: number;
  readonly options: TrainOptions;
  readonly architectures: Architectures;
  readonly paths: SeedPaths;
  readonly key: string;
  readonly parts: StageParts;
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
export async function trainSeed<B extends TaskBatch>(
  recipe: TrainingRecipe,
  profileName: ProfileName,
  task: Task<B>,
  seed: number,
  options: TrainOptions,
): Promise<SeedRecord> {
  const architectures = architecturesOf(recipe, profileName);
  const { dense, sparse } = architectures;
  for (const { architecture } of [dense, sparse]) task.check(outlineOf(architecture));
  const profile = profileOf(recipe, profileName);
  const { parts } = trainingMemory(recipe, profileName, task, options.tensorBytes);
  const { seeds: _, ...choice } = profile;
  const key = hashOf({
    recipe: { ...choice, sparsity: recipe.sparsity },
    networks: [dense.description, sparse.description],
    seed,
    origin: task.facts.origin,
    counts: [task.counts.train, task.counts.dev],
    ...areWhole(profile, parts) ? {} : { parts },
  });
  const paths = seedPathsOf(options.directory, seed);
  const done = await readRecord<SeedRecord & { key: string }>(paths.record, key);
  if (done) return done;
  using machine = await openTraining({ threads: options.threads ?? 1 });
  const job = { recipe, profile, task, seed, options, architectures, paths, key, parts, machine };
  const trained = await readRecord<DenseRecord>(paths.denseRecord, key) ?? await trainDense(job);
  const record = await trainSparse(job, trained);
  await writeAtomic(paths.record, JSON.stringify({ ...record, key }) + "\n");
  for (const path of [paths.checkpoint, paths.denseRecord]) await removeIfPresent(path);
  return record;
}

function areWhole({ dense, prune }: Profile, parts: StageParts): boolean {
  const largest = ({ batch, firstEpochBatch = 0 }: Training) => Math.max(batch, firstEpochBatch);
  return parts.dense >= largest(dense) && parts.prune >= largest(prune);
}

async function trainDense<B extends TaskBatch>(job: Job<B>): Promise<DenseRecord> {
  const { profile, architectures, seed, paths, key, task } = job;
  using network = networkOf(job, architectures.dense, startOf(job, "dense"), profile.dense);
  const checkpoint = await loadCheckpoint(paths.checkpoint, key);
  const stage: Stage<B> = {
    ...common(job, network),
    name: "dense",
    training: profile.dense,
    part: job.parts.dense,
    pruner: null,
    teacher: null,
    before: { log: [], wallMs: 0 },
    checkpoint: checkpoint?.progress.stage === "dense" ? checkpoint : null,
  };
  await resetLog(stage);
  const outcome = await runStage(stage);
  await writeSafetensors(paths.dense, trainedParameters(network));
  const { log, wallMs } = outcome;
  const record = { key, result: await finalResult(seed, network, task, outcome), log, wallMs };
  await writeAtomic(paths.denseRecord, JSON.stringify(record) + "\n");
  return record;
}

async function trainSparse<B extends TaskBatch>(
  job: Job<B>,
  dense: DenseRecord,
): Promise<SeedRecord> {
  const { recipe, profile, architectures, seed, paths, key, task } = job;
  const trained = asParameters((await readLeft(() => readSafetensors(paths.dense))).tensors);
  const start = startsFromDense(job) ? trained : startOf(job, "sparse");
  const { architecture } = architectures.sparse;
  const { pruned, skipped } = chooseLayers(outlineOf(architecture), recipe.sparsity);
  using teacher = teacherOf(job, trained);
  const keep = teacher?.distiller.values ?? [];
  using network = networkOf(job, architectures.sparse, start, profile.prune, keep);
  using pruner = prunerOf(job, network, pruned);
  const checkpoint = await loadCheckpoint(paths.checkpoint, key);
  const stage: Stage<B> = {
    ...common(job, network),
    name: "sparse",
    training: profile.prune,
    part: job.parts.prune,
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
    sparse: await finalResult(seed, network, task, outcome),
    layers: proveLayers(network, pruner, recipe.sparsity.pattern),
    skipped,
    sparsity: pruner.sparsity,
    products: pruner.uses,
    peakMemoryBytes: outcome.peakMemoryBytes,
    wallMs: outcome.wallMs,
    ...notesOf(task),
  };
}

function notesOf<B extends TaskBatch>({ skipped }: Task<B>): Pick<SeedRecord, "notes"> {
  const notes = skipped?.() ?? [];
  return notes.length === 0 ? {} : { notes };
}

/** Whether the sparse network goes on from the trained dense one. */
function startsFromDense<B extends TaskBatch>({ profile, architectures }: Job<B>): boolean {
  return profile.sparseFrom === "dense" && areAlike(architectures);
}

/** Weights of a network that does not go on from another one. */
function startOf<B extends TaskBatch>(
  { architectures, options, seed }: Job<B>,
  name: "dense" | "sparse",
): Parameters {
  const own = name === "dense" || areAlike(architectures);
  return (own ? options.initial : undefined) ??
    architectures[name].draw(`seed ${seed} weights`);
}

function networkOf<B extends TaskBatch>(
  { machine, task }: Job<B>,
  { architecture, winners }: Architectures["dense"],
  parameters: Parameters,
  training: Training,
  keep: readonly string[] = [],
): Network {
  const { states } = createOptimiser(training, 0, machine.loops);
  return createNetwork(machine, architecture, parameters, {
    states,
    winners,
    keep: [...new Set([...task.values ?? [], ...keep])],
  });
}

function teacherOf<B extends TaskBatch>(job: Job<B>, trained: Parameters): Teacher<B> | null {
  const { task, profile, architectures, machine } = job;
  const weights = profile.prune.distillation;
  if (weights === undefined) return null;
  const { architecture } = architectures.dense;
  const distiller = distillerOf(task, weights, architecture);
  return createTeacher({ machine, architecture }, trained, distiller, weights.taskLoss);
}

function prunerOf<B extends TaskBatch>(
  { recipe, profile, task, seed, machine, architectures }: Job<B>,
  network: Network,
  layers: readonly Layer[],
): SettledPruner {
  const slots = new Map(network.slots.map((slot) => [slot.name, slot]));
  const { perEpoch } = courseOf(
    { name: task.facts.name, count: task.counts.train },
    profile.prune,
  );
  const values = {
    weights: (name: string): Floats => viewOf(network, slots.get(name)!.weights),
    states: (name: string): Floats[] =>
      slots.get(name)!.states.map((state) => viewOf(network, state)),
  };
  const masking = createPruner(layers, values, machine.loops, {
    sparsity: pruningRuleOf(recipe),
    plan: profile.prune,
    stepsPerEpoch: perEpoch,
    label: `seed ${seed} sparse`,
    from: areAlike(architectures) ? profile.sparseFrom : "scratch",
  });
  return skipSettledZeros(masking, {
    machine,
    tensorOf: (name) => slots.get(name)!.weights,
    clips: profile.prune.clipNorm !== undefined,
  });
}

/** The part of a stage that both stages share. */
function common<B extends TaskBatch>(
  { task, seed, options, paths, key }: Job<B>,
  network: Network,
): Omit<Stage<B>, "name" | "training" | "part" | "pruner" | "teacher" | "before" | "checkpoint"> {
  const { checkpointMs, onProgress, signal } = options;
  return { task, seed, network, paths, key, checkpointMs, onProgress, signal };
}

/** Cuts the log back to where the stage goes on. */
async function resetLog<B extends TaskBatch>(
  { paths, checkpoint, before }: Stage<B>,
): Promise<void> {
  await writeAtomic(paths.log, "");
  await appendLog(paths.log, checkpoint?.progress.log ?? before.log);
}
