/**
 * Sound in WAV files: 16-bit samples, one channel, as Speech Commands is published.
 *
 * Layout (Microsoft, "Multiple channel audio data and WAVE files"): `RIFF`, a size, `WAVE`, then chunks of a four-letter name, a size and
 * content, filled up to even lengths; `fmt ` describes the samples that `data` holds.
 *
 * @module
 */

/** Samples of every second. */
export const SAMPLE_RATE = 16_000;

/** Format codes of uncompressed samples, plain and with an extended description. */
const [PLAIN, EXTENDED] = [1, 0xfffe];

interface Chunks {
  readonly format: DataView;
  readonly data: Uint8Array;
}

/**
 * The samples of a file, from -1 to 1 in steps of 2^-15.
 *
 * @param path Only for messages.
 * @throws {SyntaxError} If the file is none, is cut off, or holds other sound: compressed, stereo, another rate or depth, or none at all.
 */
export function decodeWav(bytes: Uint8Array, path: string): Float32Array<ArrayBuffer> {
  const { format, data } = readChunks(bytes, path);
  const [code, channels, rate, bits] = [
    format.getUint16(0, true),
    format.getUint16(2, true),
    format.getUint32(4, true),
    format.getUint16(14, true),
  ];
  const plain = code === PLAIN || code === EXTENDED;
  if (!plain || channels !== 1 || rate !== SAMPLE_RATE || bits !== 16) {
    broken(
      path,
      `format ${code}, ${channels} channels, ${rate} Hz, ${bits} bits`,
      `format 1, 1 channel, ${SAMPLE_RATE} Hz, 16 bits`,
    );
  }
  const count = data.length >> 1;
  if (count === 0) broken(path, "no samples", "some");
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  return Float32Array.from({ length: count }, (_, i) => view.getInt16(2 * i, true) / 32_768);
}

function readChunks(bytes: Uint8Array, path: string): Chunks {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const name = (at: number): string =>
    String.fromCharCode(...bytes.subarray(at, Math.min(at + 4, bytes.length)));
  if (name(0) !== "RIFF" || name(8) !== "WAVE") broken(path, "no RIFF WAVE header", "a WAV file");
  let format: DataView | null = null;
  for (let at = 12; at + 8 <= bytes.length;) {
    const size = view.getUint32(at + 4, true);
    const [start, end] = [at + 8, at + 8 + size];
    if (end > bytes.length) {
      broken(path, `${bytes.length - start} bytes of "${name(at)}"`, `${size}; it is cut off`);
    }
    if (name(at) === "fmt " && size >= 16) {
      format = new DataView(bytes.buffer, bytes.byteOffset + start, size);
    }
    if (name(at) === "data") {
      if (format === null) broken(path, "data before their format", "a format first");
      return { format, data: bytes.subarray(start, end) };
    }
    at = end + size % 2;
  }
  return broken(path, "no data", "a chunk of samples");
}

function broken(path: string, found: string, wanted: string): never {
  throw new SyntaxError(`Cannot read ${path}: ${found}, expected ${wanted}`);
}
