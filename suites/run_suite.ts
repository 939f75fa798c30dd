/**
 * Measures cells: fresh processes in shuffled order, each answer kept as soon as it is there.
 *
 * @module
 */
import { createRandom, hashOf } from "../core/mod.ts";
import type { Profile } from "../engines/mod.ts";
import type { Rows } from "./agreement.ts";
import { halfWidthOf, MIN_ROUNDS, ratioOf } from "./estimate.ts";
import type { Entrant, Job, RaceJob } from "./job.ts";
import { JobFailure, type Launch } from "./launch.ts";
import { networkName, type NetworkSpec } from "./network.ts";
import { isInterpreted } from "./network_field.ts";
import type { Peaks } from "./peaks.ts";
import type { Round } from "./protocol.ts";
import type { Cell, Effort, Group } from "./suite.ts";

/** What one process found. */
export interface Answer {
  /** How each contestant got on before timing. */
  readonly entrants: readonly Entrant[];
  /** Rounds of the race. */
  readonly rounds: readonly Round[];
  /** What the processor could do at most in that process. */
  readonly peaks?: readonly Peaks[];
  /** How long each layer takes, by engine; only where it was asked for. */
  readonly profiles?: readonly { readonly id: string; readonly profile: Profile }[];
  /** Why the process did not finish, or `null`. */
  readonly failure: string | null;
}

/** Keeps what was measured, so that a killed run loses one process at most. */
export interface AnswerStore {
  /** What was saved under a key, or `null`. */
  load(key: string): Promise<unknown>;
  /** Keeps it. */
  save(key: string, value: unknown): Promise<void>;
}

/** All answers of one group of a cell. */
export interface GroupAnswers {
  /** The cell. */
  readonly cell: Cell;
  /** The group. */
  readonly group: Group;
  /** One for each process. */
  readonly answers: readonly Answer[];
}

/** What {@linkcode runSuite} works with. */
export interface RunOptions {
  /** How thoroughly. */
  readonly effort: Effort;
  /** Starts processes. */
  readonly launch: Launch;
  /** Keeps answers. */
  readonly store: AnswerStore;
  /** Decides every order. */
  readonly seed: number;
  /** Ends the run; what was measured is kept. */
  readonly signal: AbortSignal;
  /** Whether our engines tell how long each layer of a network takes. */
  readonly profilesLayers?: boolean;
  /** Says why a job should not be tried on this machine, or `null`; asked before each process. */
  readonly preflight?: (job: RaceJob) => Promise<string | null>;
  /** Told before each process. */
  readonly onProgress?: (done: number, total: number, label: string) => void;
}

/**
 * Measures every cell.
 *
 * All groups have their first process before any has its second: what drifts over minutes then weighs on all of them, and
 * an interrupted run has something about each. A group whose intervals are narrow enough gets no further process.
 */
export async function runSuite(
  cells: readonly Cell[],
  options: RunOptions,
): Promise<GroupAnswers[]> {
  const work = cells.flatMap((cell) => cell.groups.map((group) => ({ cell, group })));
  const answers = work.map((): Answer[] => []);
  const references = await runReferences(cells, options);
  const processes = work.map(({ group }) => effortOf(group, options).processes);
  const total = processes.reduce((sum, count) => sum + count, 0);
  let done = 0;
  for (let replicate = 0; replicate < Math.max(...processes); replicate++) {
    const order = [...work.keys()].filter((index) => replicate < processes[index]!);
    createRandom(`${options.seed} cells ${replicate}`).shuffle(order);
    for (const index of order) {
      const { cell, group } = work[index]!;
      const label = `${cell.name} ${threadsOf(cell)}, ${group.name} engines`;
      options.onProgress?.(done++, total, label);
      if (isSettled(group, answers[index]!, effortOf(group, options))) continue;
      const job = jobOf(cell, group, replicate, references, options);
      answers[index]!.push(await answerOf(job, options));
    }
  }
  return work.map((item, index) => ({ ...item, answers: answers[index]! }));
}

function effortOf(group: Group, { effort }: RunOptions): Effort {
  return group.effort ?? effort;
}

function threadsOf({ threads }: Cell): string {
  return threads === 1 ? "1 thread" : `${threads} threads`;
}

/** What the reference computes, by hash of the network; nothing for networks that are too large for it. */
async function runReferences(
  cells: readonly Cell[],
  options: RunOptions,
): Promise<Map<string, readonly Rows[]>> {
  const references = new Map<string, readonly Rows[]>();
  for (const { work } of cells) {
    if (work.kind !== "network" || references.has(hashOf(work.network))) continue;
    const { network } = work;
    if (!isInterpreted(network)) continue;
    const job: Job = { kind: "reference", network };
    options.onProgress?.(0, 1, `reference outputs of ${networkName(network)} ${network.pattern}`);
    const rows = await kept(job, options, () => reference(job, options));
    references.set(hashOf(network), rows);
  }
  return references;
}

async function reference(job: Job, options: RunOptions): Promise<readonly Rows[]> {
  for await (const line of options.launch(job, options.signal)) {
    if (line.is === "reference") return line.expected;
  }
  throw new JobFailure("the reference gave no outputs");
}

function jobOf(
  cell: Cell,
  group: Group,
  replicate: number,
  references: ReadonlyMap<string, readonly Rows[]>,
  options: RunOptions,
): RaceJob {
  const network: NetworkSpec | null = cell.work.kind === "network" ? cell.work.network : null;
  return {
    kind: "race",
    cell: cell.name,
    work: cell.work,
    contestants: group.contestants,
    pairs: group.pairs,
    threads: cell.threads,
    plan: effortOf(group, options).plan,
    seed: `${options.seed} ${cell.name} ${cell.threads} ${group.name} ${replicate}`,
    // One process tells enough: it is about shares of a run, not about ratios.
    ...options.profilesLayers && replicate === 0 && { profilesLayers: true },
    expected: network && (references.get(hashOf(network)) ?? null),
  };
}

/** Runs a job unless its answer is there. */
async function kept<T>(job: Job, { store, signal }: RunOptions, run: () => Promise<T>): Promise<T> {
  signal.throwIfAborted();
  const key = hashOf(job);
  const known = await store.load(key);
  if (known !== null) return known as T; // saved below under the hash of the same job
  const answer = await run();
  await store.save(key, answer);
  return answer;
}

/** A crash is an answer too: it becomes a row with its reason. It is not kept, so that the next run tries again. */
async function answerOf(job: RaceJob, options: RunOptions): Promise<Answer> {
  const refusal = await options.preflight?.(job) ?? null;
  if (refusal !== null) return refused(job, refusal);
  try {
    return await kept(job, options, () => race(job, options));
  } catch (error) {
    if (!(error instanceof JobFailure)) throw error;
    return { entrants: [], rounds: [], failure: error.message };
  }
}

/** Nobody was loaded; each contestant is a row with the reason. */
function refused({ contestants }: RaceJob, reason: string): Answer {
  const entrants = contestants.map((id): Entrant => ({
    is: "entrant",
    id,
    detail: "",
    loadMs: 0,
    maxError: null,
    checkedAgainst: null,
    dispatch: [],
    macs: 0,
    state: "absent",
    skipped: reason,
  }));
  return { entrants, rounds: [], failure: null };
}

async function race(job: RaceJob, { launch, signal }: RunOptions): Promise<Answer> {
  const entrants: Entrant[] = [];
  const rounds: Round[] = [];
  const peaks: Peaks[] = [];
  const profiles: NonNullable<Answer["profiles"]>[number][] = [];
  for await (const line of launch(job, signal)) {
    if (line.is === "entrant") entrants.push(line);
    if (line.is === "round") rounds.push(line.round);
    if (line.is === "peaks") peaks.push(line.peaks);
    if (line.is === "profile") profiles.push({ id: line.id, profile: line.profile });
  }
  return {
    entrants,
    rounds,
    failure: null,
    ...(peaks.length > 0 && { peaks }),
    ...(profiles.length > 0 && { profiles }),
  };
}

/** Whether a further process could tell nothing new: too few engines work, or the intervals are narrow already. */
function isSettled(group: Group, answers: readonly Answer[], { plan }: Effort): boolean {
  const [first] = answers;
  if (first === undefined) return false;
  if (first.failure === null && first.rounds.length === 0) return true;
  // One process has one memory layout; two are the least that show what a layout does.
  if (answers.length < 2) return false;
  const rounds = answers.flatMap((answer) => answer.rounds);
  return rounds.length >= MIN_ROUNDS && group.pairs.every(({ subject, baseline }) => {
    const both = rounds.some((round) => round[subject] && round[baseline]);
    return !both || halfWidthOf(ratioOf(rounds, subject, baseline)) <= plan.halfWidth;
  });
}
