/**
 * WAV files for tests.
 *
 * @module
 */

/** What differs from 16-bit samples of one channel at 16 kHz. */
export interface WavChanges {
  /** Format code. */
  readonly code?: number;
  /** Channels. */
  readonly channels?: number;
  /** Samples per second. */
  readonly rate?: number;
  /** Bits of a sample. */
  readonly bits?: number;
  /** Chunks before the samples. */
  readonly before?: readonly number[];
}

/** A file of these samples, from -32,768 to 32,767. */
export function wav(samples: ArrayLike<number>, changes: WavChanges = {}): Uint8Array<ArrayBuffer> {
  const { code = 1, channels = 1, rate = 16_000, bits = 16, before = [] } = changes;
  const text = (word: string): number[] => [...new TextEncoder().encode(word)];
  const word = (value: number): number[] => [value & 255, value >> 8 & 255];
  const long = (value: number): number[] => [...word(value & 65535), ...word(value >>> 16)];
  const data = new Uint8Array(Int16Array.from(samples).buffer);
  const format = [
    ...[...word(code), ...word(channels), ...long(rate), ...long(rate * channels * bits / 8)],
    ...[...word(channels * bits / 8), ...word(bits)],
  ];
  const head = [
    ...[...text("WAVE"), ...text("fmt "), ...long(16), ...format, ...before],
    ...[...text("data"), ...long(data.length)],
  ];
  const file = new Uint8Array(8 + head.length + data.length);
  file.set([...text("RIFF"), ...long(head.length + data.length), ...head]);
  file.set(data, 8 + head.length);
  return file;
}
