/**
 * Where the time of networks goes, layer by layer, as lines for a terminal.
 *
 * @module
 */
import type { LayerProfile, ProfiledLayer, Result } from "../results/mod.ts";
import { percent } from "../suites/mod.ts";

/** A table for each profile: time, rate, fraction of the peak, dense or sparse, kernel and why it runs. */
export function layerLines({ profiles = [] }: Pick<Result, "profiles">): string[] {
  return profiles.flatMap((profile) => ["", ...profileLines(profile)]);
}

function profileLines(profile: LayerProfile): string[] {
  const { cell, engine, threads, layers, waitNs, outsideNs, runNs, profiledNs } = profile;
  const total = layers.reduce((sum, { ns }) => sum + ns, 0) + waitNs + outsideNs;
  const width = Math.max(...layers.map(({ layer }) => shortened(layer).length));
  const shared = threads === 1 ? "1 thread" : `${threads} threads`;
  return [
    `layers of ${cell}, ${shared}, ${engine}: ${milliseconds(runNs)} a run, ` +
    `${milliseconds(profiledNs)} with profiling`,
    ...layers.map((layer) => layerLine(layer, width, total)),
    `  ${"threads wait".padEnd(width)}  ${timeOf(waitNs, total)}`,
    `  ${"outside of layers".padEnd(width)}  ${timeOf(outsideNs, total)}`,
  ];
}

function layerLine(row: ProfiledLayer, width: number, total: number): string {
  const { layer, kernel, ns, gflops, ofPeak, isSparse, reason } = row;
  return [
    `  ${shortened(layer).padEnd(width)}  ${timeOf(ns, total)}`,
    (gflops === null ? "" : `${gflops.toFixed(1)} GFLOP/s`).padStart(14),
    (ofPeak === null ? "" : `${percent(ofPeak, 0)} of peak`).padStart(13),
    (isSparse === null ? "" : isSparse ? "sparse" : "dense").padEnd(6),
    kernel,
    reason,
  ].join("  ").trimEnd();
}

function timeOf(ns: number, total: number): string {
  return `${milliseconds(ns).padStart(10)} ${percent(ns / total).padStart(7)}`;
}

function milliseconds(ns: number): string {
  return `${(ns / 1e6).toFixed(3)} ms`;
}

/** Names of weights without what all of them share. */
function shortened(layer: string): string {
  return layer.replace(/^bert\.encoder\./, "").replace(/\.weight$/, "");
}
