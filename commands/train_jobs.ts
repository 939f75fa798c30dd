/**
 * Seeds of trainings side by side, a process each, as many as there are cores.
 *
 * @module
 */
import { CACHE, runChild } from "./stages.ts";
import type { Terminal } from "./terminal.ts";
import type { TrainPlan } from "./train_plan.ts";

/** One seed to train. */
export interface TrainJob {
  /** The training. */
  readonly plan: TrainPlan;
  /** Its seed. */
  readonly seed: number;
  /** Cache entry that it fills, held by the caller. */
  readonly directory: string;
}

/** A seed's process reads packages and data, and writes its entry. Native code is the matrix product; there is no network. */
const SEED_FLAGS = ["--allow-read", "--ignore-env", "--allow-sys", "--allow-ffi"];

/** Trains all seeds. The first failure ends the others, which can be gone on with. */
export async function trainJobs(jobs: readonly TrainJob[], terminal: Terminal): Promise<void> {
  const shares = new Map(jobs.map((job) => [job, { share: 0, detail: "" }]));
  const waiting = [...jobs];
  const failed = new AbortController();
  const signal = AbortSignal.any([terminal.signal, failed.signal]);
  const show = (job: TrainJob, share: number, detail: string): void => {
    shares.set(job, { share, detail });
    const all = [...shares.values()];
    terminal.progress.show({
      stage: "train",
      done: Math.round(1000 * all.reduce((sum, one) => sum + one.share, 0)),
      total: 1000 * all.length,
      detail: all.map((one) => one.detail).filter((text) => text !== "").join(" | "),
    });
  };
  const worker = async (): Promise<void> => {
    for (let job = waiting.shift(); job !== undefined; job = waiting.shift()) {
      const own = job;
      await trainInProcess(own, signal, terminal, (share, detail) => show(own, share, detail));
    }
  };
  const workers = Array.from(
    { length: Math.min(navigator.hardwareConcurrency, jobs.length) },
    () =>
      worker().catch((error) => {
        failed.abort(error);
        throw error;
      }),
  );
  const outcomes = await Promise.allSettled(workers);
  terminal.signal.throwIfAborted();
  if (failed.signal.aborted) throw failed.signal.reason;
  for (const outcome of outcomes) if (outcome.status === "rejected") throw outcome.reason;
}

async function trainInProcess(
  { plan, seed, directory }: TrainJob,
  signal: AbortSignal,
  { say }: Terminal,
  show: (share: number, detail: string) => void,
): Promise<void> {
  const { recipe, profile, data, seeds, trainExamples } = plan;
  await runChild({
    command: "train",
    args: [
      recipe.name,
      ...["--profile", profile, "--seed", `${seed}`, "--entry", directory],
      ...data === null ? [] : ["--data", data],
      ...seeds === null ? [] : ["--seeds", `${seeds}`],
      ...trainExamples === null ? [] : ["--train-examples", `${trainExamples}`],
    ],
    flags: [...SEED_FLAGS, `--allow-write=${CACHE}`],
    signal,
    say,
    show: ({ done, total, detail }) => show(total === 0 ? 0 : done / total, detail),
    finish: () => show(1, ""),
  });
}
