/**
 * RigL: exchanges the smallest weights for those with the largest gradients (Evci et al. 2020, "Rigging the Lottery", algorithm 1).
 *
 * @module
 */
import { keepLargest } from "./units.ts";

/**
 * The share of the kept weights that is exchanged at a step: `alpha / 2 · (1 + cos(π t / end))`, 0 after the end.
 *
 * @param alpha Share at step 0.
 * @param end Last step at which weights are exchanged.
 */
export function dropFraction(alpha: number, step: number, end: number): number {
  if (step > end) return 0;
  return alpha / 2 * (1 + Math.cos(Math.PI * step / Math.max(1, end)));
}

/** What an exchange is decided on: one array of units (weights or blocks), of one layer or of all together. */
export interface ExchangeScores {
  /** 1 = kept. */
  readonly kept: Uint8Array;
  /** Magnitude of each unit. */
  readonly magnitudes: Float32Array;
  /** Magnitude of each unit's gradient. */
  readonly gradients: Float32Array;
}

/**
 * The units that are kept after an exchange: as many as before.
 *
 * Of the kept ones `floor(fraction · kept)` with the lowest magnitudes are dropped; as many with the largest gradients come, chosen
 * among all that are not kept then, those just dropped included, as in the authors' code. Ties go to the earlier unit.
 */
export function exchange(
  { kept, magnitudes, gradients }: ExchangeScores,
  fraction: number,
): Uint8Array {
  const before = kept.reduce((sum, one) => sum + one, 0);
  const count = Math.floor(fraction * before);
  const stay = keepLargest(magnitudes.map((size, i) => kept[i] === 1 ? size : -1), before - count);
  const grow = keepLargest(gradients.map((size, i) => stay[i] === 1 ? -1 : size), count);
  return stay.map((one, i) => one | grow[i]!);
}
