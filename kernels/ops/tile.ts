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

/** Best first: the fewest loads a multiply-add. */
const WASM: readonly Tile[] = [
  { rows: 4, vectors: 2, unroll: 1, sets: 1 },
  // bounds checks fill the front end; two columns a turn save the loop's own instructions: 63 -> 73 % of peak
  { rows: 2, vectors: 4, unroll: 2, sets: 1 },
  { rows: 1, vectors: 8, unroll: 1, sets: 1 },
  { rows: 1, vectors: 4, unroll: 2, sets: 2 },
];

// With fewer than 8 accumulators several sets take turns, so that no multiply-add waits for the one before it.
const SPARSE: Readonly<Record<Target, readonly Tile[]>> = {
  avx512: [
    { rows: 8, vectors: 3, unroll: 2, sets: 1 },
    { rows: 4, vectors: 4, unroll: 2, sets: 1 },
    { rows: 4, vectors: 3, unroll: 2, sets: 1 },
    { rows: 8, vectors: 2, unroll: 2, sets: 1 },
    { rows: 2, vectors: 4, unroll: 2, sets: 2 },
    { rows: 4, vectors: 2, unroll: 2, sets: 1 },
    { rows: 2, vectors: 3, unroll: 2, sets: 2 },
    { rows: 16, vectors: 1, unroll: 2, sets: 1 },
    { rows: 8, vectors: 1, unroll: 2, sets: 2 },
    { rows: 2, vectors: 2, unroll: 4, sets: 2 },
    { rows: 4, vectors: 1, unroll: 4, sets: 4 },
    { rows: 1, vectors: 4, unroll: 4, sets: 2 },
    { rows: 1, vectors: 3, unroll: 4, sets: 4 },
    { rows: 2, vectors: 1, unroll: 4, sets: 4 },
    { rows: 1, vectors: 2, unroll: 4, sets: 4 },
    { rows: 1, vectors: 1, unroll: 4, sets: 4 },
  ],
  avx2: [
    { rows: 4, vectors: 2, unroll: 2, sets: 1 },
    { rows: 2, vectors: 4, unroll: 2, sets: 1 },
    { rows: 1, vectors: 8, unroll: 2, sets: 1 },
    { rows: 2, vectors: 2, unroll: 2, sets: 2 },
    { rows: 1, vectors: 4, unroll: 2, sets: 2 },
    { rows: 1, vectors: 2, unroll: 4, sets: 4 },
  ],
  wasm_relaxed: WASM,
  wasm: WASM,
};

const DENSE: Readonly<Record<Target, readonly Tile[]>> = {
  avx512: [
    { rows: 6, vectors: 4, unroll: 1, sets: 1 },
    { rows: 8, vectors: 3, unroll: 1, sets: 1 },
    { rows: 12, vectors: 2, unroll: 1, sets: 1 },
    { rows: 24, vectors: 1, unroll: 1, sets: 1 },
  ],
  avx2: [{ rows: 6, vectors: 2, unroll: 1, sets: 1 }],
  wasm_relaxed: [{ rows: 4, vectors: 2, unroll: 1, sets: 1 }],
  wasm: [{ rows: 4, vectors: 2, unroll: 1, sets: 1 }],
};

/**
 * The tile of a matrix of the given pattern: the best whose rows divide the pattern's and whose vectors divide a panel
 * row. Its `rows` is the `rowsPerBlock` of the packed weights.
 *
 * @throws {RangeError} If the pattern's blocks have no rows.
 */
export function tileOf(pattern: Pattern, target: Target, panelLanes: number): Tile {
  const dense = pattern.kind === "dense";
  const blockRows = unitOf(pattern).rows;
  const available = panelLanes / LANES[target];
  const tile = (dense ? DENSE : SPARSE)[target].find(({ rows, vectors }) =>
    available % vectors === 0 && (dense || blockRows % rows === 0)
  );
  if (!tile || blockRows < 1) {
    throw new RangeError(`Cannot tile ${blockRows} rows: expected at least 1`);
  }
  return tile;
}

// What one pass over the columns may touch of a panel. A row of few outputs loads an activation for nearly every
// multiply-add, so activations must come from the first-level cache (32 KiB of 32 or 48); where four rows share a load
// the second level is fast enough, and half of it is for the panel.
const FIRST_LEVEL = 2 ** 15;
const SECOND_LEVEL = 2 ** 20;

/** Bytes of a panel that one pass over the columns should touch. */
export function passBytes(tile: Tile, target: Target): number {
  // V8's bounds checks hide what the second-level cache costs; AVX2 tiles are narrow, so that a panel row is read in parts
  if (target.startsWith("wasm")) return SECOND_LEVEL;
  return tile.rows >= 4 && target === "avx512" ? SECOND_LEVEL : FIRST_LEVEL;
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
