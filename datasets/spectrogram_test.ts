import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { createRandom } from "../core/mod.ts";
import {
  changeMoments,
  changeSound,
  mixNoise,
  oneSecond,
  resample,
  shift,
  stretch,
} from "./clip_changes.ts";
import { createFourier } from "./fourier.ts";
import { hertzOf, melFilters, melsOf } from "./mel.ts";
import { fillSpectrogram, FREQUENCIES, magnitudesOf } from "./spectrogram.ts";

/** A second of two tones, one of them rising. */
const SOUND = Float32Array.from(
  { length: 16_000 },
  (_, i) =>
    0.5 * Math.sin(2 * Math.PI * 440 * i / 16_000) +
    0.25 * Math.sin(2 * Math.PI * (300 + 1500 * i / 16_000) * i / 16_000),
);

/** Band and moment, and the decibels that librosa 0.11.0 gives (frames of 2,048 every 512, mirrored ends, 32 mels, loudest as reference). */
const PLAIN = [
  ...[[0, 0, -18.786], [3, 0, -5.201], [5, 5, -40.878], [10, 10, -47.866], [15, 20, -80]],
  ...[[20, 31, -60.823], [31, 31, -60.15], [7, 30, -39.407], [12, 2, -80]],
] as const;
/** The same after its phase vocoder, filled up or cut to 32 moments. */
const FASTER = [[0, 0, -18.559], [3, 0, -4.974], [5, 5, -46.606], [10, 10, -80], [
  31,
  31,
  -80,
]] as const;
const SLOWER = [[0, 0, -18.664], [5, 5, -21.218], [10, 10, -16.591], [15, 20, -58.992], [
  20,
  31,
  -27.743,
]] as const;

function spectrogram(magnitudes: Float32Array): Float32Array {
  const decibels = new Float32Array(32 * 32).fill(NaN);
  fillSpectrogram(magnitudes, decibels);
  return decibels;
}

function assertPoints(
  decibels: Float32Array,
  points: readonly (readonly [band: number, moment: number, value: number])[],
  mean: number,
): void {
  for (const [band, moment, value] of points) {
    assertAlmostEquals(decibels[32 * band + moment]!, value, 0.02, `band ${band} moment ${moment}`);
  }
  assertAlmostEquals(decibels.reduce((sum, value) => sum + value, 0) / 1024, mean, 0.005);
}

Deno.test("createFourier() agrees with the definition", () => {
  const random = createRandom("fourier");
  for (const length of [4, 8, 64]) {
    const frame = Float64Array.from({ length }, () => random.normal());
    const magnitudes = new Float32Array(length / 2 + 1);
    createFourier(length)(frame, magnitudes);
    magnitudes.forEach((magnitude, k) => {
      let [x, y] = [0, 0];
      frame.forEach((value, i) => {
        x += value * Math.cos(2 * Math.PI * i * k / length);
        y += value * Math.sin(2 * Math.PI * i * k / length);
      });
      assertAlmostEquals(magnitude, Math.hypot(x, y), 1e-5);
    });
  }
  assertThrows(() => createFourier(12), RangeError, "expected a power of two");
});

Deno.test("melsOf() and hertzOf() are each other's inverse, on Slaney's scale", () => {
  for (const hertz of [0, 500, 1000, 3000, 8000]) {
    assertAlmostEquals(hertzOf(melsOf(hertz)), hertz, 1e-9);
  }
  assertAlmostEquals(melsOf(1000), 15, 1e-12);
  assertEquals(melsOf(200), 3);
  assertAlmostEquals(melsOf(6400), 42, 1e-12);
  // mel_frequencies(n_mels=6, fmax=8000) of librosa.
  const corners = [
    0,
    603.275206292333,
    1237.397792194086,
    2305.1696174379276,
    4294.340105243577,
    8000,
  ];
  corners.forEach((hertz, i) => assertAlmostEquals(hertzOf(melsOf(8000) * i / 5), hertz, 1e-6));
});

Deno.test("melFilters() have the weights of librosa's", () => {
  const filters = melFilters({ filters: 32, rate: 16_000, frame: 2048 });
  assertEquals(filters[0]!.first, 1);
  assertAlmostEquals(filters[0]!.weights[1]!, 0.001870152191258967, 1e-9);
  const last = filters[31]!;
  assertEquals(last.first + last.weights.length, 1024);
  assertAlmostEquals(last.weights.at(-1)!, 1.5795030776644126e-5, 1e-10);
});

Deno.test("fillSpectrogram() gives the decibels of librosa", () => {
  const magnitudes = magnitudesOf(SOUND);
  assertEquals(magnitudes.length, 32 * FREQUENCIES);
  assertPoints(spectrogram(magnitudes), PLAIN, -63.855995178222656);
});

Deno.test("fillSpectrogram() takes silence for 0 decibels everywhere, and moments that are not there for silent", () => {
  assertEquals(spectrogram(magnitudesOf(new Float32Array(16_000))), new Float32Array(1024));
  const short = spectrogram(magnitudesOf(SOUND).subarray(0, 2 * FREQUENCIES));
  assertEquals([short[2], short[31]], [-80, -80]);
  assert(short.every((value) => value >= -80 && value <= 0));
});

Deno.test("stretch() gives the magnitudes of librosa's phase vocoder", () => {
  const magnitudes = magnitudesOf(SOUND);
  assertPoints(spectrogram(stretch(magnitudes, 1.13)), FASTER, -64.37049865722656);
  assertPoints(spectrogram(stretch(magnitudes, 0.87)), SLOWER, -64.20868682861328);
});

Deno.test("resample() draws straight lines between samples, as numpy's interp", () => {
  const faster = resample(SOUND, 1 / 1.13);
  assertEquals(faster.length, 18_080);
  const golden = [[1, 0.1020867601], [100, -0.0379217528], [5000, -0.6778401732], [
    18_079,
    -0.3265758753,
  ]];
  for (const [i, value] of golden) assertAlmostEquals(faster[i!]!, value!, 2e-6);
});

Deno.test("shift() moves moments and leaves silence", () => {
  const magnitudes = Float32Array.from(
    { length: 3 * FREQUENCIES },
    (_, i) => 1 + Math.floor(i / FREQUENCIES),
  );
  const firsts = (values: Float32Array): number[] => [0, 1, 2].map((i) => values[i * FREQUENCIES]!);
  assertEquals(firsts(shift(magnitudes, 1)), [2, 3, 0]);
  assertEquals(firsts(shift(magnitudes, -2)), [0, 0, 1]);
  assertEquals(firsts(shift(magnitudes, 0)), [1, 2, 3]);
});

Deno.test("changeSound() and changeMoments() change what they should, by chance, and nothing else", () => {
  const seen = new Set<string>();
  for (let i = 0; i < 40; i++) {
    const sound = changeSound(SOUND, createRandom(i));
    assertEquals(sound.length, 16_000);
    assert(sound.every((sample) => Math.abs(sample) <= 0.75 * 1.1 + 1e-6));
    seen.add(sound.subarray(0, 50).join());
  }
  // A quarter is left alone in both ways.
  assert(seen.size > 20 && seen.size < 40, `${seen.size}`);
  const magnitudes = magnitudesOf(SOUND);
  const kept = Array.from({ length: 40 }, (_, i) => changeMoments(magnitudes, createRandom(i)))
    .filter((changed) => changed === magnitudes).length;
  assert(kept > 2 && kept < 20, `${kept}`);
});

Deno.test("oneSecond() and mixNoise()", () => {
  assertEquals(oneSecond(Float32Array.of(1, 2)).subarray(0, 3), Float32Array.of(1, 2, 0));
  assertEquals(oneSecond(new Float32Array(20_000)).length, 16_000);
  const random = createRandom("noise");
  const noisy = mixNoise(new Float32Array(10_000).fill(1), 0.5, random);
  const mean = noisy.reduce((sum, sample) => sum + sample, 0) / 10_000;
  assertAlmostEquals(mean, 0.5, 0.02);
  assert(noisy.every((sample) => sample >= 0 && sample <= 1));
  assertEquals(mixNoise(SOUND, 0, random), SOUND);
});
