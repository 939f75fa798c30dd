/**
 * Register tiles of the INT8 products.
 *
 * As for float32 (`tile.ts`), with a byte dot product in the place of the multiply-add. Where the activations are `rows`,
 * four of them become four vectors of quads by 8 unpack instructions, or, in half a tile, two vectors by 4; an
 * unpack takes as long as a dot product, so it has to serve as many rows of weights as there are.
 *
 * @module
 */
import { type Pattern, unitOf } from "../../core/mod.ts";
import type { Target } from "../machine.ts";
import { type ByteLayout, QUAD } from "./byte_panel.ts";
import { LANES, type Tile } from "./tile.ts";

const WASM_QUADS: readonly Tile[] = [
  { rows: 4, vectors: 2, unroll: 1, sets: 1 },
  { rows: 2, vectors: 4, unroll: 1, sets: 1 },
  { rows: 1, vectors: 8, unroll: 2, sets: 1 },
];

const WASM_ROWS: readonly Tile[] = [
  { rows: 4, vectors: 2, unroll: 1, sets: 1 },
  { rows: 2, vectors: 4, unroll: 1, sets: 1 },
  { rows: 1, vectors: 8, unroll: 1, sets: 1 },
];

// The first whose rows divide the pattern's and whose vectors fit the panel is taken.
const TILES: Readonly<Record<ByteLayout, Readonly<Record<Target, readonly Tile[]>>>> = {
  quads: {
    avx512: [
      // 8 loads for 16 dot products, where 8 rows by 2 vectors take 10
      { rows: 4, vectors: 4, unroll: 1, sets: 1 },
      { rows: 8, vectors: 2, unroll: 1, sets: 1 },
      { rows: 4, vectors: 2, unroll: 1, sets: 1 },
      { rows: 2, vectors: 4, unroll: 2, sets: 2 },
      { rows: 1, vectors: 4, unroll: 2, sets: 2 },
    ],
    avx2: [
      { rows: 4, vectors: 2, unroll: 1, sets: 1 },
      { rows: 2, vectors: 4, unroll: 1, sets: 1 },
      { rows: 1, vectors: 8, unroll: 1, sets: 1 },
    ],
    wasm_relaxed: WASM_QUADS,
    wasm: WASM_QUADS,
  },
  rows: {
    avx512: [
      { rows: 8, vectors: 2, unroll: 1, sets: 1 },
      { rows: 4, vectors: 4, unroll: 1, sets: 1 },
      { rows: 2, vectors: 4, unroll: 1, sets: 1 },
      { rows: 1, vectors: 4, unroll: 1, sets: 1 },
    ],
    avx2: [
      { rows: 4, vectors: 2, unroll: 1, sets: 1 },
      { rows: 2, vectors: 4, unroll: 1, sets: 1 },
      { rows: 1, vectors: 4, unroll: 1, sets: 1 },
    ],
    wasm_relaxed: WASM_ROWS,
    wasm: WASM_ROWS,
  },
};

const DENSE: Readonly<Record<Target, Tile>> = {
  avx512: { rows: 8, vectors: 2, unroll: 1, sets: 1 },
  avx2: { rows: 4, vectors: 2, unroll: 1, sets: 1 },
  wasm_relaxed: { rows: 4, vectors: 2, unroll: 1, sets: 1 },
  wasm: { rows: 4, vectors: 2, unroll: 1, sets: 1 },
};

/** The order of activations that suits a pattern: `quads` if its weights come in runs of 4 inputs. */
export function byteLayoutOf(pattern: Pattern): ByteLayout {
  return pattern.kind === "dense" || unitOf(pattern).cols % QUAD === 0 ? "quads" : "rows";
}

/** The tile of an INT8 matrix of the given pattern. Its `rows` is the `rowsPerBlock` of the packed weights. */
export function quadTileOf(pattern: Pattern, target: Target, panelLanes: number): Tile {
  if (pattern.kind === "dense") return fit(DENSE[target], target, panelLanes);
  const { rows: unitRows } = unitOf(pattern);
  const tiles = TILES[byteLayoutOf(pattern)][target].filter(({ rows }) => unitRows % rows === 0);
  const wide = panelLanes / LANES[target];
  // one row divides every pattern
  return fit(tiles.find(({ vectors }) => vectors <= wide) ?? tiles[0]!, target, panelLanes);
}

function fit(tile: Tile, target: Target, panelLanes: number): Tile {
  const available = panelLanes / LANES[target];
  let vectors = Math.min(tile.vectors, available);
  // a power of 2, so that tiles fill or halve the groups of four vectors that bytes are packed from
  while (available % vectors !== 0) vectors /= 2;
  return { ...tile, vectors };
}

/** Whether the kernel of a pattern can store `quads`: whether it computes 4 rows at a time, on every target alike. */
export function makesQuads(pattern: Pattern): boolean {
  return pattern.kind === "dense" || unitOf(pattern).rows % QUAD === 0;
}
