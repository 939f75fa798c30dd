/**
 * Published accuracy against measured speed: what each claim gives up for what it gains.
 *
 * @module
 */
import { skipsZeros } from "./headline.ts";
import { itemsPerSecond } from "./network_sweeps.ts";
import type { Measurement, PublishedAccuracy, Result } from "./result.ts";
import { summarise } from "./summary.ts";

/** A model on the frontier. */
export interface FrontierPoint {
  /** Published accuracy, a fraction. */
  readonly accuracy: number;
  /** Engine that ran it. */
  readonly engine: string;
  /** Items a second with the interval of the median. */
  readonly rate: { readonly estimate: number; readonly low: number; readonly high: number };
}

/** A claim: its dense model on the fastest dense engine, its sparse one on the fastest that skips zeros. */
export interface FrontierClaim {
  /** The published figures, with the cell in which both were timed. */
  readonly published: PublishedAccuracy;
  /** Threads of both. */
  readonly threads: number;
  /** The dense model. */
  readonly dense: FrontierPoint;
  /** The sparse one. */
  readonly sparse: FrontierPoint;
}

/**
 * Claims that can be drawn together: of one data set and metric, on the fewest threads, each at the batch at which its sparse model does
 * most items a second. The largest group first; a group of one is none.
 */
export function frontiers(
  { measurements, published = [] }: Pick<Result, "measurements" | "published">,
): { readonly dataset: string; readonly metric: string; readonly claims: FrontierClaim[] }[] {
  const claims = published.flatMap((one) => claimOf(one, measurements) ?? []);
  const byClaim = Map.groupBy(claims, (claim) => claim.published.recipe);
  const best = [...byClaim.values()].map((all) =>
    all.reduce((a, b) => b.sparse.rate.estimate > a.sparse.rate.estimate ? b : a)
  );
  const groups = Map.groupBy(
    best,
    ({ published: { recipe, metric } }) => `${recipe.split("-").at(-1)} ${metric}`,
  );
  return [...groups].filter(([, claims]) => claims.length > 1)
    .sort(([, a], [, b]) => b.length - a.length)
    .map(([key, claims]) => {
      const [dataset = "", metric = ""] = key.split(" ");
      return { dataset, metric, claims };
    });
}

function claimOf(
  published: PublishedAccuracy,
  all: readonly Measurement[],
): FrontierClaim | null {
  const timed = all.filter(({ cell, samplesNs }) =>
    cell === published.cell && samplesNs.length > 0
  );
  const threads = Math.min(...timed.map((one) => one.threads));
  const fastest = (sparse: boolean): FrontierPoint | null => {
    const points = timed
      .filter((one) => one.threads === threads && skipsZeros(one.engine) === sparse)
      .flatMap((measurement): FrontierPoint[] => {
        const summary = summarise(measurement);
        const rate = summary && itemsPerSecond({ measurement, summary });
        const accuracy = sparse ? published.sparse : published.dense;
        return rate ? [{ accuracy, engine: measurement.engine, rate }] : [];
      });
    return points.sort((a, b) => b.rate.estimate - a.rate.estimate)[0] ?? null;
  };
  const [dense, sparse] = [fastest(false), fastest(true)];
  return dense && sparse ? { published, threads, dense, sparse } : null;
}
