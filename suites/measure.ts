/**
 * What a measuring process does: load, check, and only then time.
 *
 * @module
 */
import { createRandom } from "../core/mod.ts";
import type { Engine } from "../engines/mod.ts";
import type { Clock } from "./clock.ts";
import { halfWidthOf, ratioOf } from "./estimate.ts";
import type { Field, Runner } from "./field.ts";
import type { Entrant, Job, Line, RaceJob } from "./job.ts";
import { familiesOf, layerField } from "./layer_field.ts";
import { networkField, referenceRows } from "./network_field.ts";
import { measurePeaks, type Peaks } from "./peaks.ts";
import { trainingField } from "./training_field.ts";
import { type Contestant, race, type Round, TWIN } from "./protocol.ts";

/** What a process measures with; tests put their own in. */
export interface Instruments {
  /** Engine of an id. */
  readonly findEngine: (id: string) => Engine | undefined;
  /** Tells the time. */
  readonly clock: Clock;
  /** Takes each line of the answer as soon as it is known. */
  readonly emit: (line: Line) => void;
  /** Whether the peaks of the processor are measured first. */
  readonly measuresPeaks?: boolean;
  /** Collects garbage, where the process can. */
  readonly collectGarbage?: () => void;
  /** The work of loops; default: arithmetic. */
  readonly loop?: (iterations: number) => number;
}

/** Does a job. */
export async function measure(job: Job, instruments: Instruments): Promise<void> {
  if (job.kind === "reference") {
    instruments.emit({ is: "reference", expected: await referenceRows(job.network) });
    return;
  }
  await using pool = new AsyncDisposableStack();
  const runners = new Map<string, Runner>();
  const contestants = job.work.kind === "loop"
    ? loops(job, instruments)
    : await enterAll(job, await fieldOf(job, instruments), instruments, { pool, runners });
  if (contestants.length === 0) return;
  const { plan, seed, pairs } = job;
  const options = {
    plan,
    clock: instruments.clock,
    random: createRandom(seed),
    settled: (rounds: readonly Round[]): boolean =>
      pairs.every(({ subject, baseline }) =>
        rounds[0]?.[subject] === undefined || rounds[0][baseline] === undefined ||
        halfWidthOf(ratioOf(rounds, subject, baseline)) <= plan.halfWidth
      ),
    ...(instruments.collectGarbage && { betweenTurns: instruments.collectGarbage }),
  };
  for await (const round of race(contestants, options)) instruments.emit({ is: "round", round });
  if (job.profilesLayers) await profileAll(runners, instruments);
}

async function profileAll(
  runners: ReadonlyMap<string, Runner>,
  { emit }: Instruments,
): Promise<void> {
  for (const [id, runner] of runners) {
    if (runner.profile) emit({ is: "profile", id, profile: await runner.profile() });
  }
}

async function fieldOf(job: RaceJob, instruments: Instruments): Promise<Field> {
  if (job.work.kind === "loop") throw new RangeError("Cannot load a loop: it is only run");
  const peaks: Peaks[] = [];
  for (const family of instruments.measuresPeaks ? familiesOf(job.contestants) : []) {
    const own = await measurePeaks(family, job.threads, instruments.clock);
    if (own === null) continue;
    peaks.push(own);
    instruments.emit({ is: "peaks", peaks: own });
  }
  if (job.work.kind === "training") {
    return trainingField(job, job.work.training, instruments.findEngine);
  }
  return job.work.kind === "network"
    ? await networkField(job, job.work, instruments.findEngine)
    : await layerField(job, job.work.layer, { ...instruments, peaks });
}

/** Contestants that count, as far as their name says. */
function loops({ contestants }: RaceJob, { emit, loop = countUp }: Instruments): Contestant[] {
  const entrants = contestants.map((id) => {
    const iterations = Number(/^loop (\d+)$/.exec(id)?.[1]);
    emit({ ...BLANK, id, detail: "loop", skipped: null });
    return { id, run: (): number => loop(iterations) };
  });
  const [first] = entrants;
  return first === undefined ? [] : [...entrants, { ...first, id: first.id + TWIN }];
}

/** Each step needs the one before, so that neither compiler nor processor can shorten it. */
function countUp(iterations: number): number {
  let value = 1;
  // A linear congruential generator (Numerical Recipes): a multiplication and an addition.
  for (let step = 0; step < iterations; step++) {
    value = (Math.imul(value, 1664525) + 1013904223) | 0;
  }
  return value;
}

const BLANK: Omit<Entrant, "id"> = {
  is: "entrant",
  state: "ready",
  detail: "",
  loadMs: 0,
  maxError: null,
  checkedAgainst: null,
  dispatch: [],
  macs: 0,
  skipped: null,
};

/** Loads and checks everyone who is there; fewer than two have nobody to race. The leader comes first and has no twin. */
async function enterAll(
  job: RaceJob,
  field: Field,
  instruments: Instruments,
  { pool, runners }: {
    readonly pool: AsyncDisposableStack;
    readonly runners: Map<string, Runner>;
  },
): Promise<Contestant[]> {
  const { leader } = field;
  const others = job.contestants.filter((id) => id !== leader);
  const contestants: Contestant[] = [];
  let hasTwin = false;
  for (const id of leader === null ? others : [leader, ...others]) {
    const runner = await enter(id, field, instruments);
    if (runner === null) continue;
    pool.use(runner);
    runners.set(id, runner);
    contestants.push({ id, run: () => runner.run() });
    if (hasTwin || id === leader) continue;
    hasTwin = true;
    // Now, so that both of the pair find the process alike: libraries loaded later may change its globals.
    const twin = pool.use(await field.load(id));
    const { problem } = await twin.check();
    if (problem !== null) throw new Error(`${id}, loaded twice: ${problem}`);
    contestants.push({ id: id + TWIN, run: () => twin.run() });
  }
  return contestants.length < 3 ? [] : contestants;
}

/** Loads and checks one contestant. Whatever goes wrong makes a row with its reason, never a time. */
async function enter(id: string, field: Field, { emit }: Instruments): Promise<Runner | null> {
  const blank = { ...BLANK, id, macs: field.macs };
  const availability = await field.probe(id);
  if (availability === null) {
    emit({ ...blank, state: "absent", skipped: "there is no such engine" });
    return null;
  }
  if (!availability.available) {
    emit({ ...blank, state: "absent", skipped: availability.reason });
    return null;
  }
  let runner: Runner | null = null;
  try {
    runner = await field.load(id);
    const { maxError, problem, against } = await runner.check();
    const { dispatch, loadMs, session, preparation } = runner;
    const detail = `${availability.version} ${availability.detail}`.trim();
    const state = problem === null ? "ready" : "failed";
    const known = {
      detail,
      loadMs,
      dispatch,
      ...session && { session },
      ...preparation && { preparation },
    };
    const checked = against === undefined
      ? { maxError: null, checkedAgainst: null }
      : { maxError, checkedAgainst: against };
    emit({ ...blank, ...known, ...checked, state, skipped: problem });
    if (problem === null) return runner;
  } catch (error) {
    const skipped = error instanceof Error ? error.message : String(error);
    emit({ ...blank, state: "failed", skipped });
  }
  await runner?.[Symbol.asyncDispose]();
  return null;
}
