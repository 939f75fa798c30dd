/**
 * Results of several networks, network by network.
 *
 * @module
 */
import { type NetworkCell, readNetworkCell, withoutBatch } from "./network_cell.ts";
import type { Comparison, Measurement, Result } from "./result.ts";

/** All that was measured of a network with one pattern. */
export interface NetworkGroup {
  /** Cells without the batch, e.g. `bert-mini f32 4x1 0.9 seq=128`. */
  readonly cells: string;
  /** Its largest batch, taken apart. */
  readonly network: NetworkCell;
  /** Comparisons, in their order. */
  readonly comparisons: readonly Comparison[];
  /** Measurements, in their order. */
  readonly measurements: readonly Measurement[];
}

/** Networks in the order of their measurements; none if cells are of layers or loops. */
export function networkGroups(
  { measurements, comparisons }: Pick<Result, "measurements" | "comparisons">,
): NetworkGroup[] {
  const cells = [...measurements, ...comparisons].flatMap(({ cell }) => {
    const network = readNetworkCell(cell);
    return network === null ? [] : [{ cells: withoutBatch(cell), network }];
  });
  return [...Map.groupBy(cells, (one) => one.cells)].map(([cells, found]) => ({
    cells,
    network: found.map(({ network }) => network).reduce((a, b) => b.batch > a.batch ? b : a),
    comparisons: comparisons.filter(({ cell }) => withoutBatch(cell) === cells),
    measurements: measurements.filter(({ cell }) => withoutBatch(cell) === cells),
  }));
}

/**
 * The batch to speak of: the one with a figure aimed at, else the largest.
 */
export function spokenBatch({ comparisons, network }: NetworkGroup): number {
  const aimed = comparisons.find(({ goal }) => goal !== undefined);
  return (aimed && readNetworkCell(aimed.cell)?.batch) ?? network.batch;
}
