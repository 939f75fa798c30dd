import { assert, assertAlmostEquals, assertEquals, assertGreater, assertLess } from "@std/assert";
import { createRandom, type Random } from "../core/mod.ts";
import { halfWidthOf, judgeRatio, noiseFloorOf, ratioOf } from "./estimate.ts";
import {
  type Contestant,
  type Plan,
  race,
  type Round,
  sizeTurn,
  turnOrder,
  TWIN,
} from "./protocol.ts";

const PLAN: Plan = {
  turnNs: 20e6,
  blocks: 4,
  minRounds: 5,
  maxRounds: 12,
  budgetNs: 60e9,
  halfWidth: 0.01,
};

/** A clock that moves only when somebody works. */
function fakeClock(): { now(): number; work(ns: number): void } {
  let time = 1e9;
  return { now: () => time, work: (ns) => time += ns };
}

/** Works for `ns` with log-normal noise of the given spread, slowed down as time passes by `drift` a second. */
function worker(
  id: string,
  ns: number,
  clock: ReturnType<typeof fakeClock>,
  options: { random?: Random; noise?: number; drift?: number } = {},
): Contestant {
  return {
    id,
    run(): void {
      const noise = Math.exp((options.noise ?? 0) * (options.random?.normal() ?? 0));
      clock.work(ns * noise * (1 + (options.drift ?? 0) * clock.now() / 1e9));
    },
  };
}

async function collect(
  contestants: Contestant[],
  clock: ReturnType<typeof fakeClock>,
  plan: Plan = PLAN,
  settled: (rounds: readonly Round[]) => boolean = () => false,
): Promise<Round[]> {
  const rounds: Round[] = [];
  const options = { plan, clock, random: createRandom("order"), settled };
  for await (const round of race(contestants, options)) rounds.push(round);
  return rounds;
}

Deno.test("sizeTurn() fills the turn with runs and shares them out", () => {
  assertEquals(sizeTurn(1e6, PLAN), { warmups: 1, blocks: 4, runsPerBlock: 5 });
  assertEquals(sizeTurn(15e6, PLAN), { warmups: 1, blocks: 2, runsPerBlock: 1 });
});

Deno.test("sizeTurn() gives a slow engine one run and no warm-up", () => {
  assertEquals(sizeTurn(500e6, PLAN), { warmups: 0, blocks: 1, runsPerBlock: 1 });
});

Deno.test("sizeTurn() times at least the turn's length", () => {
  for (const ns of [100, 777, 1e5, 3e6, 19e6, 2e7, 1e9]) {
    const { blocks, runsPerBlock } = sizeTurn(ns, PLAN);
    assert(blocks * runsPerBlock * ns >= PLAN.turnNs);
  }
});

Deno.test("turnOrder() is a palindrome in which everyone has two turns", () => {
  const random = createRandom(3);
  for (const count of [1, 2, 5]) {
    const order = turnOrder(count, random);
    assertEquals(order, order.toReversed());
    assertEquals(order.slice(0, count).toSorted(), Array.from({ length: count }, (_, i) => i));
  }
});

Deno.test("turnOrder() starts with either of two engines about equally often", () => {
  const random = createRandom(4);
  const firsts = Array.from({ length: 400 }, () => turnOrder(2, random)[0]!);
  const ones = firsts.filter((first) => first === 1).length;
  assertGreater(ones, 160);
  assertLess(ones, 240);
});

Deno.test("race() times each run of each block", async () => {
  const clock = fakeClock();
  const rounds = await collect([worker("a", 5e6, clock), worker("b", 10e6, clock)], clock);
  const [first] = rounds;
  assertAlmostEquals(first!["a"]!.ns, 5e6);
  assertEquals(first!["a"]!.samplesNs.length, 8);
  assertEquals(first!["b"]!.samplesNs.length, 4);
  assertEquals(first!["a"]!.slots[0] + first!["a"]!.slots[1], 3);
});

Deno.test("race() calls betweenTurns before each turn and does not time it", async () => {
  const clock = fakeClock();
  let calls = 0;
  const options = {
    plan: { ...PLAN, maxRounds: 3 },
    clock,
    random: createRandom(1),
    settled: (): boolean => false,
    betweenTurns: (): void => {
      calls++;
      clock.work(1e9);
    },
  };
  const contestants = [worker("a", 5e6, clock), worker("b", 5e6, clock)];
  for await (const round of race(contestants, options)) assertAlmostEquals(round["a"]!.ns, 5e6);
  assertEquals(calls, 3 * 4);
});

Deno.test("race() finds nothing if an engine meets itself", async () => {
  let wrong = 0;
  for (let seed = 0; seed < 40; seed++) {
    const clock = fakeClock();
    const options = { random: createRandom(seed), noise: 0.03 };
    const rounds = await collect([
      worker("a", 1e6, clock, options),
      worker("b", 1e6, clock, options),
      worker("b" + TWIN, 1e6, clock, options),
    ], clock);
    const floor = noiseFloorOf(ratioOf(rounds, "b", "b" + TWIN));
    if (judgeRatio(ratioOf(rounds, "b", "a"), floor, rounds.length) !== "inconclusive") wrong++;
  }
  assertLess(wrong, 3);
});

Deno.test("race() finds a slow-down of 5 %", async () => {
  for (let seed = 0; seed < 20; seed++) {
    const clock = fakeClock();
    const options = { random: createRandom(seed), noise: 0.02 };
    const rounds = await collect([
      worker("old", 1e6, clock, options),
      worker("old" + TWIN, 1e6, clock, options),
      worker("new", 1.05e6, clock, options),
    ], clock);
    const floor = noiseFloorOf(ratioOf(rounds, "old", "old" + TWIN));
    assertEquals(judgeRatio(ratioOf(rounds, "new", "old"), floor, rounds.length), "slower");
  }
});

Deno.test("race() is not misled by a machine that slows down steadily", async () => {
  const clock = fakeClock();
  const options = { drift: 0.5 };
  const rounds = await collect([
    worker("a", 5e6, clock, options),
    worker("b", 5e6, clock, options),
  ], clock);
  // Timed one after the other, the second would look several per cent slower.
  for (const round of rounds) assertAlmostEquals(round["a"]!.ns / round["b"]!.ns, 1, 2e-3);
  assertGreater(rounds.at(-1)!["a"]!.ns, 1.2 * rounds[0]!["a"]!.ns);
});

Deno.test("race() stops when the intervals are narrow, not before the least number of rounds", async () => {
  const clock = fakeClock();
  let asked = 0;
  const rounds = await collect(
    [worker("a", 5e6, clock), worker("b", 5e6, clock)],
    clock,
    PLAN,
    () => ++asked === 2,
  );
  assertEquals(rounds.length, PLAN.minRounds + 1);
});

Deno.test("race() goes on while intervals are wide, however large the difference", async () => {
  const clock = fakeClock();
  const options = { random: createRandom(5), noise: 0.3 };
  const rounds = await collect(
    [worker("a", 5e6, clock, options), worker("b", 50e6, clock, options)],
    clock,
    PLAN,
    (rounds) => halfWidthOf(ratioOf(rounds, "a", "b")) <= PLAN.halfWidth,
  );
  assertEquals(rounds.length, PLAN.maxRounds);
});

Deno.test("race() starts no round that would end after the budget", async () => {
  const clock = fakeClock();
  const start = clock.now();
  const plan = { ...PLAN, minRounds: 2, maxRounds: 1000, budgetNs: 5e9 };
  const rounds = await collect([worker("a", 400e6, clock), worker("b", 100e6, clock)], clock, plan);
  assertLess(clock.now() - start, plan.budgetNs);
  assertGreater(rounds.length, plan.minRounds);
});

Deno.test("race() does the least number of rounds even if they exceed the budget", async () => {
  const clock = fakeClock();
  const plan = { ...PLAN, minRounds: 2, budgetNs: 1 };
  assertEquals((await collect([worker("a", 5e9, clock)], clock, plan)).length, 2);
});
