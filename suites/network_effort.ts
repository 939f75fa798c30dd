/**
 * How thoroughly a network is measured, by how long its slowest engine takes: the dense ones decide how long a suite lasts.
 *
 * @module
 */
import { hashOf } from "../core/mod.ts";
import { graphMacs } from "./graph_macs.ts";
import type { NetworkSpec } from "./network.ts";
import { hollowNetwork } from "./network_layers.ts";
import { type Effort, FULL_EFFORT, QUICK_EFFORT } from "./suite.ts";

/** Where engines run. */
export type Tier = "native" | "wasm" | "tfjs";

/**
 * Multiply-accumulates a second that the slowest engine of a tier does on one thread of a processor of today, to one digit:
 * good enough to tell milliseconds from seconds.
 */
const RATES: Readonly<Record<Tier, number>> = { native: 4e10, wasm: 1e10, tfjs: 3e9 };

/** What an example of a network takes, by what its shapes depend on. Suites ask for the same ones again and again. */
const KNOWN_MACS = new Map<string, number>();

/** Multiply-accumulates of a run if nothing is skipped. */
export function networkMacs(network: NetworkSpec, batch: number): number {
  const key = hashOf([network.model, network.sequence]);
  const known = KNOWN_MACS.get(key) ?? graphMacs(hollowNetwork(network, 1));
  KNOWN_MACS.set(key, known);
  return batch * known; // every product has the batch among its lanes
}

/** Seconds that a run of the slowest engine of a tier takes. */
export function slowestRun(
  { network, batch, threads }: {
    readonly network: NetworkSpec;
    readonly batch: number;
    readonly threads: number;
  },
  tier: Tier,
): number {
  return networkMacs(network, batch) / (RATES[tier] * threads);
}

/** Efforts by the seconds of the slowest run, the shortest first. */
type Ladder = readonly (readonly [seconds: number, effort: Effort])[];

/** Rounds that are the least for an interval, and few more: for runs of a second, where a round takes many. */
function few(processes: number, maxRounds: number, budgetNs: number): Effort {
  const { turnNs, blocks, halfWidth } = QUICK_EFFORT.plan;
  return {
    processes,
    plan: { turnNs, blocks, halfWidth, minRounds: 3, maxRounds, budgetNs },
  };
}

const QUICK: Ladder = [
  [0.1, { ...QUICK_EFFORT, plan: { ...QUICK_EFFORT.plan, budgetNs: 2e9 } }],
  [Infinity, few(1, 4, 3e9)],
];

const FULL: Ladder = [
  [0.2, { processes: 3, plan: { ...FULL_EFFORT.plan, budgetNs: 8e9 } }],
  [1, few(2, 6, 15e9)],
  [Infinity, few(2, 3, 0)],
];

/** Fewer processes and rounds for what takes longer. */
export function networkEffort(seconds: number, quick: boolean): Effort {
  const ladder = quick ? QUICK : FULL;
  return ladder.find(([limit]) => seconds <= limit)![1];
}
