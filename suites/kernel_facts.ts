/**
 * What results keep of layers beside their times: sizes, costs of preparing, traffic, and the machine's peaks.
 *
 * @module
 */
import type { KernelFacts, LayerFacts, MachinePeaks } from "../results/mod.ts";
import type { Entrant } from "./job.ts";
import { productOf } from "./layer_spec.ts";
import type { GroupAnswers } from "./run_suite.ts";
import type { Cell } from "./suite.ts";

/** The layer of a cell, as measurements keep it; nothing for cells of networks. */
export function layerOf({ work }: Cell): { readonly layer?: LayerFacts } {
  if (work.kind !== "layer") return {};
  const { op, pattern, sparsity, activationSparsity, copies } = work.layer;
  const { rows, cols, lanes } = productOf(work.layer);
  const dtype = op === "quantized_linear" ? "u8s8" : "f32";
  const sizes = { rows, cols, lanes, layers: copies };
  return { layer: { op, dtype, pattern, sparsity, activationSparsity, ...sizes } };
}

/** What our own kernels cost and move; nothing for other engines. */
export function factsOf(entrants: readonly Entrant[]): { readonly facts?: KernelFacts } {
  const known = entrants.flatMap(({ preparation }) => preparation ? [preparation] : []);
  const [first] = known;
  if (first === undefined) return {};
  const { target, family, codeBytes, executedMacs, weightBytes, activationBytes } = first;
  const { footprintBytes } = first;
  return {
    facts: {
      target,
      family,
      packNs: known.map(({ packNs }) => Math.round(packNs)),
      emitNs: known.map(({ emitNs }) => Math.round(emitNs)),
      codeBytes,
      flopsExecuted: 2 * executedMacs,
      // Expected traffic of sparse activations is no whole number.
      weightBytes: Math.round(weightBytes),
      activationBytes: Math.round(activationBytes),
      footprintBytes,
      peaks: known.flatMap(({ peak }) => peak === null ? [] : [rounded(peak)]),
    },
  };
}

/** Peaks of every instruction set and number of threads, from all processes. */
export function peaksOf(groups: readonly GroupAnswers[]): MachinePeaks[] {
  const all = groups.flatMap(({ answers }) => answers.flatMap(({ peaks = [] }) => peaks));
  const byKind = Map.groupBy(all, ({ target, threads }) => `${target} ${threads}`);
  return [...byKind.values()].map((peaks) => {
    const { target, threads, reads } = peaks[0]!;
    return {
      target,
      threads,
      gflops: peaks.map(({ gflops }) => rounded(gflops)),
      gops: peaks.flatMap(({ gops }) => gops === null ? [] : [rounded(gops)]),
      reads: reads.map(({ sizeBytes }, index) => ({
        sizeBytes,
        gbps: peaks.map((one) => rounded(one.reads[index]!.gbps)),
      })),
    };
  });
}

/** Four digits: no peak is known better. */
function rounded(rate: number): number {
  return Number(rate.toPrecision(4));
}
