/**
 * From answers to the rows of a result document.
 *
 * @module
 */
import type { SessionFacts } from "../engines/mod.ts";
import type { Comparison, MachinePeaks, Measurement, Memory, Result } from "../results/mod.ts";
import { dispatchWarnings } from "./dispatch_warnings.ts";
import { factsOf, layerOf, peaksOf } from "./kernel_facts.ts";
import { judgeRatio, noiseFloorOf, ratioOf } from "./estimate.ts";
import { type Entrant, isOurs, type Pair } from "./job.ts";
import { networkFactsOf, networkLayersOf, publishedOf, rooflineOf } from "./network_facts.ts";
import { profilesOf } from "./network_profile.ts";
import { TWIN } from "./protocol.ts";
import type { GroupAnswers } from "./run_suite.ts";
import type { Cell } from "./suite.ts";
import { percent, times } from "./wording.ts";

/** The measured part of a result document. */
export type SuiteOutcome = Pick<
  Result,
  | "comparisons"
  | "measurements"
  | "peaks"
  | "networks"
  | "profiles"
  | "published"
  | "dispatch"
  | "warnings"
>;

/** A noise floor above this deserves a warning. */
const NOISY = 0.05;

/** A ratio to our own dense kernels may exceed its ceiling by this much: caches hold the smaller weights better. */
const CEILING_SLACK = 0.1;

/** Rows for everything that was measured. */
export function outcomeOf(groups: readonly GroupAnswers[]): SuiteOutcome {
  const peaks = peaksOf(groups);
  const comparisons = groups.flatMap((group) => comparisonsOf(group, peaks));
  const cells = [...new Set(groups.map(({ cell }) => cell))];
  const [networks, profiles, published] = [
    networkLayersOf(cells),
    profilesOf(groups),
    publishedOf(cells),
  ];
  return {
    comparisons,
    measurements: measurementsOf(groups),
    ...(peaks.length > 0 && { peaks }),
    ...(networks.length > 0 && { networks }),
    ...(profiles.length > 0 && { profiles }),
    ...(published.length > 0 && { published }),
    dispatch: dispatchOf(groups),
    warnings: [
      ...missing(groups),
      ...dispatchWarnings(groups),
      ...noisy(comparisons),
      ...tooGood(comparisons),
    ],
  };
}

/** Engines that are there and did not do their work: what makes a run of a suite fail. */
export function failedEngines({ measurements }: Pick<SuiteOutcome, "measurements">): string[] {
  const failed = measurements.filter(({ state }) => state === "failed");
  return [...new Set(failed.map(({ engine }) => engine))];
}

function comparisonsOf(
  { cell, group, answers }: GroupAnswers,
  peaks: readonly MachinePeaks[],
): Comparison[] {
  const rounds = answers.flatMap((answer) => answer.rounds);
  const twin = Object.keys(rounds[0] ?? {}).find((id) => id.endsWith(TWIN));
  const same = twin ? ratioOf(rounds, twin.slice(0, -TWIN.length), twin) : null;
  const entrants = answers.flatMap((answer) => answer.entrants);
  // A single process that finds an engine wrong makes its times in the others worthless.
  const failed = entrants.filter(({ state }) => state === "failed").map(({ id }) => id);
  return group.pairs.flatMap(({ subject, baseline, goal }): Comparison[] => {
    if (failed.includes(subject) || failed.includes(baseline)) return [];
    const shared = rounds.filter((round) => round[subject] && round[baseline]);
    if (shared.length === 0) return [];
    const ratio = ratioOf(shared, subject, baseline);
    const noiseFloor = same ? noiseFloorOf(same) : 0;
    return [{
      cell: cell.name,
      subject,
      baseline,
      threads: cell.threads,
      ratio,
      ceiling: ceilingOf({ subject, baseline }, entrants),
      verdict: judgeRatio(ratio, noiseFloor, shared.length),
      noiseFloor,
      rounds: shared.length,
      ...(goal !== undefined && { goal }),
      ...rooflineOf(cell, entrants.find(({ id }) => id === subject), shared, peaks),
      ...(same && { sameAgainstItself: same }),
    }];
  });
}

/**
 * Most the ratio can be if zeros are skipped and nothing else differs: all multiply-accumulates over those done (Amdahl's law with
 * the never-sparse products in both).
 */
function ceilingOf({ subject, baseline }: Pair, entrants: readonly Entrant[]): number | null {
  const sparse = entrants.find((entrant) => entrant.id === subject);
  if (sparse === undefined || !isOurs(subject) || subject.endsWith("-dense")) return null;
  if (isOurs(baseline) && !baseline.endsWith("-dense")) return null;
  const { done, dense } = macsOf(sparse);
  return done > 0 ? dense / done : null;
}

function macsOf({ dispatch, macs }: Entrant): { done: number; dense: number } {
  if (dispatch.length === 0) return { done: macs, dense: macs };
  return {
    done: dispatch.reduce((sum, layer) => sum + layer.macsDone, 0),
    dense: dispatch.reduce((sum, layer) => sum + layer.macsDense, 0),
  };
}

/** One row for each engine of a cell, samples of all its processes and groups together. */
function measurementsOf(groups: readonly GroupAnswers[]): Measurement[] {
  const rows: Measurement[] = [];
  for (const cell of new Set(groups.map((group) => group.cell))) {
    const answers = groups.filter((group) => group.cell === cell).flatMap(({ answers }) => answers);
    const entrants = answers.flatMap((answer) => answer.entrants);
    for (const id of new Set(entrants.map((entrant) => entrant.id))) {
      const rounds = answers.flatMap((answer) => answer.rounds[0]?.[id] ? [answer.rounds] : []);
      const samples = rounds.map((process) => process.flatMap((round) => round[id]!.samplesNs));
      rows.push(measurementOf(cell, entrants.filter((entrant) => entrant.id === id), samples));
    }
  }
  return [...rows, ...failures(groups)];
}

function measurementOf(
  cell: Cell,
  entrants: readonly Entrant[],
  samples: readonly (readonly number[])[],
): Measurement {
  const entrant = entrants.find(({ skipped }) => skipped === null) ?? entrants[0]!;
  const errors = entrants.flatMap(({ maxError }) => maxError === null ? [] : [maxError]);
  const { done, dense } = macsOf(entrant);
  const skipped = entrants.find((other) => other.skipped !== null)?.skipped ?? null;
  return {
    cell: cell.name,
    engine: entrant.id,
    kernel: mainKernel(entrant),
    threads: cell.threads,
    samplesNs: skipped === null ? samples.flat().map((ns) => Math.round(ns)) : [],
    flopsDone: 2 * done,
    flopsDense: 2 * dense,
    maxError: errors.length > 0 ? Math.max(...errors) : null,
    skipped,
    samplesPerProcess: samples.map((process) => process.length),
    loadMs: entrants.map(({ loadMs }) => loadMs),
    detail: entrant.detail,
    ...entrant.session && { memory: memoryOf(entrant.session) },
    ...entrant.checkedAgainst !== null && { checkedAgainst: entrant.checkedAgainst },
    state: entrants.find(({ state }) => state !== "ready")?.state ?? "ready",
    ...layerOf(cell),
    ...networkFactsOf(cell),
    ...factsOf(entrants),
  };
}

/** What a loaded network holds. */
function memoryOf({ weightBytes, activationBytes, codeBytes }: SessionFacts): Memory {
  return { weightBytes, activationBytes, codeBytes };
}

/** The kernel that a dense engine would spend most of the work on. */
function mainKernel({ dispatch }: Entrant): string | null {
  const work = new Map<string, number>();
  for (const { kernel, macsDense } of dispatch) {
    work.set(kernel, (work.get(kernel) ?? 0) + macsDense);
  }
  return [...work].sort(([, a], [, b]) => b - a)[0]?.[0] ?? null;
}

/** Processes that crashed before they could say who takes part. */
function failures(groups: readonly GroupAnswers[]): Measurement[] {
  return groups.flatMap(({ cell, group, answers }) => {
    const failure = answers.find((answer) => answer.failure !== null)?.failure;
    if (failure === undefined || answers.some(({ entrants }) => entrants.length > 0)) return [];
    return group.contestants.map((engine): Measurement => ({
      cell: cell.name,
      engine,
      kernel: null,
      threads: cell.threads,
      samplesNs: [],
      flopsDone: 0,
      flopsDense: 0,
      maxError: null,
      skipped: failure ?? "no answer",
      state: "failed",
      ...layerOf(cell),
      ...networkFactsOf(cell),
    }));
  });
}

function dispatchOf(groups: readonly GroupAnswers[]): Result["dispatch"] {
  const rows = new Map<string, Result["dispatch"][number]>();
  for (const { cell, answers } of groups) {
    for (const { id, dispatch } of answers.flatMap((answer) => answer.entrants)) {
      for (const { layer, kernel, sparsity, skipped, reason } of dispatch) {
        const row = { engine: id, cell: cell.name, layer, kernel, sparsity, skipped, reason };
        rows.set(JSON.stringify([id, cell.name, layer]), row);
      }
    }
  }
  return [...rows.values()];
}

type Warning = Result["warnings"][number];

function missing(groups: readonly GroupAnswers[]): Warning[] {
  const reasons = new Map<string, string>();
  for (const { answers, group } of groups) {
    for (const { entrants, failure } of answers) {
      for (const { id, skipped } of entrants) if (skipped !== null) reasons.set(id, skipped);
      if (failure !== null) reasons.set(`a process with ${group.name} engines`, failure);
    }
  }
  return [...reasons].map(([what, reason]) => ({
    what: `${what} was not timed: ${reason}`,
    remedy: "deno task doctor",
  }));
}

function noisy(comparisons: readonly Comparison[]): Warning[] {
  const worst = Math.max(0, ...comparisons.map(({ noiseFloor }) => noiseFloor ?? 0));
  if (worst <= NOISY) return [];
  return [{
    what: `the machine is noisy: an engine against itself differs by up to ${percent(worst)}`,
    remedy: "close other programs, then measure again with --fresh",
  }];
}

/** Skipping zeros cannot give more than the ceiling; a ratio beyond it has another cause, or is wrong. */
function tooGood(comparisons: readonly Comparison[]): Warning[] {
  return comparisons.filter(({ baseline, ceiling, ratio }) =>
    isOurs(baseline) && ceiling !== null && ratio.low > ceiling * (1 + CEILING_SLACK)
  ).map(({ cell, subject, ratio, ceiling }) => ({
    what: `${subject} is ${times(ratio.estimate)} as fast as its dense twin in ${cell}, ` +
      `more than skipping zeros can give (${times(ceiling!)})`,
    remedy: "look at the dispatch of the dense engine",
  }));
}
