/**
 * Register tiles: how many output rows by how many vectors a kernel keeps in registers.
 *
 * A tile of R rows by V vectors reads V vectors and R weights for R * V multiply-adds, so it needs
 * `(R + V) / (R * V)` loads each; two loads and two multiply-adds a cycle make 1 the break-even. It also needs enough
 * independent accumulators to cover the latency of a multiply-add: 8 on every processor of the last ten years.
 *
 * @module
 */
import { type Pattern, unitOf } from "../../core/mod.ts";
import type { Target } from "../machine.ts";

/** Accumulators of a kernel. */
export interface Tile {
  /** Output rows that share each loaded vector of activations. */
  readonly rows: number;
  /** Vectors along the lanes. */
  readonly vectors: number;
  /** Stored columns of each turn of the inner loop. */
  readonly unroll: number;
  /** Sets of accumulators that the columns of a turn go round; they are added at the end. */
  readonly sets: number;
}

/** float32 lanes of a vector register. */
export const LANES: Readonly<Record<Target, number>> = {
  avx512: 16,
  avx2: 8,
  wasm_relaxed: 4,
  wasm: 4,
};

const WASM_TILES: readonly Tile[] = [
  { rows: 4, vectors: 2, unroll: 1, sets: 1 },
  // bounds checks fill the front end; two columns a turn save the loop's own instructions: 63 -> 73 % of peak
  { rows: 2, vectors: 4, unroll: 2, sets: 1 },
  { rows: 1, vectors: 8, unroll: 1, sets: 1 },
];

// Largest rows first: the first whose rows divide the pattern's is taken.
const SPARSE: Readonly<Record<Target, readonly Tile[]>> = {
  avx512: [
    { rows: 8, vectors: 2, unroll: 1, sets: 1 },
    { rows: 4, vectors: 4, unroll: 1, sets: 1 },
    // 8 and 4 accumulators would wait for each other; a second set doubles them
    { rows: 2, vectors: 4, unroll: 2, sets: 2 },
    { rows: 1, vectors: 4, unroll: 2, sets: 2 },
  ],
  avx2: [
    { rows: 4, vectors: 2, unroll: 1, sets: 1 },
    { rows: 2, vectors: 4, unroll: 1, sets: 1 },
    { rows: 1, vectors: 8, unroll: 1, sets: 1 },
  ],
  wasm_relaxed: WASM_TILES,
  wasm: WASM_TILES,
};

const DENSE: Readonly<Record<Target, Tile>> = {
  avx512: { rows: 6, vectors: 4, unroll: 1, sets: 1 },
  avx2: { rows: 6, vectors: 2, unroll: 1, sets: 1 },
  wasm_relaxed: { rows: 4, vectors: 2, unroll: 1, sets: 1 },
  wasm: { rows: 4, vectors: 2, unroll: 1, sets: 1 },
};

/** The tile of a matrix of the given pattern. Its `rows` is the `rowsPerBlock` of the packed weights. */
export function tileOf(pattern: Pattern, target: Target, panelLanes: number): Tile {
  if (pattern.kind === "dense") return fit(DENSE[target], target, panelLanes);
  const blockRows = unitOf(pattern).rows;
  const tile = SPARSE[target].find(({ rows }) => blockRows % rows === 0);
  if (!tile) throw new RangeError(`Cannot tile ${blockRows} rows: expected at least 1`);
  return fit(tile, target, panelLanes);
}

/** The tile of a product of two activations: rows that divide 16, so that they divide every panel. */
export function matmulTileOf(target: Target, panelLanes: number): Tile {
  return fit(
    { rows: 4, vectors: target === "avx512" ? 4 : 2, unroll: 1, sets: 1 },
    target,
    panelLanes,
  );
}

function fit(tile: Tile, target: Target, panelLanes: number): Tile {
  const available = panelLanes / LANES[target];
  let vectors = Math.min(tile.vectors, available);
  while (available % vectors !== 0) vectors--;
  return { ...tile, vectors };
}
