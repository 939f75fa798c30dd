/**
 * Seeds of trainings side by side, a process each, as many as there are cores.
 *
 * @module
 */
import { CACHE, runChild, StageFailure } from "./stages.ts";
import type { Terminal } from "./terminal.ts";
import type { TrainPlan } from "./train_plan.ts";
import { checkRoom } from "./train_room.ts";

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

/**
 * Threads of every job when as many run at once as there are cores: the last ones, which have fewer beside them, share all cores.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * assertEquals(threadsOfJobs(3, 2), [1, 1, 2]);
 * assertEquals(threadsOfJobs(3, 16), [5, 5, 5]);
 * ```
 */
export function threadsOfJobs(jobs: number, cores: number): readonly number[] {
  const last = jobs % cores;
  return Array.from(
    { length: jobs },
    (_, job) => job < jobs - last ? 1 : Math.floor(cores / last),
  );
}

/** How seeds are trained. */
export interface TrainJobsOptions {
  /** Seeds at once; as many as there are cores unless given. */
  readonly sideBySide?: number;
  /** Checks that there is room for them, before the first starts. */
  readonly check?: typeof checkRoom;
  /** Trains one seed; in a process of its own unless given. */
  readonly run?: typeof trainInProcess;
}

/**
 * Trains all seeds. The first failure ends the others, which can be gone on with.
 *
 * @throws {EnvironmentError} If there is not enough memory or disk for them.
 * @throws {StageFailure} If a seed fails; says which one where there are several.
 */
export async function trainJobs(
  jobs: readonly TrainJob[],
  terminal: Terminal,
  {
    sideBySide = navigator.hardwareConcurrency,
    check = checkRoom,
    run = trainInProcess,
  }: TrainJobsOptions = {},
): Promise<void> {
  await check(jobs, sideBySide);
  const shares = new Map(jobs.map((job) => [job, { share: 0, detail: "" }]));
  const threads = threadsOfJobs(jobs.length, sideBySide);
  const waiting = jobs.map((job, i) => ({ job, threads: threads[i]! }));
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
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const { job, threads } = next;
      const shown = (share: number, detail: string): void => show(job, share, detail);
      try {
        await run(job, threads, signal, terminal, shown);
      } catch (error) {
        throw jobs.length > 1 ? named(job, error) : error;
      }
    }
  };
  const workers = Array.from(
    { length: Math.min(sideBySide, jobs.length) },
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

/** The failure of one seed among several. */
function named({ plan, seed }: TrainJob, error: unknown): unknown {
  if (!(error instanceof StageFailure)) return error;
  return new StageFailure(`${plan.recipe.name}, seed ${seed}: ${error.message}`, error.code);
}

async function trainInProcess(
  { plan, seed, directory }: TrainJob,
  threads: number,
  signal: AbortSignal,
  { say }: Terminal,
  show: (share: number, detail: string) => void,
): Promise<void> {
  const { recipe, profile, data, seeds, trainExamples } = plan;
  await runChild({
    command: "train",
    args: [
      recipe.name,
      ...[
        "--profile",
        profile,
        "--seed",
        `${seed}`,
        "--entry",
        directory,
        "--threads",
        `${threads}`,
      ],
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
