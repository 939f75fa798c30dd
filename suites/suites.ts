/**
 * The suites, in the order in which the help lists them.
 *
 * @module
 */
import { didYouMean, UsageError } from "../core/mod.ts";
import { batchSweep } from "./batch_sweep.ts";
import { activationGrid } from "./activation_grid.ts";
import { EXPERIMENTS } from "./experiments.ts";
import { kernels } from "./kernels.ts";
import { models } from "./models.ts";
import { overhead } from "./overhead.ts";
import { smoke } from "./smoke.ts";
import { training } from "./training.ts";
import type { Suite } from "./suite.ts";

/** Every suite. */
export const SUITES: readonly Suite[] = [
  models,
  batchSweep,
  kernels,
  activationGrid,
  training,
  overhead,
  smoke,
];

/**
 * The suite of an id.
 *
 * @throws {UsageError} If there is none; names the nearest, experiments among them.
 */
export function findSuite(id: string): Suite {
  const suite = SUITES.find((suite) => suite.id === id);
  if (suite !== undefined) return suite;
  const ids = [...SUITES, ...EXPERIMENTS].map(({ id }) => id);
  const near = didYouMean(id, ids);
  throw new UsageError(`Cannot run suite "${id}": no such suite, expected ${ids.join(", ")}`, {
    remedy: `deno task bench ${near ?? ids[0]}`,
  });
}
