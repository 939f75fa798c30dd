/**
 * One stage of a training from its first step, or from where it was interrupted, to its last.
 *
 * @module
 */
import type { Training } from "../recipes/mod.ts";
import { type Checkpoint, type Progress, restore, saveCheckpoint } from "./checkpoint.ts";
import { diverged } from "./diverged.ts";
import { evaluate } from "./evaluate.ts";
import type { Position } from "./forward.ts";
import { createGradientSum } from "./gradient_sum.ts";
import { learningRateAt, type RatePlan } from "./learning_rate.ts";
import { appendLog, type Evaluated } from "./log.ts";
import type { Network } from "./network.ts";
import { createOptimiser } from "./optimiser.ts";
import { prefetched } from "./prefetch.ts";
import { explained } from "./out_of_memory.ts";
import type { Pruner } from "./pruner.ts";
import type { LogLine } from "./record.ts";
import { type StepContext, trainStep } from "./step.ts";
import { type Course, courseOf } from "./steps.ts";
import { bringUpTo, type CatchUp, catchUpOf } from "./tables.ts";
import type { Evaluation, Task, TaskBatch } from "./task.ts";
import type { Teacher } from "./teacher.ts";

/** What a caller can show while it waits. */
export interface TrainProgress {
  /** Seed in work. */
  readonly seed: number;
  /** Stage in work. */
  readonly stage: "dense" | "sparse";
  /** Steps done. */
  readonly step: number;
  /** Steps of the stage. */
  readonly steps: number;
  /** Mean loss of late. */
  readonly loss: number;
  /** Fraction of zeros in the pruned layers. */
  readonly sparsity: number;
  /** Metric on the evaluation examples, if just evaluated. */
  readonly metric: number | null;
  /** Mean time of a step since the last report, in milliseconds. */
  readonly msPerStep: number;
}

/** A stage to run. */
export interface Stage<B extends TaskBatch = TaskBatch> {
  /** Which. */
  readonly name: "dense" | "sparse";
  /** Seed of the training. */
  readonly seed: number;
  /** The network; trained in place. Keeps what the optimiser of `training` asks for. */
  readonly network: Network;
  /** What is learnt. */
  readonly task: Task<B>;
  /** Settings of the optimiser. */
  readonly training: Training;
  /** Most examples to run at once; larger batches are run in parts. */
  readonly part: number;
  /** Set while pruning. */
  readonly pruner: Pruner | null;
  /** Set while learning from the dense model. */
  readonly teacher: Teacher<B> | null;
  /** What the stage continues from: log lines of earlier stages, and time spent. */
  readonly before: { readonly log: readonly LogLine[]; readonly wallMs: number };
  /** Set if an interrupted run left a checkpoint of this stage. */
  readonly checkpoint: Checkpoint | null;
  /** Where the stage writes. */
  readonly paths: { readonly checkpoint: string; readonly log: string };
  /** Hash that goes into checkpoints. */
  readonly key: string;
  /** Time between checkpoints in milliseconds; default 120,000. */
  readonly checkpointMs?: number | undefined;
  /** Called a few hundred times in all. */
  readonly onProgress?: ((progress: TrainProgress) => void) | undefined;
  /** Ends the stage after the step in work, with a checkpoint. */
  readonly signal?: AbortSignal | undefined;
}

/** What a stage found. */
export interface StageOutcome {
  /** Evaluation after the last step. */
  readonly last: Evaluation;
  /** Metrics of all evaluations. */
  readonly evaluations: readonly Evaluated[];
  /** Lines of the log, with those of earlier stages. */
  readonly log: readonly LogLine[];
  /** Time spent, with earlier stages. */
  readonly wallMs: number;
  /** Most memory that the process held whenever a line of the log was written, in bytes. */
  readonly peakMemoryBytes: number;
}

/** Lines of the log that a stage writes besides those with an evaluation. */
const LOG_LINES = 200;
/** Time between two looks at the signal. */
const BREATH_MS = 100;
/** Time between two checkpoints, unless told otherwise. */
const CHECKPOINT_MS = 120_000;
/** Of batch normalisation, as in PyTorch. */
const BATCH_NORM_MOMENTUM = 0.1;

/** A stage in work. */
interface Run<B extends TaskBatch> {
  readonly stage: Stage<B>;
  readonly context: StepContext<B>;
  readonly course: Course;
  readonly rates: RatePlan;
  readonly catchUp: CatchUp;
  step: number;
  /** Batches of the epoch in work, the next one first. */
  batches: AsyncGenerator<B> | null;
  /** The last evaluation of this process. */
  last: Evaluation | null;
  /** Losses since the last line of the log. */
  sum: number;
  count: number;
  readonly log: LogLine[];
  readonly evaluations: Evaluated[];
  /** When the stage started, as if it had never been interrupted. */
  readonly startedMs: number;
  peakMemoryBytes: number;
  savedMs: number;
  breathedMs: number;
  /** When and at which step progress was last reported. */
  reported: { readonly ms: number; readonly step: number };
}

/**
 * Runs a stage. An interrupted and resumed stage takes the same steps as one that ran through.
 *
 * @throws {RangeError} If the loss is no longer finite; names the step and the likely cause.
 * @throws {EnvironmentError} If the memory of tensors is full.
 * @throws The signal's reason, if it is aborted; a checkpoint has been written.
 */
export async function runStage<B extends TaskBatch>(stage: Stage<B>): Promise<StageOutcome> {
  const run = startRun(stage);
  const { steps } = run.course;
  try {
    while (run.step < steps) {
      await advance(run);
      if (isDue(run)) await report(run);
      await breathe(run);
    }
  } catch (error) {
    throw explained(error, run.step);
  } finally {
    await run.batches?.return(undefined);
  }
  const position = positionOf(run);
  for (const { table } of stage.network.tables) {
    bringUpTo(table, table.done.keys(), position.step, position.catchUp);
  }
  const last = run.last ?? await evaluate(stage.network, stage.task, position);
  const { evaluations, log, peakMemoryBytes } = run;
  const wallMs = performance.now() - run.startedMs;
  return { last, evaluations, log, wallMs, peakMemoryBytes };
}

function startRun<B extends TaskBatch>(stage: Stage<B>): Run<B> {
  const { task, training, part, network, pruner, teacher, checkpoint } = stage;
  const { facts, counts } = task;
  const course = courseOf({ name: facts.name, count: counts.train }, training);
  const { steps, firstEpochSteps } = course;
  const rates = { ...training, ...firstEpochSteps !== undefined && { firstEpochSteps } };
  if (checkpoint) restore(checkpoint, network, pruner);
  const progress = checkpoint?.progress;
  const now = performance.now();
  const step = progress?.step ?? 0;
  return {
    ...{ stage, course, rates, step },
    catchUp: catchUpOf(rates, steps, network.machine.loops),
    context: {
      ...{ network, task, training, part, pruner, teacher },
      sum: createGradientSum(),
      optimiser: createOptimiser(rates, steps, network.machine.loops),
      batchNormMomentum: BATCH_NORM_MOMENTUM,
      label: `seed ${stage.seed} ${stage.name}`,
    },
    batches: null,
    last: null,
    sum: progress?.pending.sum ?? 0,
    count: progress?.pending.count ?? 0,
    log: [...progress?.log ?? stage.before.log],
    evaluations: [...progress?.evaluations ?? []],
    startedMs: now - (progress?.wallMs ?? stage.before.wallMs),
    peakMemoryBytes: 0,
    savedMs: now,
    breathedMs: now,
    reported: { ms: now, step },
  };
}

/** Where the network stands between two steps. */
function positionOf<B extends TaskBatch>({ step, course, catchUp }: Run<B>): Position {
  return { step, epoch: course.placeOf(step).epoch, catchUp };
}

async function advance<B extends TaskBatch>(run: Run<B>): Promise<void> {
  const { context, course, stage, step } = run;
  const batch = await nextBatch(run);
  const { loss } = trainStep(context, batch, positionOf(run));
  if (!Number.isFinite(loss)) {
    const rate = learningRateAt(run.rates, step, course.steps);
    throw diverged(stage, { loss, step, rate });
  }
  run.sum += loss;
  run.count++;
  run.step++;
  if (run.step === course.steps) stage.pruner?.finish(course.steps);
}

async function nextBatch<B extends TaskBatch>(run: Run<B>): Promise<B> {
  const { context, course, stage, step } = run;
  const { epoch, place, of, size } = course.placeOf(step);
  if (place === 0 || run.batches === null) {
    await run.batches?.return(undefined);
    const label = `${context.label} epoch ${epoch}`;
    run.batches = prefetched(stage.task.trainBatches({ size, label, from: place }));
  }
  const { value, done } = await run.batches.next();
  if (!done) return value;
  throw new RangeError(
    `Cannot go on training on ${stage.task.facts.name}: epoch ${epoch} ended after ${place} batches of ${size}, expected ${of}`,
  );
}

/** Whether a line of the log is due: some hundred times in all, and at the end of every epoch. */
function isDue<B extends TaskBatch>(run: Run<B>): boolean {
  const every = Math.max(1, Math.floor(run.course.steps / LOG_LINES));
  return run.step % every === 0 || endsEpoch(run);
}

function endsEpoch<B extends TaskBatch>({ course, step }: Run<B>): boolean {
  return course.placeOf(step).place === 0;
}

async function report<B extends TaskBatch>(run: Run<B>): Promise<void> {
  const { stage, step, course } = run;
  const { pruner, seed, name } = stage;
  run.peakMemoryBytes = Math.max(run.peakMemoryBytes, Deno.memoryUsage().rss);
  const before = performance.now();
  const metric = endsEpoch(run) ? await evaluateNow(run) : null;
  const loss = run.sum / run.count;
  const sparsity = pruner?.sparsity ?? 0;
  const line: LogLine = {
    seed,
    stage: name,
    step,
    epoch: course.epochsDone(step),
    loss,
    learningRate: learningRateAt(run.rates, step - 1, course.steps),
    sparsity,
    metric,
  };
  run.log.push(line);
  run.sum = 0;
  run.count = 0;
  await appendLog(stage.paths.log, [line]);
  const msPerStep = (before - run.reported.ms) / (step - run.reported.step);
  run.reported = { ms: performance.now(), step };
  const { steps } = course;
  stage.onProgress?.({ seed, stage: name, step, steps, loss, sparsity, metric, msPerStep });
}

async function evaluateNow<B extends TaskBatch>(run: Run<B>): Promise<number> {
  const { network, task, pruner } = run.stage;
  run.last = await evaluate(network, task, positionOf(run));
  const { metric } = run.last;
  run.evaluations.push({ metric, step: run.step, counts: pruner?.done ?? true });
  return metric;
}

/** Lets signals and timers in now and then, and writes a checkpoint when it is time. */
async function breathe<B extends TaskBatch>(run: Run<B>): Promise<void> {
  const { stage, course } = run;
  if (performance.now() - run.breathedMs > BREATH_MS) {
    await new Promise((resolve) => setTimeout(resolve));
    run.breathedMs = performance.now();
  }
  const due = performance.now() - run.savedMs > (stage.checkpointMs ?? CHECKPOINT_MS);
  if (stage.signal?.aborted || (due && run.step < course.steps)) {
    await saveCheckpoint(stage.paths.checkpoint, stage.network, stage.pruner, progressOf(run));
    run.savedMs = performance.now();
  }
  if (stage.signal?.aborted) throw stage.signal.reason;
}

function progressOf<B extends TaskBatch>(run: Run<B>): Progress {
  const { stage, step, log, evaluations, sum, count } = run;
  return {
    key: stage.key,
    stage: stage.name,
    step,
    log,
    evaluations,
    pending: { sum, count },
    wallMs: performance.now() - run.startedMs,
  };
}
