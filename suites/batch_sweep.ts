/**
 * Suite `batch-sweep`: how latency and throughput go with the number of examples in a run, and with their length.
 *
 * Latency is the median time of a run, throughput the batch over that time. Each network sweeps batch sizes at its own sequence length,
 * and those with sequences sweep lengths at one example and at eight. A quick run takes small networks and few sizes on one thread.
 *
 * @module
 */
import { networkCells, type WantedNetwork } from "./network_cells.ts";
import { type NetworkSpec, openNetwork } from "./network.ts";
import { slowestRun, type Tier } from "./network_effort.ts";
import { findNetwork, type NetworkKey } from "./network_figures.ts";
import { type Cell, FULL_EFFORT, QUICK_EFFORT, type Suite, type SuiteRequest } from "./suite.ts";

/** Batch sizes and sequence lengths. */
export const batchSweep: Suite = {
  id: "batch-sweep",
  summary: "latency and throughput of whole networks over batch sizes and sequence lengths",
  cells,
  effort: ({ quick }) => quick ? QUICK_EFFORT : FULL_EFFORT,
};

const SWEPT: readonly NetworkKey[] = [
  { name: "bert-mini", pattern: "4x1", sparsity: 0.9 },
  { name: "bert-base", pattern: "unstructured", sparsity: 0.9 },
  { name: "bert-large", pattern: "4x1", sparsity: 0.8 },
  { name: "resnet50", pattern: "2x1", sparsity: 0.78 },
  { name: "resnext101-32x8d", pattern: "2x1", sparsity: 0.73 },
  { name: "ssd-resnet34-300", pattern: "2x1", sparsity: 0.75 },
  { name: "dlrm", pattern: "dlrm-4x16", sparsity: 0.85 },
  { name: "gsc-cnn-2.1m", pattern: "unstructured", sparsity: 0.95 },
];

const BATCHES = [1, 2, 4, 8, 16, 24, 32, 64];
const SEQUENCES = [32, 64, 128, 384];

/** Batch sizes at which lengths are swept. */
const SWEPT_ALONG = [1, 8];

/** What a quick run takes. */
const QUICK_NETWORKS = ["bert-mini", "resnet50", "gsc-cnn-2.1m"];
const QUICK_BATCHES = [1, 8, 32];

/** Seconds of the slowest engine's run beyond which a tier says little that a smaller batch does not. */
const LONGEST_SECONDS: Readonly<Record<"quick" | "full", number>> = { quick: 0.3, full: 20 };

interface Point {
  readonly network: NetworkSpec;
  readonly batch: number;
}

function cells(request: SuiteRequest): readonly Cell[] {
  const { threads, quick, recipes } = request;
  const counts = quick ? [Math.min(...threads)] : threads;
  const keys = SWEPT.filter(({ name }) => !quick || QUICK_NETWORKS.includes(name));
  const points = keys.flatMap((key) => pointsOf(findNetwork(key, recipes), quick));
  const wanted = points.flatMap((point) =>
    counts.flatMap((count) => wantedAt(point, count, quick))
  );
  return networkCells(wanted, quick);
}

function pointsOf(network: NetworkSpec, quick: boolean): Point[] {
  const batches = (quick ? QUICK_BATCHES : BATCHES).map((batch) => ({ network, batch }));
  if (openNetwork(network).sequence === null || quick) return batches;
  const lengths = SEQUENCES.flatMap((sequence) =>
    SWEPT_ALONG.map((batch) => ({ network: { ...network, sequence }, batch }))
  );
  return [...batches, ...lengths];
}

function wantedAt({ network, batch }: Point, threads: number, quick: boolean): WantedNetwork[] {
  const longest = LONGEST_SECONDS[quick ? "quick" : "full"];
  const tiers = (["native", "wasm", "tfjs"] as const satisfies readonly Tier[])
    .filter((tier) =>
      slowestRun({ network, batch, threads }, tier) <= (tier === "tfjs" ? longest / 10 : longest)
    );
  if (tiers.length === 0) return [];
  const item = openNetwork(network).item;
  return [{ network, batch, threads, tiers, tags: [item] }];
}
