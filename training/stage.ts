/**
 * One stage of a training from its first step, or from where it was interrupted, to its last.
 *
 * @module
 */
import type { Dataset } from "../datasets/mod.ts";
import type { Distillation, Training } from "../recipes/mod.ts";
import { type Batch, trainingBatches } from "./batches.ts";
import { type Checkpoint, type Progress, restore, saveCheckpoint } from "./checkpoint.ts";
import { evaluate, type Evaluation } from "./evaluate.ts";
import { learningRateAt } from "./learning_rate.ts";
import { appendLog, type Evaluated } from "./log.ts";
import { type Network, viewOf } from "./network.ts";
import type { Pruner } from "./pruner.ts";
import type { LogLine } from "./record.ts";
import { type StepContext, trainStep } from "./step.ts";
import type { Teacher } from "./teacher.ts";
import { stepsOf, tableSteps } from "./steps.ts";
import { bringUpTo } from "./word_table.ts";

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
export interface Stage {
  /** Which. */
  readonly name: "dense" | "sparse";
  /** Seed of the training. */
  readonly seed: number;
  /** The network; trained in place. */
  readonly network: Network;
  /** The examples. */
  readonly dataset: Dataset;
  /** Settings of the optimiser. */
  readonly training: Training;
  /** Set while pruning. */
  readonly pruner: Pruner | null;
  /** Set while learning from the dense model. */
  readonly teacher: { readonly teacher: Teacher; readonly weights: Distillation } | null;
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
  /** All evaluations. */
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

/** A stage in work. */
interface Run {
  readonly stage: Stage;
  readonly context: StepContext;
  readonly perEpoch: number;
  step: number;
  batches: readonly Batch[];
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
 * @throws The signal's reason, if it is aborted; a checkpoint has been written.
 */
export async function runStage(stage: Stage): Promise<StageOutcome> {
  const run = startRun(stage);
  const { steps } = run.context;
  while (run.step < steps) {
    advance(run);
    if (isDue(run)) await report(run);
    await breathe(run);
  }
  stage.pruner?.finish(steps);
  const { words } = stage.network;
  bringUpTo(words, words.done.keys(), steps, run.context.table);
  const { metric, groups } = run.evaluations.at(-1)!; // the last step ends an epoch
  const { evaluations, log } = run;
  const wallMs = performance.now() - run.startedMs;
  return {
    last: { metric, groups },
    evaluations,
    log,
    wallMs,
    peakMemoryBytes: run.peakMemoryBytes,
  };
}

function startRun(stage: Stage): Run {
  const { dataset, training, network, pruner, teacher, checkpoint } = stage;
  const { perEpoch, steps } = stepsOf(dataset, training);
  if (checkpoint) restore(checkpoint, network, pruner);
  const progress = checkpoint?.progress;
  const now = performance.now();
  const step = progress?.step ?? 0;
  return {
    stage,
    perEpoch,
    context: {
      network,
      training,
      steps,
      examples: dataset.train,
      label: `seed ${stage.seed} ${stage.name}`,
      pruner,
      teacher,
      table: tableSteps(training, steps),
    },
    step,
    batches: [],
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

function advance(run: Run): void {
  const { context, perEpoch, step, stage } = run;
  const place = step % perEpoch;
  if (place === 0 || run.batches.length === 0) {
    const label = `${context.label} epoch ${Math.floor(step / perEpoch)}`;
    run.batches = trainingBatches(stage.dataset.train.lengths, context.training.batch, label);
  }
  const { loss } = trainStep(context, run.batches[place]!, step);
  if (!Number.isFinite(loss)) throw diverged(run, loss);
  run.sum += loss;
  run.count++;
  run.step++;
}

function diverged(run: Run, loss: number): RangeError {
  const { stage, step, context } = run;
  const rate = learningRateAt(context.training, step, context.steps);
  const spoilt = stage.network.slots.find(({ weights }) =>
    viewOf(stage.network, weights).some((weight) => !Number.isFinite(weight))
  );
  const cause = spoilt
    ? `"${spoilt.name}" has weights that are not finite: the steps before were too large`
    : "the weights are finite, so the activations have grown too large";
  return new RangeError(
    `Cannot go on training seed ${stage.seed}: loss is ${loss} at step ${step} of the ${stage.name} stage ` +
      `(learning rate ${rate}), expected a finite number; ${cause}\n` +
      "Try: a lower learningRate or a clipNorm in the recipe",
  );
}

/** Whether a line of the log is due: some hundred times in all, and at the end of every epoch. */
function isDue({ step, perEpoch, context }: Run): boolean {
  const every = Math.max(1, Math.floor(context.steps / LOG_LINES));
  return step % every === 0 || step % perEpoch === 0;
}

async function report(run: Run): Promise<void> {
  const { stage, step, perEpoch, context } = run;
  const { pruner, seed, name } = stage;
  run.peakMemoryBytes = Math.max(run.peakMemoryBytes, Deno.memoryUsage().rss);
  const before = performance.now();
  const metric = step % perEpoch === 0 ? evaluateNow(run) : null;
  const loss = run.sum / run.count;
  const sparsity = pruner?.sparsity ?? 0;
  const line: LogLine = {
    seed,
    stage: name,
    step,
    epoch: step / perEpoch,
    loss,
    learningRate: learningRateAt(context.training, step - 1, context.steps),
    sparsity,
    metric,
  };
  run.log.push(line);
  run.sum = 0;
  run.count = 0;
  await appendLog(stage.paths.log, [line]);
  const msPerStep = (before - run.reported.ms) / (step - run.reported.step);
  run.reported = { ms: performance.now(), step };
  const { steps } = context;
  stage.onProgress?.({ seed, stage: name, step, steps, loss, sparsity, metric, msPerStep });
}

function evaluateNow({ stage, step, context, evaluations }: Run): number {
  const { network, dataset, pruner } = stage;
  const evaluation = evaluate(network, dataset, { step, steps: context.table });
  evaluations.push({ ...evaluation, step, counts: pruner?.done ?? true });
  return evaluation.metric;
}

/** Lets signals and timers in now and then, and writes a checkpoint when it is time. */
async function breathe(run: Run): Promise<void> {
  const { stage } = run;
  if (performance.now() - run.breathedMs > BREATH_MS) {
    await new Promise((resolve) => setTimeout(resolve));
    run.breathedMs = performance.now();
  }
  const due = performance.now() - run.savedMs > (stage.checkpointMs ?? CHECKPOINT_MS);
  if (stage.signal?.aborted || (due && run.step < run.context.steps)) {
    await saveCheckpoint(stage.paths.checkpoint, stage.network, stage.pruner, progressOf(run));
    run.savedMs = performance.now();
  }
  if (stage.signal?.aborted) throw stage.signal.reason;
}

function progressOf(run: Run): Progress {
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
