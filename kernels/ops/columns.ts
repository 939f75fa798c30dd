/**
 * Walking a panel in columns: some lanes at a time, all rows of them before the next.
 *
 * @module
 */
import type { Scalar, Vector, VectorMachine } from "../machine.ts";

/** How a panel row is cut. */
export interface Columns {
  /** Vectors side by side. */
  readonly vectors: number;
  /** Bytes of a vector. */
  readonly bytes: number;
  /** Columns of a panel. */
  readonly count: number;
}

/** The widest columns, up to `widest` vectors, that divide a panel row. */
export function columnsOf(machine: VectorMachine, panelLanes: number, widest: number): Columns {
  const available = panelLanes / machine.lanes;
  let vectors = Math.min(widest, available);
  while (available % vectors !== 0) vectors--;
  return { vectors, bytes: machine.lanes * 4, count: available / vectors };
}

/** Runs `body` once a column; the pointers move from column to column. */
export function forEachColumn(
  machine: VectorMachine,
  columns: Columns,
  pointers: readonly Scalar[],
  body: () => void,
): void {
  machine.repeat(columns.count, () => {
    machine.scope(body);
    for (const pointer of pointers) machine.increase(pointer, columns.vectors * columns.bytes);
  });
}

/** Takes `count` vectors. */
export function takeVectors(machine: VectorMachine, count: number): readonly Vector[] {
  return Array.from({ length: count }, () => machine.vector());
}
