/**
 * What a measuring process does: load, check, and only then time.
 *
 * @module
 */
import { createRandom } from "../core/mod.ts";
import type { Engine, Session } from "../engines/mod.ts";
import { type Graph, runReference } from "../models/mod.ts";
import { compareOutputs, type Rows, rowsOf } from "./agreement.ts";
import type { Clock } from "./clock.ts";
import { halfWidthOf, ratioOf } from "./estimate.ts";
import { graphMacs } from "./graph_macs.ts";
import type { Entrant, Job, Line, RaceJob } from "./job.ts";
import { buildNetwork, drawInputs, loadParameters, type NetworkSpec } from "./network.ts";
import { type Contestant, race, type Round, TWIN } from "./protocol.ts";

/** What a process measures with; tests put their own in. */
export interface Instruments {
  /** Engine of an id. */
  readonly findEngine: (id: string) => Engine | undefined;
  /** Tells the time. */
  readonly clock: Clock;
  /** Takes each line of the answer as soon as it is known. */
  readonly emit: (line: Line) => void;
  /** Collects garbage, where the process can. */
  readonly collectGarbage?: () => void;
  /** The work of loops; default: arithmetic. */
  readonly loop?: (iterations: number) => number;
}

/** Examples that the reference runs: one of full length, one padded. */
const CHECKED_EXAMPLES = 2;

/** Does a job. */
export async function measure(job: Job, instruments: Instruments): Promise<void> {
  if (job.kind === "reference") {
    instruments.emit({ is: "reference", expected: await referenceRows(job.network) });
    return;
  }
  await using pool = new AsyncDisposableStack();
  const contestants = job.work.kind === "loop"
    ? loops(job, instruments)
    : await enterEngines(job, job.work, instruments, pool);
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
}

/** What the readable interpreter of `models` computes, example by example. */
async function referenceRows(network: NetworkSpec): Promise<Rows[]> {
  const graph = buildNetwork(network, await loadParameters(network), 1);
  return Array.from({ length: CHECKED_EXAMPLES }, (_, first) => {
    const inputs = drawInputs(network, { batch: 1, first, padded: true });
    return rowsOf(runReference(graph, inputs), 1);
  });
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
  dispatch: [],
  macs: 0,
  skipped: null,
};

/** What every engine of a job is given. */
interface Field {
  readonly graph: Graph;
  readonly network: NetworkSpec;
  readonly batch: number;
  readonly macs: number;
  readonly job: RaceJob;
  /** Outputs of the first engine that passed, all rows; engines after it must agree. */
  first: { readonly id: string; readonly passes: readonly Rows[] } | null;
}

async function enterEngines(
  job: RaceJob,
  { network, batch }: { readonly network: NetworkSpec; readonly batch: number },
  instruments: Instruments,
  pool: AsyncDisposableStack,
): Promise<Contestant[]> {
  const graph = buildNetwork(network, await loadParameters(network), batch);
  const field: Field = {
    graph,
    network,
    batch,
    macs: graphMacs(graph),
    job,
    first: null,
  };
  const inputs = drawInputs(network, { batch });
  const contestants: Contestant[] = [];
  for (const id of job.contestants) {
    const session = await enter(id, field, instruments);
    if (session === null) continue;
    pool.use(session);
    contestants.push({ id, run: () => session.run(inputs) });
    if (contestants.length > 1) continue;
    // Now, so that both of the pair find the process alike: libraries loaded later may change its globals.
    const twin = pool.use(await instruments.findEngine(id)!.load(graph, job));
    const { problem } = await check(id, twin, field);
    if (problem !== null) throw new Error(`${id}, loaded twice: ${problem}`);
    contestants.push({ id: id + TWIN, run: () => twin.run(inputs) });
  }
  // An engine and its twin alone have nobody to race.
  return contestants.length < 3 ? [] : contestants;
}

/** Loads and checks one engine. Whatever goes wrong makes a row with its reason, never a time. */
async function enter(
  id: string,
  field: Field,
  { findEngine, emit }: Instruments,
): Promise<Session | null> {
  const blank = { ...BLANK, id, macs: field.macs };
  const engine = findEngine(id);
  if (engine === undefined) {
    emit({ ...blank, state: "absent", skipped: "there is no such engine" });
    return null;
  }
  const availability = await engine.probe();
  if (!availability.available) {
    emit({ ...blank, state: "absent", skipped: availability.reason });
    return null;
  }
  let session: Session | null = null;
  try {
    session = await engine.load(field.graph, field.job);
    const { maxError, problem } = await check(id, session, field);
    const { dispatch, loadMs } = session;
    const detail = `${availability.version} ${availability.detail}`.trim();
    const state = problem === null ? "ready" : "failed";
    emit({ ...blank, detail, loadMs, dispatch, maxError, state, skipped: problem });
    if (problem === null) return session;
  } catch (error) {
    const skipped = error instanceof Error ? error.message : String(error);
    emit({ ...blank, state: "failed", skipped });
  }
  await session?.[Symbol.asyncDispose]();
  return null;
}

/** Against the reference in the rows that it knows, against the first engine in all rows of the timed batch. */
async function check(
  id: string,
  session: Session,
  field: Field,
): Promise<{ maxError: number; problem: string | null }> {
  const expected = field.job.expected ?? [];
  const passes: Rows[] = [];
  let maxError = 0;
  // A batch of one sees one checked example at a time, a larger batch both at once.
  const firsts = field.batch === 1 ? [...expected.keys()] : [0];
  for (const first of firsts) {
    const inputs = drawInputs(field.network, { batch: field.batch, first, padded: true });
    const outputs = await session.run(inputs);
    const wanted = expected.slice(first, first + field.batch);
    const reference = compareOutputs(outputs, joinRows(wanted), "the reference");
    maxError = Math.max(maxError, reference.maxError);
    if (reference.problem !== null) return { maxError, problem: reference.problem };
    const leader = field.first?.passes[passes.length];
    const { problem } = leader
      ? compareOutputs(outputs, leader, field.first!.id)
      : { problem: null };
    if (problem !== null) return { maxError, problem };
    passes.push(rowsOf(outputs, field.batch));
  }
  field.first ??= { id, passes };
  return { maxError, problem: null };
}

/** Examples one below the other. */
function joinRows(examples: readonly Rows[]): Rows {
  const names = Object.keys(examples[0] ?? {});
  return Object.fromEntries(
    names.map((name) => [name, examples.flatMap((example) => example[name] ?? [])]),
  );
}
