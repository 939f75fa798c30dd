/**
 * The noise of this machine in a second: equal loops against each other.
 *
 * @module
 */
import { clockStepNs, SYSTEM_CLOCK } from "./clock.ts";
import { noiseFloorOf, ratioOf } from "./estimate.ts";
import type { RaceJob } from "./job.ts";
import { measure } from "./measure.ts";
import { type Round, TWIN } from "./protocol.ts";

/** What equal work looks like. */
export interface Noise {
  /** Largest deviation from 1 that the interval of an A/A ratio allows, as a fraction. */
  readonly floor: number;
  /** Smallest step of the clock. */
  readonly stepNs: number;
}

const LOOP = "loop 1000000";

/** Times a loop against itself. */
export async function measureNoise(): Promise<Noise> {
  const job: RaceJob = {
    kind: "race",
    cell: "noise",
    work: { kind: "loop" },
    contestants: [LOOP],
    pairs: [],
    threads: 1,
    plan: { turnNs: 20e6, blocks: 4, minRounds: 12, maxRounds: 12, budgetNs: 3e9, halfWidth: 0 },
    seed: "noise",
    expected: null,
  };
  const rounds: Round[] = [];
  await measure(job, {
    findEngine: () => undefined,
    clock: SYSTEM_CLOCK,
    emit: (line) => {
      if (line.is === "round") rounds.push(line.round);
    },
  });
  const floor = noiseFloorOf(ratioOf(rounds, LOOP, LOOP + TWIN));
  return { floor, stepNs: clockStepNs(SYSTEM_CLOCK) };
}
