/**
 * From networks to cells: who races whom on which network.
 *
 * @module
 */
import type { Pair } from "./job.ts";
import { networkCell, networkName, type NetworkSpec } from "./network.ts";
import { networkEffort, slowestRun, type Tier } from "./network_effort.ts";
import type { Cell, Group, PublishedFigures } from "./suite.ts";

/** A network and what is wanted of it. */
export interface WantedNetwork {
  /** The network. */
  readonly network: NetworkSpec;
  /** Sequences, images or samples of a run. */
  readonly batch: number;
  /** Threads of every engine. */
  readonly threads: number;
  /** Tiers that race. */
  readonly tiers: readonly Tier[];
  /** What it belongs to, besides the network's own name. */
  readonly tags: readonly string[];
  /** Ratio to native ONNX Runtime that is aimed at; WebAssembly aims higher, since its baseline is slower. */
  readonly goal?: number;
  /** Whether our dense engine races too; default true. A network without zeros has nobody else. */
  readonly dense?: boolean;
  /** Whether a WebAssembly engine meets native ONNX Runtime too. */
  readonly acrossTiers?: boolean;
  /** Figures published for this network. */
  readonly published?: PublishedFigures;
}

/** What our dense engine is to reach over native ONNX Runtime, whatever the network. */
export const DENSE_GOAL = 0.85;

/** How much more is wanted over ONNX Runtime in WebAssembly than over the native one. */
export const WASM_FACTOR = 1.4;

/** Cells in the order of what is wanted. What is wanted twice is one cell, with the tiers, tags, goals and figures of both. */
export function networkCells(wanted: readonly WantedNetwork[], quick: boolean): Cell[] {
  const byCell = Map.groupBy(
    wanted,
    ({ network, batch, threads }) => `${networkCell(network, batch)} ${threads}`,
  );
  return [...byCell.values()].map((all) => cellOf(all, quick));
}

function cellOf(all: readonly WantedNetwork[], quick: boolean): Cell {
  const { network, batch, threads } = all[0]!;
  const tiers = [...new Set(all.flatMap((one) => one.tiers))];
  const goal = all.find((one) => one.goal !== undefined)?.goal;
  const published = all.flatMap((one) => one.published ?? []);
  return {
    name: networkCell(network, batch),
    threads,
    tags: [...new Set([networkName(network), ...all.flatMap((one) => one.tags)])],
    work: { kind: "network", network, batch },
    groups: tiers.map((tier) => ({
      ...groupOf(tier, network, {
        dense: all.some((one) => one.dense ?? true) && !(quick && isLong(all[0]!, tier)),
        acrossTiers: all.some((one) => one.acrossTiers ?? false),
        ...goal !== undefined && { goal },
      }),
      effort: networkEffort(slowestRun(all[0]!, tier), quick),
    })),
    ...published.length > 0 && { published },
  };
}

/** In WebAssembly a quick run leaves our dense engine out where it would take half a minute. */
function isLong(wanted: WantedNetwork, tier: Tier): boolean {
  return tier === "wasm" && slowestRun(wanted, tier) > 0.6;
}

type Wishes = Pick<WantedNetwork, "goal"> & Required<Pick<WantedNetwork, "dense" | "acrossTiers">>;

function groupOf(tier: Tier, network: NetworkSpec, wishes: Wishes): Group {
  if (tier === "tfjs") return tfjsGroup(network);
  const isDense = network.pattern === "dense";
  const sparse = `skipzero-${tier}`;
  const own = [
    ...isDense ? [] : [sparse],
    ...isDense || wishes.dense ? [`${sparse}-dense`] : [],
  ];
  const baseline = tier === "native" ? "onnxruntime-node" : "onnxruntime-web";
  const others = [baseline, ...tier === "wasm" && wishes.acrossTiers ? ["onnxruntime-node"] : []];
  return {
    name: tier === "native" ? "native" : "WebAssembly",
    contestants: [...own, ...others],
    pairs: [...pairsOf(own, baseline, tier, wishes), ...acrossPairs(own[0]!, others.slice(1))],
  };
}

function pairsOf(
  own: readonly string[],
  baseline: string,
  tier: Tier,
  { goal }: Wishes,
): Pair[] {
  const factor = tier === "wasm" ? WASM_FACTOR : 1;
  const aimed = (ratio: number): Pick<Pair, "goal"> => ({
    goal: Number((factor * ratio).toFixed(3)),
  });
  const pairs = own.map((subject): Pair => ({
    subject,
    baseline,
    ...subject.endsWith("-dense") ? aimed(DENSE_GOAL) : goal === undefined ? {} : aimed(goal),
  }));
  const [sparse, dense] = own;
  return dense === undefined ? pairs : [...pairs, { subject: sparse!, baseline: dense }];
}

function acrossPairs(subject: string, baselines: readonly string[]): Pair[] {
  return baselines.map((baseline) => ({ subject, baseline }));
}

/** The training engine, many times slower than ours. */
function tfjsGroup({ pattern }: NetworkSpec): Group {
  const subject = pattern === "dense" ? "skipzero-wasm-dense" : "skipzero-wasm";
  return { name: "tfjs", contestants: [subject, "tfjs"], pairs: [{ subject, baseline: "tfjs" }] };
}
