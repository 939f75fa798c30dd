/**
 * Mel filters: triangles over the frequencies, narrow where ears tell pitches apart.
 *
 * The scale is Slaney's (Auditory Toolbox, 1998), as librosa has it: linear to 1,000 Hz, then logarithmic; every triangle has the same area.
 *
 * @module
 */

/** Hertz per mel below the break, where the scale is linear. */
const LINEAR_HERTZ = 200 / 3;
const BREAK_HERTZ = 1000;
const BREAK_MELS = BREAK_HERTZ / LINEAR_HERTZ;
/** Above the break, 27 mels are a factor of 6.4. */
const LOG_STEP = Math.log(6.4) / 27;

/** A frequency in mels. */
export function melsOf(hertz: number): number {
  return hertz < BREAK_HERTZ
    ? hertz / LINEAR_HERTZ
    : BREAK_MELS + Math.log(hertz / BREAK_HERTZ) / LOG_STEP;
}

/** A frequency in hertz. */
export function hertzOf(mels: number): number {
  return mels < BREAK_MELS
    ? mels * LINEAR_HERTZ
    : BREAK_HERTZ * Math.exp(LOG_STEP * (mels - BREAK_MELS));
}

/** A triangle: weights of neighbouring frequencies. */
export interface MelFilter {
  /** First frequency with a weight. */
  readonly first: number;
  /** Weights from there on. */
  readonly weights: Float64Array;
}

/** Which filters to make. */
export interface MelOptions {
  /** Number of filters. */
  readonly filters: number;
  /** Samples per second. */
  readonly rate: number;
  /** Samples of a transformed frame. */
  readonly frame: number;
}

/** Filters from 0 Hz to half the rate, evenly apart in mels; for the frequencies 0 to frame/2 of a transform. */
export function melFilters({ filters, rate, frame }: MelOptions): readonly MelFilter[] {
  const top = melsOf(rate / 2);
  const corners = Array.from({ length: filters + 2 }, (_, i) => hertzOf(top * i / (filters + 1)));
  return Array.from({ length: filters }, (_, i) => {
    const [left, middle, right] = corners.slice(i, i + 3) as [number, number, number]; // in range
    const height = 2 / (right - left);
    const weights = Array.from({ length: frame / 2 + 1 }, (_, bin) => {
      const hertz = bin * rate / frame;
      const slope = Math.min((hertz - left) / (middle - left), (right - hertz) / (right - middle));
      return Math.max(0, slope) * height;
    });
    const first = Math.max(0, weights.findIndex((weight) => weight > 0));
    const last = weights.findLastIndex((weight) => weight > 0);
    return { first, weights: Float64Array.from(weights.slice(first, last + 1)) };
  });
}
