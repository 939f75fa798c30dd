/**
 * From a second of sound to a picture of 32x32: 32 mel bands over 32 moments, in decibels.
 *
 * Numenta's networks for Speech Commands read this (librosa's `melspectrogram` and `power_to_db` with frames of 2,048 samples every 512).
 *
 * @module
 */
import { createFourier } from "./fourier.ts";
import { melFilters } from "./mel.ts";
import { SAMPLE_RATE } from "./wav.ts";

/** Mel bands, the rows of a spectrogram. */
export const BANDS = 32;
/** Moments, the columns of a spectrogram. */
export const MOMENTS = 32;
/** Samples of a frame. */
const FRAME = 2048;
/** Samples between two frames. */
const HOP = 512;
/** Frequencies of a frame. */
export const FREQUENCIES: number = FRAME / 2 + 1;
/** Power below which everything is silence. */
const LEAST_POWER = 1e-10;
/** Decibels below the loudest at which a spectrogram ends. */
const RANGE_DECIBELS = 80;

const FILTERS = melFilters({ filters: BANDS, rate: SAMPLE_RATE, frame: FRAME });
const transform = createFourier(FRAME);
/** Hann's window, periodic. */
const WINDOW = Float64Array.from(
  { length: FRAME },
  (_, i) => 0.5 - 0.5 * Math.cos(2 * Math.PI * i / FRAME),
);

/**
 * Magnitudes of the frequencies at each moment; the samples are mirrored at both ends, so that frames can be centred on the first and last.
 *
 * @param samples At least 2; a second of sound gives 32 moments.
 * @returns `moments × FREQUENCIES`.
 */
export function magnitudesOf(samples: Float32Array): Float32Array<ArrayBuffer> {
  const moments = 1 + Math.floor(samples.length / HOP);
  const magnitudes = new Float32Array(moments * FREQUENCIES);
  const frame = new Float64Array(FRAME);
  for (let moment = 0; moment < moments; moment++) {
    const start = moment * HOP - FRAME / 2;
    const inside = start >= 0 && start + FRAME <= samples.length;
    for (let i = 0; i < FRAME; i++) {
      const at = inside ? start + i : mirrored(start + i, samples.length);
      frame[i] = WINDOW[i]! * samples[at]!;
    }
    const from = moment * FREQUENCIES;
    transform(frame, magnitudes.subarray(from, from + FREQUENCIES));
  }
  return magnitudes;
}

/** A position past an end, thrown back into 0 to length - 1; the ends themselves are not repeated. */
function mirrored(position: number, length: number): number {
  if (position >= 0 && position < length) return position;
  const period = 2 * (length - 1);
  const inPeriod = ((position % period) + period) % period;
  return inPeriod < length ? inPeriod : period - inPeriod;
}

/**
 * The spectrogram in decibels below its loudest point, -80 to 0.
 *
 * @param magnitudes `moments × FREQUENCIES`; moments past the last are silent, those past 32 are not seen.
 * @param decibels 32 bands of 32 moments, low bands first; overwritten.
 */
export function fillSpectrogram(magnitudes: Float32Array, decibels: Float32Array): void {
  const moments = Math.min(MOMENTS, Math.floor(magnitudes.length / FREQUENCIES));
  let loudest = LEAST_POWER;
  decibels.fill(0);
  for (let moment = 0; moment < moments; moment++) {
    const from = moment * FREQUENCIES;
    for (let band = 0; band < BANDS; band++) {
      const { first, weights } = FILTERS[band]!;
      let power = 0;
      for (let i = 0; i < weights.length; i++) {
        power += weights[i]! * magnitudes[from + first + i]! ** 2;
      }
      decibels[band * MOMENTS + moment] = power;
      loudest = Math.max(loudest, power);
    }
  }
  const top = 10 * Math.log10(loudest);
  for (let i = 0; i < decibels.length; i++) {
    const level = 10 * Math.log10(Math.max(LEAST_POWER, decibels[i]!)) - top;
    decibels[i] = Math.max(-RANGE_DECIBELS, level);
  }
}
