/**
 * What the panel kernels cost, as measured: the numbers behind the choice of a kernel.
 *
 * @module
 */
import { type Cpu, probeHost, type Target } from "../../kernels/mod.ts";

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
 * Costs of each target on processors that no other table is about, and wherever the processor cannot be asked. The fractions
 * are those of many columns, the starts explain what is missing at 90 and 95 % zeros.
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

const ZEN4 =
  "Zen 4 (AuthenticAMD, family 25), 1024 x 1024, 3072 x 768 and 1024 x 4096, 128 lanes, 1 thread";

/**
 * Costs on a Zen 4, whose 512-bit loads and multiply-adds are one a cycle each: 50 to 95 % zeros of 2x1, 4x1, 2:4 and no
 * pattern, packed as every form. By them the fastest form was chosen in each of 48
 * cases of either target.
 */
const ZEN4_COSTS: Readonly<Partial<Record<Target, PanelCosts>>> = {
  avx512: {
    measuredOn: ZEN4,
    dense: { fraction: 0.96, startColumns: 8 },
    tiles: {
      1: { fraction: 0.62, startColumns: 6, passColumns: 1.5 },
      2: { fraction: 0.84, startColumns: 6, passColumns: 1 },
      4: { fraction: 0.93, startColumns: 6, passColumns: 1 },
    },
  },
  avx2: {
    measuredOn: ZEN4,
    dense: { fraction: 0.84, startColumns: 4 },
    tiles: {
      1: { fraction: 0.58, startColumns: 4, passColumns: 4 },
      2: { fraction: 0.74, startColumns: 4, passColumns: 2 },
      4: { fraction: 0.78, startColumns: 4, passColumns: 1 },
    },
  },
};

/** What is asked of a processor to find its table. */
export type CpuName = Pick<Cpu, "vendor" | "family" | "features">;

/**
 * The costs of a target on a processor: its own if they were measured, else {@linkcode PANEL_COSTS}.
 *
 * @param cpu The processor, or why it cannot be asked; default this machine's.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * assertEquals(panelCostsOf("avx512", "no --allow-ffi"), PANEL_COSTS.avx512);
 * ```
 */
export function panelCostsOf(target: Target, cpu: CpuName | string = probeHost()): PanelCosts {
  return (isZen4(cpu) ? ZEN4_COSTS[target] : undefined) ?? PANEL_COSTS[target];
}

/** Family 25 is Zen 3 and Zen 4, of which the latter has AVX-512. */
function isZen4(cpu: CpuName | string): boolean {
  return typeof cpu !== "string" && cpu.vendor === "AuthenticAMD" && cpu.family === 25 &&
    cpu.features.has("avx512f");
}
