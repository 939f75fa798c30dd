/**
 * Chart: our engine on every network, sparse and dense, against ONNX Runtime of the same tier.
 *
 * @module
 */
import type { TopLevelSpec } from "vega-lite";
import {
  type Comparison,
  isOneTier,
  type NetworkGroup,
  readNetworkCell,
  skipsZeros,
  spokenBatch,
} from "../../results/mod.ts";
import { count, percent, times } from "../wording.ts";
import { ratioAxis } from "./axis.ts";
import { dotPlotSpec, type DotRow } from "./dot_plot.ts";
import { roofOf } from "./goals.ts";
import { sortComparisons, speedupRows } from "./speedup.ts";
import type { Layout } from "./theme.ts";

/** A network in a few words, e.g. `bert-mini, 4x1 at 90 %, seq 128`. */
export function networkTitle({ network }: Pick<NetworkGroup, "network">): string {
  const { pattern, sparsity, sequence, dtype } = network;
  return [
    `${network.network}${dtype === "f32" ? "" : ` ${dtype}`}`,
    pattern === "dense" ? "dense" : `${pattern} at ${percent(sparsity, 0)}`,
    ...sequence === null ? [] : [`seq ${sequence}`],
  ].join(", ");
}

/** The comparisons that speak for a network on so many threads: with ONNX Runtime of the same tier, at one batch. */
export function spokenComparisons(group: NetworkGroup, threads: number): Comparison[] {
  const batch = spokenBatch(group);
  return sortComparisons(
    group.comparisons.filter((comparison) =>
      comparison.threads === threads && readNetworkCell(comparison.cell)?.batch === batch &&
      comparison.baseline.startsWith("onnxruntime") && isOneTier(comparison)
    ),
  );
}

/** Rows of the chart, network by network. */
export function networkRows(groups: readonly NetworkGroup[], threads: number): DotRow[] {
  return groups.flatMap((group) => {
    const comparisons = spokenComparisons(group, threads);
    const heading = `${networkTitle(group)}, batch ${spokenBatch(group)}`;
    return speedupRows(comparisons).map((row, index) => ({
      ...row,
      group: heading,
      roof: roofOf(comparisons[index]!),
    }));
  });
}

/** Speed-ups over ONNX Runtime with ceilings and noise floors, on a logarithmic axis with a rule at 1x. */
export function networksSpec(
  groups: readonly NetworkGroup[],
  threads: number,
  layout: Layout,
): TopLevelSpec {
  const rows = networkRows(groups, threads);
  const seen = rows.flatMap(({ value, interval, ceiling, roof, band }) =>
    [value, ...interval ?? [], ...band ?? [], ceiling, roof].filter((at) =>
      typeof at === "number" && at > 0 && Number.isFinite(at)
    )
  ) as number[];
  return dotPlotSpec(rows, ratioAxis(seen, "speed-up: time of the baseline / own time"), layout);
}

/** What the chart shows, e.g. `6 of 7 sparse networks run 2.1x to 9.8x as fast as onnxruntime-node, 1 thread`. */
export function networksTitle(groups: readonly NetworkGroup[], threads: number): string {
  const sparse = groups.flatMap((group) =>
    spokenComparisons(group, threads)
      .filter(({ subject, baseline }) => skipsZeros(subject) && baseline === "onnxruntime-node")
  );
  const faster = sparse.filter(({ verdict }) => verdict === "faster");
  const place = count(threads, "thread");
  if (faster.length === 0) return `No network runs faster than onnxruntime-node, ${place}`;
  const ratios = faster.map(({ ratio }) => ratio.estimate);
  const [least, most] = [times(Math.min(...ratios)), times(Math.max(...ratios))];
  const range = least === most ? most : `${least} to ${most}`;
  const verb = faster.length === 1 ? "runs" : "run";
  return `${faster.length} of ${count(sparse.length, "sparse network")} ${verb} ${range} ` +
    `as fast as onnxruntime-node, ${place}`;
}
