/**
 * From which sparsity on a sparse kernel wins: where the ratio to a baseline crosses 1 in a sweep over sparsities.
 *
 * @module
 */
import { skipsZeros } from "./headline.ts";
import type { Comparison, LayerFacts, Result } from "./result.ts";

/** A crossing. */
export interface BreakEven {
  /** The sparse engine. */
  readonly subject: string;
  /** Whom it beats from there on. */
  readonly baseline: string;
  /** Threads of both. */
  readonly threads: number;
  /** Pattern and sizes of the layers; their sparsity is that of the sparsest. */
  readonly layer: LayerFacts;
  /** Ratio at each sparsity, ascending. */
  readonly sweep: readonly { readonly sparsity: number; readonly comparison: Comparison }[];
  /**
   * Sparsity at which the ratio is 1, by linear interpolation of the log-ratio between neighbours; 0 if it wins at all
   * sparsities measured, `null` if at none.
   */
  readonly sparsity: number | null;
  /** Where the upper ends of the intervals cross: it may win from here on. */
  readonly low: number | null;
  /** Where the lower ends cross: it wins from here on for certain. `null` beyond the sweep. */
  readonly high: number | null;
}

/** A sweep has at least so many sparsities. */
const LEAST_POINTS = 3;

/** Every crossing of a result, in the order of its comparisons. */
export function breakEvens(result: Pick<Result, "comparisons" | "measurements">): BreakEven[] {
  const layers = new Map(result.measurements.map(({ cell, layer }) => [cell, layer]));
  const sweeps = Map.groupBy(
    result.comparisons.filter(({ cell, subject, baseline }) =>
      layers.get(cell)?.activationSparsity === 0 && skipsZeros(subject) && !skipsZeros(baseline)
    ),
    ({ cell, subject, baseline, threads }) =>
      JSON.stringify([subject, baseline, threads, sizesOf(layers.get(cell)!)]),
  );
  return [...sweeps.values()].flatMap((comparisons) => {
    const sweep = comparisons
      .map((comparison) => ({ sparsity: layers.get(comparison.cell)!.sparsity, comparison }))
      .sort((a, b) => a.sparsity - b.sparsity);
    if (new Set(sweep.map(({ sparsity }) => sparsity)).size < LEAST_POINTS) return [];
    const { subject, baseline, threads, cell } = sweep.at(-1)!.comparison;
    const crossing = (of: (comparison: Comparison) => number): number | null =>
      crossingOf(sweep.map(({ sparsity, comparison }) => [sparsity, Math.log(of(comparison))]));
    return [{
      subject,
      baseline,
      threads,
      layer: layers.get(cell)!,
      sweep,
      sparsity: crossing(({ ratio }) => ratio.estimate),
      low: crossing(({ ratio }) => ratio.high),
      high: crossing(({ ratio }) => ratio.low),
    }];
  });
}

function sizesOf(layer: LayerFacts): unknown {
  const { sparsity: _, ...sizes } = layer;
  return sizes;
}

/** Where the last stretch above 0 begins. */
function crossingOf(points: readonly (readonly [x: number, y: number])[]): number | null {
  const below = points.findLastIndex(([, y]) => !(y > 0));
  if (below < 0) return 0;
  const [from, to] = [points[below]!, points[below + 1]];
  if (to === undefined) return null;
  return from[0] + (to[0] - from[0]) * -from[1] / (to[1] - from[1]);
}
