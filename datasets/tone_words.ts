/**
 * Generated commands: a word is three tones after one another. A stand-in for Speech Commands.
 *
 * Ten words, silence, and other words, which are the tones in other orders. Voices differ in pitch, speed, beginning and loudness, and there
 * is noise behind them. The sound takes the way of recordings to its spectrogram.
 *
 * @module
 */
import type { Random } from "../core/mod.ts";
import type { PlaneGenerator } from "./generated_planes.ts";
import { BANDS, fillSpectrogram, magnitudesOf, MOMENTS } from "./spectrogram.ts";
import { SAMPLE_RATE } from "./wav.ts";

/** Pitches of the tones, in hertz. */
const PITCHES = [400, 800, 1600, 3200] as const;
/** Every order of three different tones. */
const ORDERS = PITCHES.flatMap((first, i) =>
  PITCHES.flatMap((second, j) =>
    PITCHES.flatMap((third, k) => i === j || j === k || i === k ? [] : [[first, second, third]])
  )
);
const WORDS = 10;
const [SILENCE, OTHERS] = [WORDS, WORDS + 1] as const;

/** Draws spectrograms of twelve classes. */
export const TONE_WORDS: PlaneGenerator = {
  name: "synthetic-commands",
  version: 1,
  // Every second order is a word, so that words do not begin alike.
  classes: [
    ...Array.from({ length: WORDS }, (_, word) => ORDERS[2 * word]!.join(" ")),
    ...["_silence_", "_unknown_"],
  ],
  shape: { channels: 1, height: BANDS, width: MOMENTS },
  normalisation: { mean: [-48], deviation: [23] },
  draw(label, random): Float32Array {
    const decibels = new Float32Array(BANDS * MOMENTS);
    fillSpectrogram(magnitudesOf(say(orderOf(label, random), random)), decibels);
    return decibels;
  },
};

function orderOf(label: number, random: Random): readonly number[] {
  if (label === SILENCE) return [];
  if (label !== OTHERS) return ORDERS[2 * label]!;
  const others = ORDERS.filter((_, i) => i % 2 === 1 || i >= 2 * WORDS);
  return others[random.integer(others.length)]!;
}

function say(tones: readonly number[], random: Random): Float32Array {
  const voice = 0.9 + 0.2 * random.next();
  const length = Math.floor(SAMPLE_RATE * (0.14 + 0.08 * random.next()));
  const start = Math.floor((SAMPLE_RATE - 3 * length) * random.next());
  const loudness = 0.1 + 0.4 * random.next();
  const noise = 0.01 + 0.04 * random.next();
  const sound = Float32Array.from({ length: SAMPLE_RATE }, () => noise * random.normal());
  tones.forEach((pitch, i) => {
    const step = 2 * Math.PI * pitch * voice / SAMPLE_RATE;
    for (let at = 0; at < length; at++) {
      // Tones swell and fade, as there would be clicks of all pitches between them else.
      const swell = Math.sin(Math.PI * at / length);
      const sample = start + i * length + at;
      sound[sample] = sound[sample]! + loudness * swell * Math.sin(step * at);
    }
  });
  return sound;
}
