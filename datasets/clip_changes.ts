/**
 * What training does to a spoken word: louder or softer, faster or slower, earlier or later; and the noise that networks are tested with.
 *
 * Ranges are those of Numenta's experiments; each change is made every second time.
 *
 * @module
 */
import type { Random } from "../core/mod.ts";
import { FREQUENCIES } from "./spectrogram.ts";
import { SAMPLE_RATE } from "./wav.ts";

const AMPLITUDES = [0.7, 1.1] as const;
/** Largest change of speed and pitch together, and of speed alone. */
const MOST_SPEED = 0.2;
const MOST_STRETCH = 0.2;
/** Moments by which a word is moved at most. */
const MOST_SHIFT = 8;

function everySecond(random: Random): boolean {
  return random.integer(2) === 0;
}

function between(low: number, high: number, random: Random): number {
  return low + (high - low) * random.next();
}

/** A second of sound: cut off, or silence behind it. */
export function oneSecond(samples: Float32Array): Float32Array<ArrayBuffer> {
  const second = new Float32Array(SAMPLE_RATE);
  second.set(samples.subarray(0, SAMPLE_RATE));
  return second;
}

/** Changes the sound of a word: amplitude, then speed and pitch. Gives a second. */
export function changeSound(samples: Float32Array, random: Random): Float32Array<ArrayBuffer> {
  const factor = everySecond(random) ? between(...AMPLITUDES, random) : 1;
  const louder = factor === 1 ? samples : samples.map((sample) => sample * factor);
  const speed = everySecond(random) ? 1 / (1 + between(-MOST_SPEED, MOST_SPEED, random)) : 1;
  return oneSecond(speed === 1 ? louder : resample(louder, speed));
}

/** Samples `step` apart, drawn on straight lines between those that there are. */
export function resample(samples: Float32Array, step: number): Float32Array {
  const count = Math.ceil(samples.length / step);
  const last = samples.length - 1;
  return Float32Array.from({ length: count }, (_, i) => {
    const at = Math.min(last, i * step);
    const before = Math.floor(at);
    const after = Math.min(last, before + 1);
    return samples[before]! + (at - before) * (samples[after]! - samples[before]!);
  });
}

/**
 * Changes a word's magnitudes: stretched in time without a change of pitch, then moved.
 *
 * @param magnitudes `moments × FREQUENCIES`; the result has as many moments.
 */
export function changeMoments(magnitudes: Float32Array, random: Random): Float32Array {
  const stretched = everySecond(random)
    ? stretch(magnitudes, 1 + between(-MOST_STRETCH, MOST_STRETCH, random))
    : magnitudes;
  return everySecond(random)
    ? shift(stretched, random.integer(2 * MOST_SHIFT + 1) - MOST_SHIFT)
    : stretched;
}

/** A phase vocoder's magnitudes; phases do not matter where no sound is made of them. Above 1 is faster. */
export function stretch(magnitudes: Float32Array, rate: number): Float32Array {
  const moments = magnitudes.length / FREQUENCIES;
  const result = new Float32Array(magnitudes.length);
  const at = (moment: number, i: number): number =>
    moment < moments ? magnitudes[moment * FREQUENCIES + i]! : 0;
  const count = Math.min(moments, Math.ceil(moments / rate));
  for (let moment = 0; moment < count; moment++) {
    const before = Math.floor(moment * rate);
    const part = moment * rate - before;
    for (let i = 0; i < FREQUENCIES; i++) {
      result[moment * FREQUENCIES + i] = (1 - part) * at(before, i) + part * at(before + 1, i);
    }
  }
  return result;
}

/** Moves magnitudes earlier (above 0) or later, silence where nothing was. */
export function shift(magnitudes: Float32Array, moments: number): Float32Array {
  const result = new Float32Array(magnitudes.length);
  const values = moments * FREQUENCIES;
  if (values >= 0) result.set(magnitudes.subarray(values));
  else result.set(magnitudes.subarray(0, values), -values);
  return result;
}

/**
 * Sound mixed with noise that is even from -1 to 1: `(1 - level) · sound + level · noise`. The noise test of Numenta's experiments.
 *
 * @param level 0 to 1.
 */
export function mixNoise(samples: Float32Array, level: number, random: Random): Float32Array {
  if (level === 0) return samples;
  return samples.map((sample) => (1 - level) * sample + level * (2 * random.next() - 1));
}
