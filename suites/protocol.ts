/**
 * How engines are timed against each other inside one process.
 *
 * A *turn* is one engine's go: discarded warm-up runs, then timed blocks of runs. A *round* gives every engine two turns, in
 * a drawn order and then in that order reversed (ABBA for two engines), so that whatever drifts steadily, such as a warming
 * CPU, weighs on all of them alike. The seed decides the order; the clock is injected.
 *
 * Sampling stops once intervals are narrow enough or time is up, never because a difference looks significant.
 *
 * @module
 */
import { median, type Random } from "../core/mod.ts";
import type { Clock } from "./clock.ts";

/** Something to time. */
export interface Contestant {
  /** Its name in the rounds; an engine's id, or the id with {@linkcode TWIN} for the A/A comparison. */
  readonly id: string;
  /** Does the work once. */
  run(): Promise<unknown> | unknown;
}

/** Marks the second session of the same engine, whose ratio to the first shows the noise. */
export const TWIN = "#twin";

/** When a turn is long enough and when sampling ends. */
export interface Plan {
  /** A turn is timed for at least this long, unless a single run takes longer. */
  readonly turnNs: number;
  /** Samples in a turn; each is the mean over an equal share of its runs. */
  readonly blocks: number;
  /** Rounds done whatever they cost. */
  readonly minRounds: number;
  /** Rounds never exceeded. */
  readonly maxRounds: number;
  /** After `minRounds`, a round starts only if it should end within this time. */
  readonly budgetNs: number;
  /** Rounds end once every ratio's interval is this narrow: half its width, as a fraction. */
  readonly halfWidth: number;
}

/** How many runs a turn has. */
export interface TurnSize {
  /** Discarded runs at the start. */
  readonly warmups: number;
  /** Samples. */
  readonly blocks: number;
  /** Runs in each. */
  readonly runsPerBlock: number;
}

/** One engine's two turns of a round. */
export interface Turns {
  /** Positions of the two turns in the round, from 0. */
  readonly slots: readonly [number, number];
  /** Nanoseconds a run, one sample a block, both turns in order. */
  readonly samplesNs: readonly number[];
  /** Nanoseconds a run for the whole round: geometric mean of the two turns' medians. */
  readonly ns: number;
}

/** What one round found, by contestant. */
export type Round = Readonly<Record<string, Turns>>;

/**
 * Runs slower than this many turns need no warm-up after the first turn: reloading caches takes milliseconds, which such a
 * run hides, while repeating it would double the cost of the slowest engines.
 */
const SLOW_TURNS = 10;

/** No awaited call is shorter than this, whatever a coarse clock says. */
const SHORTEST_RUN_NS = 100;

/** The runs of a turn, for an engine that takes `runNs` a run. */
export function sizeTurn(runNs: number, plan: Plan): TurnSize {
  const runs = Math.max(1, Math.ceil(plan.turnNs / Math.max(runNs, SHORTEST_RUN_NS)));
  const blocks = Math.min(runs, plan.blocks);
  return {
    warmups: runNs > SLOW_TURNS * plan.turnNs ? 0 : 1,
    blocks,
    runsPerBlock: Math.ceil(runs / blocks),
  };
}

/**
 * The order of one round: everyone once in drawn order, then everyone in that order reversed.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { createRandom } from "../core/mod.ts";
 * const order = turnOrder(2, createRandom(1));
 * assertEquals(order, order.toReversed());
 * ```
 */
export function turnOrder(contestants: number, random: Random): number[] {
  const order = Array.from({ length: contestants }, (_, index) => index);
  random.shuffle(order);
  return [...order, ...order.toReversed()];
}

/** What {@linkcode race} needs besides contestants. */
export interface RaceOptions {
  /** When to stop. */
  readonly plan: Plan;
  /** Tells the time. */
  readonly clock: Clock;
  /** Decides the order of turns. */
  readonly random: Random;
  /** Asked after each round past the least number: are the intervals narrow enough? */
  readonly settled: (rounds: readonly Round[]) => boolean;
  /** Called before each turn, outside of what is timed, e.g. to collect garbage. */
  readonly betweenTurns?: () => void;
}

/** Times contestants against each other, round by round, until the plan says stop. */
export async function* race(
  contestants: readonly Contestant[],
  options: RaceOptions,
): AsyncGenerator<Round> {
  const { plan, clock } = options;
  const start = clock.now();
  const sizes: TurnSize[] = [];
  for (const contestant of contestants) {
    sizes.push(sizeTurn(await calibrate(contestant, plan, clock), plan));
  }
  const rounds: Round[] = [];
  let longest = 0;
  while (rounds.length < plan.maxRounds) {
    const before = clock.now();
    if (rounds.length >= plan.minRounds) {
      if (before - start + longest > plan.budgetNs || options.settled(rounds)) return;
    }
    const round = await runRound(contestants, sizes, options);
    longest = Math.max(longest, clock.now() - before);
    rounds.push(round);
    yield round;
  }
}

/**
 * Nanoseconds a run takes once warm. Runs at least three times, or until two turns have passed, so that V8 has compiled
 * what it is going to compile.
 */
async function calibrate(contestant: Contestant, plan: Plan, clock: Clock): Promise<number> {
  const start = clock.now();
  let last = Infinity;
  for (let runs = 0; runs < 3 || clock.now() - start < 2 * plan.turnNs; runs++) {
    const before = clock.now();
    await contestant.run();
    last = Math.min(last, clock.now() - before);
    if (clock.now() - start > SLOW_TURNS * plan.turnNs) break;
  }
  return last;
}

async function runRound(
  contestants: readonly Contestant[],
  sizes: readonly TurnSize[],
  options: RaceOptions,
): Promise<Round> {
  const turns = contestants.map((): { slot: number; samples: number[] }[] => []);
  const order = turnOrder(contestants.length, options.random);
  for (const [slot, index] of order.entries()) {
    options.betweenTurns?.();
    const samples = await takeTurn(contestants[index]!, sizes[index]!, options.clock);
    turns[index]!.push({ slot, samples });
  }
  return Object.fromEntries(
    contestants.map(({ id }, index) => {
      const [first, second] = turns[index]! as [
        { slot: number; samples: number[] },
        { slot: number; samples: number[] },
      ];
      const turn: Turns = {
        slots: [first.slot, second.slot],
        samplesNs: [...first.samples, ...second.samples],
        ns: Math.sqrt(median(first.samples) * median(second.samples)),
      };
      return [id, turn];
    }),
  );
}

/** One turn: warm-ups, then blocks. The loop does nothing but run, so that it is the engine that is timed. */
async function takeTurn(contestant: Contestant, size: TurnSize, clock: Clock): Promise<number[]> {
  for (let run = 0; run < size.warmups; run++) await contestant.run();
  const samples: number[] = [];
  for (let block = 0; block < size.blocks; block++) {
    const start = clock.now();
    for (let run = 0; run < size.runsPerBlock; run++) await contestant.run();
    samples.push((clock.now() - start) / size.runsPerBlock);
  }
  return samples;
}
