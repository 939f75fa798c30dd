import { assert, assertEquals, assertRejects } from "@std/assert";
import type { Entrant, Job, Line, RaceJob } from "./job.ts";
import { JobFailure, type Launch } from "./launch.ts";
import { failedEngines, outcomeOf } from "./outcome.ts";
import { type Round, TWIN } from "./protocol.ts";
import { type AnswerStore, type RunOptions, runSuite } from "./run_suite.ts";
import { smoke } from "./smoke.ts";
import { type Cell, QUICK_EFFORT } from "./suite.ts";

/** Two cells of a network that is never built. */
const [base] = smoke.cells({
  recipes: [],
  recipesOnly: false,
  weights: new Map(),
  threads: [1],
  quick: true,
  data: null,
});
const cells: Cell[] = ["a", "b"].map((name) => ({
  ...base!,
  name,
  groups: [{
    name: "native",
    contestants: ["skipzero-native", "onnxruntime-node"],
    pairs: [{ subject: "skipzero-native", baseline: "onnxruntime-node" }],
  }],
}));

function memoryStore(): AnswerStore & { readonly kept: Map<string, string> } {
  const kept = new Map<string, string>();
  return {
    kept,
    load: (key) => Promise.resolve(JSON.parse(kept.get(key) ?? "null")),
    save: (key, value) => {
      kept.set(key, JSON.stringify(value));
      return Promise.resolve();
    },
  };
}

const entrant = (id: string, skipped: string | null = null): Entrant => ({
  is: "entrant",
  id,
  detail: "fake 1.0",
  loadMs: 2,
  maxError: skipped === null ? 1e-6 : null,
  checkedAgainst: skipped === null ? "the reference" : null,
  dispatch: id.startsWith("skipzero")
    ? [{
      layer: "a.weight",
      kernel: "spmm",
      sparsity: 0.9,
      skipped: 0.9,
      reason: "blocks",
      macsDone: 100,
      macsDense: 1000,
    }, {
      layer: "attention",
      kernel: "matmul",
      sparsity: null,
      skipped: null,
      reason: "no weights",
      macsDone: 100,
      macsDense: 100,
    }]
    : [],
  macs: 1100,
  ...id.startsWith("skipzero") && {
    session: {
      weightBytes: 4000,
      activationBytes: 2000,
      codeBytes: 300,
      loadMs: { fuse: 1, pack: 1, emit: 0 },
    },
  },
  state: skipped === null ? "ready" : "absent",
  skipped,
});

const roundOf = (times: Record<string, number>): Round =>
  Object.fromEntries(
    Object.entries(times).map(([id, ns]) => [id, { slots: [0, 1], samplesNs: [ns, ns], ns }]),
  );

/** Answers every job with the given lines and notes what it was asked. */
function fakeLaunch(
  answer: (job: RaceJob) => Line[],
  asked: Job[] = [],
): Launch {
  return async function* (job): AsyncGenerator<Line> {
    asked.push(job);
    await Promise.resolve();
    if (job.kind === "reference") yield { is: "reference", expected: [{ logits: [1, 2] }] };
    else yield* answer(job);
  };
}

function lines(speedup: (round: number) => number, rounds = 3): Line[] {
  return [
    entrant("skipzero-native"),
    entrant("onnxruntime-node"),
    ...Array.from({ length: rounds }, (_, index): Line => ({
      is: "round",
      round: roundOf({
        "skipzero-native": 1e6,
        "onnxruntime-node": 1e6 * speedup(index),
        ["skipzero-native" + TWIN]: 1e6 * (1 + 0.01 * (index - 1)),
      }),
    })),
  ];
}

function optionsOf(launch: Launch, store: AnswerStore = memoryStore()): RunOptions {
  const effort = { ...QUICK_EFFORT, processes: 3 };
  return { effort, launch, store, seed: 1, signal: new AbortController().signal };
}

Deno.test("runSuite() gives every group its first process before any has its second", async () => {
  const asked: Job[] = [];
  // Wide intervals keep all processes going.
  const launch = fakeLaunch(() => lines((round) => 5 + round), asked);
  const groups = await runSuite(cells, optionsOf(launch));
  const order = asked.flatMap((job) => job.kind === "race" ? [job.cell] : []);
  assertEquals(order.length, 6);
  for (const start of [0, 2, 4]) assertEquals(order.slice(start, start + 2).sort(), ["a", "b"]);
  assertEquals(groups.map(({ answers }) => answers.length), [3, 3]);
});

Deno.test("runSuite() computes the reference of a network once and hands it to every job", async () => {
  const asked: Job[] = [];
  await runSuite(cells, optionsOf(fakeLaunch(() => lines(() => 5), asked)));
  assertEquals(asked.filter((job) => job.kind === "reference").length, 1);
  for (const job of asked) {
    if (job.kind === "race") assertEquals(job.expected, [{ logits: [1, 2] }]);
  }
});

Deno.test("runSuite() stops once intervals are narrow, but not after a single process", async () => {
  const asked: Job[] = [];
  await runSuite(cells.slice(0, 1), optionsOf(fakeLaunch(() => lines(() => 5), asked)));
  assertEquals(asked.filter((job) => job.kind === "race").length, 2);
});

Deno.test("runSuite() asks no second process of engines that are not there", async () => {
  const asked: Job[] = [];
  const launch = fakeLaunch(() => [
    entrant("skipzero-native", "CPU lacks avx2"),
    entrant("onnxruntime-node"),
  ], asked);
  const outcome = outcomeOf(await runSuite(cells.slice(0, 1), optionsOf(launch)));
  assertEquals(asked.filter((job) => job.kind === "race").length, 1);
  assertEquals(outcome.comparisons, []);
  assertEquals(outcome.measurements.map(({ skipped }) => skipped), ["CPU lacks avx2", null]);
  assertEquals(
    outcome.warnings[0]?.what,
    "skipzero-native was not timed: CPU lacks avx2",
  );
});

Deno.test("runSuite() goes on where an interrupted run stopped", async () => {
  const store = memoryStore();
  const control = new AbortController();
  let races = 0;
  const launch = fakeLaunch((job) => {
    if (job.kind === "race" && ++races === 3) control.abort(new Error("stop"));
    return lines((round) => 5 + round);
  });
  await assertRejects(() =>
    runSuite(cells, { ...optionsOf(launch, store), signal: control.signal })
  );
  assertEquals(races, 3);
  await runSuite(cells, optionsOf(launch, store));
  assertEquals(races, 6);
});

Deno.test("runSuite() gives the same answers after an interruption as without", async () => {
  const launch = fakeLaunch((job) => lines((round) => 5 + round + 0.01 * job.seed.length));
  const store = memoryStore();
  const whole = await runSuite(cells, optionsOf(launch, store));
  const again = await runSuite(cells, optionsOf(fakeLaunch(() => []), store));
  assertEquals(outcomeOf(again), outcomeOf(whole));
});

Deno.test("runSuite() makes a row of a crash and tries again next time", async () => {
  const store = memoryStore();
  const crash = (says: string): Launch =>
    fakeLaunch(() => {
      throw new JobFailure(says);
    });
  await runSuite(cells, optionsOf(crash("the process ended with code 1"), store));
  const after = await runSuite(cells, optionsOf(fakeLaunch(() => lines(() => 5)), store));
  assert(after.every(({ answers }) => answers.every(({ failure }) => failure === null)));
  const outcome = outcomeOf(
    await runSuite(cells, optionsOf(crash("the process was ended by SIGILL"))),
  );
  assertEquals(outcome.measurements.length, 4);
  assert(outcome.measurements.every(({ skipped }) => skipped?.includes("SIGILL")));
  assert(outcome.warnings.some(({ what }) => what.includes("SIGILL")));
  assertEquals(failedEngines(outcome), ["skipzero-native", "onnxruntime-node"]);
});

Deno.test("outcomeOf() drops all times of an engine that one process found wrong", async () => {
  let races = 0;
  const launch = fakeLaunch(() => {
    if (++races < 3) return lines((round) => 5 + round);
    return [
      { ...entrant("skipzero-native", "output differs"), state: "failed" },
      entrant("onnxruntime-node"),
    ];
  });
  const outcome = outcomeOf(await runSuite(cells.slice(0, 1), optionsOf(launch)));
  assertEquals(outcome.comparisons, []);
  const [native, dense] = outcome.measurements;
  assertEquals([native!.samplesNs, native!.skipped], [[], "output differs"]);
  assert(dense!.samplesNs.length > 0);
});

Deno.test("failedEngines() names engines that are wrong, not those that are not there", async () => {
  const launch = fakeLaunch(() => [
    entrant("skipzero-native", "CPU lacks avx2"),
    { ...entrant("onnxruntime-node", "output differs"), state: "failed" },
  ]);
  const outcome = outcomeOf(await runSuite(cells.slice(0, 1), optionsOf(launch)));
  assertEquals(failedEngines(outcome), ["onnxruntime-node"]);
});

Deno.test("runSuite() tells how far it is", async () => {
  const steps: string[] = [];
  const launch = fakeLaunch(() => lines((round) => 5 + round));
  await runSuite(cells.slice(0, 1), {
    ...optionsOf(launch),
    onProgress: (done, total, label) => steps.push(`${done}/${total} ${label}`),
  });
  assertEquals(steps.slice(0, 2), [
    "0/1 reference outputs of bert-smoke 4x1",
    "0/3 a 1 thread, native engines",
  ]);
});

Deno.test("outcomeOf() makes comparisons with ceiling, noise floor and verdict", async () => {
  const launch = fakeLaunch(() => lines(() => 5));
  const { comparisons } = outcomeOf(await runSuite(cells.slice(0, 1), optionsOf(launch)));
  const [comparison] = comparisons;
  assertEquals(comparisons.length, 1);
  assertEquals(comparison!.ratio.estimate.toFixed(6), "5.000000");
  assertEquals(comparison!.verdict, "faster");
  // 1100 multiply-accumulates, of which 200 are done.
  assertEquals(comparison!.ceiling, 5.5);
  assertEquals(comparison!.rounds, 6);
  assert(comparison!.noiseFloor! > 0 && comparison!.noiseFloor! < 0.02);
});

Deno.test("outcomeOf() keeps raw samples of all processes in one row per engine", async () => {
  const launch = fakeLaunch(() => lines((round) => 5 + round));
  const { measurements } = outcomeOf(await runSuite(cells.slice(0, 1), optionsOf(launch)));
  assertEquals(measurements.map(({ engine }) => engine), ["skipzero-native", "onnxruntime-node"]);
  const [native, dense] = measurements;
  assertEquals(native!.samplesNs.length, 3 * 3 * 2);
  assertEquals(native!["samplesPerProcess"], [6, 6, 6]);
  assertEquals([native!.flopsDone, native!.flopsDense], [400, 2200]);
  assertEquals([dense!.flopsDone, dense!.flopsDense], [2200, 2200]);
  assertEquals([native!.kernel, dense!.kernel], ["spmm", null]);
  assertEquals(native!.maxError, 1e-6);
  const memory = { weightBytes: 4000, activationBytes: 2000, codeBytes: 300 };
  assertEquals([native!.memory, dense!.memory], [memory, undefined]);
});

Deno.test("outcomeOf() lists each layer's kernel once per engine and cell", async () => {
  const launch = fakeLaunch(() => lines((round) => 5 + round));
  const { dispatch } = outcomeOf(await runSuite(cells, optionsOf(launch)));
  assertEquals(dispatch.map(({ cell, layer }) => `${cell} ${layer}`), [
    "a a.weight",
    "a attention",
    "b a.weight",
    "b attention",
  ]);
});

Deno.test("outcomeOf() warns of a noisy machine and of ratios beyond the ceiling", async () => {
  const dense = cells.slice(0, 1).map((cell) => ({
    ...cell,
    groups: [{
      name: "native",
      contestants: ["skipzero-native", "skipzero-native-dense"],
      pairs: [{ subject: "skipzero-native", baseline: "skipzero-native-dense" }],
    }],
  }));
  const launch = fakeLaunch(() => [
    entrant("skipzero-native"),
    entrant("skipzero-native-dense"),
    ...[0.8, 1.25, 1].map((twin): Line => ({
      is: "round",
      round: roundOf({
        "skipzero-native": 1e6,
        "skipzero-native-dense": 8e6,
        ["skipzero-native" + TWIN]: 1e6 * twin,
      }),
    })),
  ]);
  const { warnings } = outcomeOf(await runSuite(dense, optionsOf(launch)));
  assert(warnings.some(({ what }) => what.includes("the machine is noisy")));
  assert(warnings.some(({ what }) => what.includes("more than skipping zeros can give (5.5x)")));
});

Deno.test("runSuite() starts no process for a job that does not fit, and says why", async () => {
  const asked: Job[] = [];
  const options = optionsOf(fakeLaunch(() => lines(() => 5), asked));
  const refusing = { ...options, preflight: () => Promise.resolve("it needs 99 GiB") };
  const outcome = outcomeOf(await runSuite(cells, refusing));
  assertEquals(asked.filter(({ kind }) => kind === "race"), []);
  assertEquals(
    new Set(outcome.measurements.map(({ skipped }) => skipped)),
    new Set(["it needs 99 GiB"]),
  );
  assertEquals(failedEngines(outcome), []);
});

Deno.test("runSuite() asks one process of a group for the time of layers", async () => {
  const asked: Job[] = [];
  const profile = {
    layers: [{ layer: "a.weight", kernel: "spmm", ns: 100, macsDone: 500, macsDense: 5000 }],
    waitNs: 1,
    outsideNs: 2,
    profiledNs: 105,
    runNs: 103,
    runs: 5,
  };
  const answer = (job: RaceJob): Line[] => [
    ...lines((round) => 5 + round),
    ...job.profilesLayers ? [{ is: "profile", id: "skipzero-native", profile } as const] : [],
  ];
  const options = { ...optionsOf(fakeLaunch(answer, asked)), profilesLayers: true };
  const outcome = outcomeOf(await runSuite(cells.slice(0, 1), options));
  const profiled = asked.filter((job) => job.kind === "race" && job.profilesLayers);
  assertEquals([profiled.length, asked.length > 3], [1, true]);
  const [row] = outcome.profiles![0]!.layers;
  assertEquals([row!.gflops, row!.isSparse, row!.reason], [10, true, "blocks"]);
});
