/**
 * What the panel kernels cost, as measured: the numbers behind the choice of a kernel.
 *
 * @module
 */
import type { Target } from "../../kernels/mod.ts";

/** What a tile of some rows costs. */
export interface TileCost {
  /** Fraction of the multiply-add peak that stored columns reach by themselves, 0 to 1. */
  readonly fraction: number;
  /** What starting, storing and ending a row block costs, in stored columns at the peak. */
  readonly startColumns: number;
  /** What loading and storing its sums costs in each pass over the columns after the first, in the same unit. */
  readonly passColumns: number;
}

/** Measured costs of the panel kernels of a target. */
export interface PanelCosts {
  /** Where they were measured, in words. */
  readonly measuredOn: string;
  /** Of the dense kernel, which has one pass. */
  readonly dense: Omit<TileCost, "passColumns">;
  /** By rows of the tile: 1, 2, and 4 for all higher ones. */
  readonly tiles: Readonly<Record<1 | 2 | 4, TileCost>>;
}

const XEON = "Xeon with AVX-512 (family 6, model 207), 1024 x 1024, 384 lanes, 1 thread";

const WASM_RELAXED: PanelCosts = {
  measuredOn: XEON,
  dense: { fraction: 0.97, startColumns: 1 },
  tiles: {
    1: { fraction: 0.54, startColumns: 1, passColumns: 1 },
    2: { fraction: 0.8, startColumns: 1, passColumns: 1 },
    4: { fraction: 0.87, startColumns: 1, passColumns: 1 },
  },
};

/**
 * Costs of each target, used where none measured on this machine are given. The fractions are those of many columns, the
 * starts explain what is missing at 90 and 95 % zeros.
 */
export const PANEL_COSTS: Readonly<Record<Target, PanelCosts>> = {
  avx512: {
    measuredOn: XEON,
    dense: { fraction: 0.99, startColumns: 7 },
    tiles: {
      1: { fraction: 0.68, startColumns: 7, passColumns: 4.5 },
      2: { fraction: 0.94, startColumns: 7, passColumns: 3.5 },
      4: { fraction: 0.94, startColumns: 7, passColumns: 3 },
    },
  },
  avx2: {
    measuredOn: XEON,
    dense: { fraction: 0.985, startColumns: 1 },
    tiles: {
      1: { fraction: 0.88, startColumns: 2.5, passColumns: 2.5 },
      2: { fraction: 0.9, startColumns: 1, passColumns: 1 },
      4: { fraction: 0.9, startColumns: 1, passColumns: 1 },
    },
  },
  wasm_relaxed: WASM_RELAXED,
  // taken to be in the proportions of wasm_relaxed: its multiply-add is two instructions in all of them
  wasm: { ...WASM_RELAXED, measuredOn: `${XEON}, as wasm_relaxed` },
};
