/**
 * What engines ran for each layer, and how long it took, as CSV.
 *
 * @module
 */
import { stringify } from "@std/csv";
import type { Result } from "./result.ts";

const DISPATCH = [
  "suite",
  "startedAt",
  "cell",
  "engine",
  "layer",
  "kernel",
  "sparsity",
  "skipped",
  "reason",
] as const;

const PROFILE = [
  "suite",
  "startedAt",
  "cell",
  "engine",
  "threads",
  "order",
  "layer",
  "kernel",
  "ns",
  "gflops",
  "ofPeak",
  "isSparse",
  "sparsity",
  "reason",
] as const;

/** One line for each layer of each cell and engine that tells: its kernel, its zeros, and how many are skipped. */
export function dispatchCsv(results: readonly Result[]): string {
  const rows = results.flatMap(({ suite, startedAt, dispatch }) =>
    dispatch.map(({ cell, engine, layer, kernel, sparsity, skipped, reason }) => ({
      ...{ suite, startedAt, cell, engine, layer, kernel, sparsity, skipped, reason },
    }))
  );
  return stringify(rows, { columns: [...DISPATCH] });
}

/** One line for each layer of each profile, in the order of the network. */
export function profilesCsv(results: readonly Result[]): string {
  const rows = results.flatMap(({ suite, startedAt, profiles = [] }) =>
    profiles.flatMap(({ cell, engine, threads, layers }) =>
      layers.map((layer, index) => ({
        ...{ suite, startedAt, cell, engine, threads, order: index + 1 },
        layer: layer.layer,
        kernel: layer.kernel,
        ns: layer.ns,
        gflops: layer.gflops,
        ofPeak: layer.ofPeak,
        isSparse: layer.isSparse,
        sparsity: layer.sparsity,
        reason: layer.reason,
      }))
    )
  );
  return stringify(rows, { columns: [...PROFILE] });
}
