/**
 * Chart: our engine on every network, sparse and dense, against ONNX Runtime of the same tier.
 *
 * @module
 */
import type { TopLevelSpec } from "vega-lite";
import {
  type Comparison,
  isNative,
  isOneTier,
  type NetworkCell,
  type NetworkGroup,
  readNetworkCell,
  skipsZeros,
  spokenBatch,
} from "../../results/mod.ts";
import { shortCells } from "../cells.ts";
import { count, percent, times } from "../wording.ts";
import { ratioAxis } from "./axis.ts";
import { dotPlotSpec, type DotRow } from "./dot_plot.ts";
import { sortComparisons, speedupRows } from "./speedup.ts";
import type { Layout } from "./theme.ts";

/** A network in a few words, e.g. `bert-mini, 4x1 at 90 %, seq 128`. */
export function networkTitle({ network }: { readonly network: NetworkCell }): string {
  const { pattern, sparsity, sequence, dtype } = network;
  return [
    `${network.network}${dtype === "f32" ? "" : ` ${dtype}`}`,
    pattern === "dense" ? "dense" : `${pattern} at ${percent(sparsity, 0)}`,
    ...sequence === null ? [] : [`seq ${sequence}`],
  ].join(", ");
}

/** The comparisons of one chart: which engines, on how many threads. */
export interface Field {
  /** Machine code or WebAssembly. */
  readonly tier: "native" | "wasm";
  /** Threads of every engine. */
  readonly threads: number;
}

/** The comparisons that speak for networks: with ONNX Runtime of the tier, each network at one batch; sparse ones first. */
export function spokenComparisons(
  groups: readonly NetworkGroup[],
  { tier, threads }: Field,
): Comparison[] {
  const spoken = groups.flatMap((group) => {
    const batch = spokenBatch(group);
    return group.comparisons.filter((comparison) =>
      comparison.threads === threads && readNetworkCell(comparison.cell)?.batch === batch &&
      comparison.baseline.startsWith("onnxruntime") && isOneTier(comparison) &&
      isNative(comparison.subject) === (tier === "native")
    );
  });
  const own = (dense: boolean): Comparison[] =>
    sortComparisons(spoken.filter(({ subject }) => skipsZeros(subject) !== dense));
  return [...own(false), ...own(true)];
}

/** Rows of the chart, a group for each pair of engines. */
export function networkRows(comparisons: readonly Comparison[]): DotRow[] {
  const names = shortCells(comparisons.map(({ cell }) => cell));
  return comparisons.map((comparison) => {
    const [row] = speedupRows([comparison]);
    const { cell, subject, baseline } = comparison;
    const group = `${subject} / ${baseline}`;
    return { ...row!, group, label: names.get(cell)! };
  });
}

/** Speed-ups over ONNX Runtime with ceilings and noise floors, on a logarithmic axis with a rule at 1x. */
export function networksSpec(comparisons: readonly Comparison[], layout: Layout): TopLevelSpec {
  const rows = networkRows(comparisons);
  const seen = rows.flatMap(({ value, interval, ceiling, roof, band }) =>
    [value, ...interval ?? [], ...band ?? [], ceiling, roof].filter((at) => typeof at === "number")
  ).filter((at) => at > 0 && Number.isFinite(at));
  return dotPlotSpec(rows, ratioAxis(seen, "speed-up: time of the baseline / own time"), layout);
}

/** What the chart shows, e.g. `6 of 7 sparse networks run 2.1x to 9.8x as fast as onnxruntime-node, 1 thread`. */
export function networksTitle(comparisons: readonly Comparison[]): string {
  const [first] = comparisons;
  if (first === undefined) return "No network was compared";
  const sparse = comparisons.filter(({ subject }) => skipsZeros(subject));
  const told = sparse.length > 0 ? sparse : comparisons;
  const faster = told.filter(({ verdict }) => verdict === "faster");
  const end = `as fast as ${first.baseline}, ${count(first.threads, "thread")}`;
  const what = `${sparse.length > 0 ? "sparse" : "dense"} network`;
  if (faster.length === 0) return `No ${what} runs more than ${end}`;
  const ratios = faster.map(({ ratio }) => ratio.estimate);
  const [least, most] = [times(Math.min(...ratios)), times(Math.max(...ratios))];
  const range = least === most ? most : `${least} to ${most}`;
  const verb = faster.length === 1 ? "runs" : "run";
  return `${faster.length} of ${count(told.length, what)} ${verb} ${range} ${end}`;
}
