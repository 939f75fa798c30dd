/**
 * From profiles of sessions to rows of a result: rates, fractions of the peak, and why each kernel runs.
 *
 * @module
 */
import type { LayerTime } from "../engines/mod.ts";
import type { LayerProfile, ProfiledLayer } from "../results/mod.ts";
import type { Entrant } from "./job.ts";
import type { Peaks } from "./peaks.ts";
import type { GroupAnswers } from "./run_suite.ts";

/** Profiles of all cells that were asked for them. */
export function profilesOf(groups: readonly GroupAnswers[]): LayerProfile[] {
  return groups.flatMap(({ cell, answers }) =>
    answers.flatMap(({ profiles = [], entrants, peaks = [] }) =>
      profiles.map(({ id, profile }) => {
        const { waitNs, outsideNs, profiledNs, runNs } = profile;
        const entrant = entrants.find((one) => one.id === id);
        const peak = peakOf(entrant, peaks);
        return {
          cell: cell.name,
          engine: id,
          threads: cell.threads,
          layers: profile.layers.map((layer) => rowOf(layer, entrant, peak)),
          waitNs: Math.round(waitNs),
          outsideNs: Math.round(outsideNs),
          profiledNs: Math.round(profiledNs),
          runNs: Math.round(runNs),
        };
      })
    )
  );
}

function peakOf(entrant: Entrant | undefined, peaks: readonly Peaks[]): number | null {
  const words = entrant?.detail.split(" ") ?? [];
  return peaks.find(({ target }) => words.includes(target))?.gflops ?? null;
}

function rowOf(
  { layer, kernel, ns, macsDone }: LayerTime,
  entrant: Entrant | undefined,
  peak: number | null,
): ProfiledLayer {
  const dispatch = entrant?.dispatch.find((one) => one.layer === layer);
  const sparsity = dispatch?.sparsity ?? null;
  const gflops = macsDone > 0 && ns > 0 ? rounded(2 * macsDone / ns) : null;
  return {
    layer,
    kernel,
    ns: Math.round(ns),
    gflops,
    ofPeak: gflops === null || peak === null ? null : rounded(gflops / peak),
    isSparse: sparsity === null ? null : (dispatch?.skipped ?? 0) > 0,
    sparsity,
    reason: dispatch?.reason ?? "",
  };
}

/** Four digits: no time is known better. */
function rounded(value: number): number {
  return Number(value.toPrecision(4));
}
