import { assert, assertEquals, assertRejects } from "@std/assert";
import { join } from "@std/path";
import { EnvironmentError } from "../core/mod.ts";
import { findRecipe } from "../recipes/mod.ts";
import { findTrainingRecipe } from "../suites/mod.ts";
import type { LogLine } from "../training/mod.ts";
import { fakeTerminal } from "./fake_terminal.ts";
import { CACHE, StageFailure } from "./stages.ts";
import { type TrainJob, trainJobs, type TrainJobsOptions } from "./train_jobs.ts";
import { planTraining } from "./train_plan.ts";

const recipe = await findRecipe("mnist-cnn-sparse1-mnist");
const plan = await planTraining({
  ...{ recipe, profile: "quick", data: null, seeds: null, trainExamples: null } as const,
});

function jobsOf(...seeds: readonly number[]): readonly TrainJob[] {
  return seeds.map((seed) => ({ plan, seed, directory: "unused" }));
}

type Run = NonNullable<TrainJobsOptions["run"]>;

/** Enough room for everything. */
const ROOMY: Pick<TrainJobsOptions, "check"> = { check: () => Promise.resolve() };

/** Waits to be aborted, as a training does. */
function untilAborted(signal: AbortSignal): Promise<void> {
  return new Promise((_, reject) =>
    signal.addEventListener("abort", () => reject(signal.reason), { once: true })
  );
}

Deno.test("trainJobs() trains every seed once, as many at once as it may", async () => {
  const { terminal } = fakeTerminal();
  const done: number[] = [];
  let [now, most] = [0, 0];
  const threadsOf = new Map<number, number>();
  const run: Run = async ({ seed }, threads) => {
    threadsOf.set(seed, threads);
    most = Math.max(most, ++now);
    await new Promise((resolve) => setTimeout(resolve, seed === 1 ? 20 : 1));
    now--;
    done.push(seed);
  };
  await trainJobs(jobsOf(1, 2, 3, 4, 5), terminal, { ...ROOMY, run, sideBySide: 2 });
  assertEquals(done.toSorted(), [1, 2, 3, 4, 5]);
  assertEquals([most, done[0]], [2, 2]);
  // The last one has nobody beside it.
  assertEquals([1, 2, 3, 4, 5].map((seed) => threadsOf.get(seed)), [1, 1, 1, 1, 2]);
});

Deno.test("trainJobs() ends the others if one fails, starts no more, and says which it was", async () => {
  const { terminal } = fakeTerminal();
  const [started, ended]: [number[], number[]] = [[], []];
  const run: Run = async ({ seed }, _threads, signal) => {
    started.push(seed);
    if (seed === 2) throw new StageFailure("Cannot go on: no disk\nTry: free some", 3);
    await untilAborted(signal).finally(() => ended.push(seed));
  };
  const error = await assertRejects(
    () => trainJobs(jobsOf(1, 2, 3), terminal, { ...ROOMY, run, sideBySide: 2 }),
    StageFailure,
  );
  assertEquals(
    error.message,
    "mnist-cnn-sparse1-mnist, seed 2: Cannot go on: no disk\nTry: free some",
  );
  assertEquals([error.code, started, ended], [3, [1, 2], [1]]);
});

Deno.test("trainJobs() leaves the failure of the only seed as it is", async () => {
  const { terminal } = fakeTerminal();
  const run: Run = () => Promise.reject(new StageFailure("Cannot read x", 3));
  const error = await assertRejects(
    () => trainJobs(jobsOf(1), terminal, { ...ROOMY, run }),
    StageFailure,
  );
  assertEquals(error.message, "Cannot read x");
});

Deno.test("trainJobs() passes Ctrl-C on, and gives it as the reason", async () => {
  const control = new AbortController();
  const { terminal } = fakeTerminal(control.signal);
  const reason = new Error("Interrupted");
  const started: number[] = [];
  const run: Run = ({ seed }, _threads, signal) => {
    started.push(seed);
    if (started.length === 2) setTimeout(() => control.abort(reason));
    return untilAborted(signal);
  };
  const error = await assertRejects(() =>
    trainJobs(jobsOf(1, 2, 3), terminal, { ...ROOMY, run, sideBySide: 2 })
  );
  assertEquals([error, started], [reason, [1, 2]]);
});

Deno.test("trainJobs() adds up how far the seeds are", async () => {
  const shown: { readonly share: number; readonly detail: string }[] = [];
  const { terminal } = fakeTerminal();
  const progress = {
    ...terminal.progress,
    show: ({ done, total, detail }: { done: number; total: number; detail: string }) =>
      void shown.push({ share: done / total, detail }),
  };
  const run: Run = ({ seed }, _threads, _signal, _terminal, show) => {
    show(0.5, `seed ${seed}`);
    if (seed === 2) show(1, "");
    return Promise.resolve();
  };
  await trainJobs(jobsOf(1, 2), { ...terminal, progress }, { ...ROOMY, run, sideBySide: 2 });
  assertEquals(shown, [
    { share: 0.25, detail: "seed 1" },
    { share: 0.5, detail: "seed 1 | seed 2" },
    { share: 0.75, detail: "seed 1" },
  ]);
});

Deno.test("trainJobs() starts nothing where there is no room", async () => {
  const { terminal } = fakeTerminal();
  const started: number[] = [];
  const asked: unknown[] = [];
  const error = await assertRejects(() =>
    trainJobs(jobsOf(1, 2), terminal, {
      sideBySide: 7,
      check: (jobs, sideBySide) => {
        asked.push(jobs.length, sideBySide);
        return Promise.reject(new EnvironmentError("no room"));
      },
      run: ({ seed }) => Promise.resolve(void started.push(seed)),
    })
  );
  assert(error instanceof EnvironmentError);
  assertEquals([asked, started], [[2, 7], []]);
});

Deno.test("trainJobs() trains seeds in processes, and goes on where they were interrupted", async () => {
  await Deno.mkdir(CACHE, { recursive: true });
  // Seeds' processes may write below the cache only.
  const directory = await Deno.makeTempDir({ dir: CACHE });
  try {
    const recipe = findTrainingRecipe("how-sparse-gradual-90")!;
    const few = await planTraining({
      ...{ recipe, profile: "quick", data: null, seeds: 2, trainExamples: 64 } as const,
    });
    const jobs = [1, 2].map((seed) => ({ plan: few, seed, directory }));
    const control = new AbortController();
    const { terminal } = fakeTerminal(control.signal);
    const progress = {
      ...terminal.progress,
      show: ({ detail }: { readonly detail: string }): void => {
        if (detail.includes("seed")) control.abort(new Error("Interrupted"));
      },
    };
    await assertRejects(
      () => trainJobs(jobs, { ...terminal, progress }, ROOMY),
      Error,
      "Interrupted",
    );
    const left = (await Array.fromAsync(Deno.readDir(directory))).map(({ name }) => name);
    assert(left.some((name) => name.startsWith("checkpoint-")), left.join());
    const { terminal: other } = fakeTerminal();
    await trainJobs(jobs, other, ROOMY);
    for (const seed of [1, 2]) {
      const log = (await Deno.readTextFile(join(directory, `log-${seed}.jsonl`))).trim().split("\n")
        .map((line) => JSON.parse(line) as LogLine); // written by training/
      const steps = log.filter(({ stage }) => stage === "dense").map(({ step }) => step);
      assertEquals(steps, steps.toSorted((a, b) => a - b));
      assertEquals(new Set(steps).size, steps.length);
    }
    // What is finished is not trained again.
    const records = async (): Promise<readonly (number | undefined)[]> =>
      await Promise.all(
        [1, 2].map(async (seed) =>
          (await Deno.stat(join(directory, `seed-${seed}.json`))).mtime?.getTime()
        ),
      );
    const before = await records();
    await trainJobs(jobs, other, ROOMY);
    assertEquals(await records(), before);
    // A seed that cannot be trained says what it is.
    const broken = [jobs[0]!, { ...jobs[1]!, directory: join(directory, "seed-1.json") }];
    const error = await assertRejects(() => trainJobs(broken, other, ROOMY), StageFailure);
    assert(error.message.startsWith("how-sparse-gradual-90, seed 2: Cannot "), error.message);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});
