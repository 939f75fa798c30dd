/**
 * How wide the panels of a batch are.
 *
 * @module
 */
import { PANEL_LANES } from "../../../kernels/mod.ts";

/**
 * Time of a lane relative to one of a full panel: narrow panels load each weight for fewer multiply-adds, and read all
 * weights more often.
 */
const LANE_COSTS = [[PANEL_LANES, 1], [48, 1.05], [32, 1.15], [16, 1.5]] as const;

/**
 * The width at which the thread with the most panels has the least to do.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * assertEquals([[1, 1], [64, 1], [64, 2], [2048, 2]].map(([batch, threads]) => batchPanelLanes(batch!, threads!)), [16, 64, 32, 64]);
 * ```
 */
export function batchPanelLanes(batch: number, threads: number): number {
  const timeOf = ([lanes, cost]: (typeof LANE_COSTS)[number]): number =>
    cost * busiestLanes(batch, lanes, threads);
  return LANE_COSTS.reduce((best, next) => timeOf(next) < timeOf(best) ? next : best)[0];
}

/** Lanes of the thread that has the most panels. */
export function busiestLanes(batch: number, panelLanes: number, threads: number): number {
  return panelLanes * Math.ceil(Math.ceil(batch / panelLanes) / threads);
}
