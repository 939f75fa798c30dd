/**
 * Walking a panel in columns: so many lanes at a time as registers allow, all rows of them before the next.
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

// 4 vectors are one cache line on AVX2 and a row of 64 lanes on AVX-512
const WIDEST = 4;

/** The widest columns, up to 4 vectors, that divide a panel row and leave registers for the kernel. */
export function columnsOf(
  machine: VectorMachine,
  panelLanes: number,
  registersPerVector: number,
  registersShared: number,
): Columns {
  const available = panelLanes / machine.lanes;
  const most = Math.floor((machine.vectors - registersShared) / registersPerVector);
  let vectors = Math.max(1, Math.min(WIDEST, most, available));
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
