/**
 * How measured networks differ from the published ones.
 *
 * @module
 */
import { openNetwork } from "./network.ts";
import type { Cell } from "./suite.ts";
import { trainingDeviations } from "./training_spec.ts";

/** What differs in any network of the cells, each once, in words for a result. */
export function networkDeviations(cells: readonly Cell[]): string[] {
  const all = cells.flatMap(({ work }) =>
    work.kind === "network"
      ? openNetwork(work.network).deviations
      : work.kind === "training"
      ? trainingDeviations(work.training)
      : []
  );
  return [...new Set(all)];
}
