/**
 * Arrays in the IDX format, in which MNIST is published, plain or compressed by gzip.
 *
 * Layout (yann.lecun.com/exdb/mnist): two zero bytes, the element type, the number of axes, the size of each axis (big-endian), then the
 * elements.
 *
 * @module
 */
import { gunzipSync } from "node:zlib";

/** The element type of unsigned bytes, the only one that is read. */
const UNSIGNED_BYTE = 0x08;
/** Four gigabytes of pixels would be no MNIST. */
const MOST_BYTES = 1 << 30;

/** An array of bytes. */
export interface ByteArray {
  /** Sizes, outermost first. */
  readonly shape: readonly number[];
  /** Elements in row-major order. */
  readonly data: Uint8Array;
}

/**
 * Reads an array of unsigned bytes.
 *
 * @param bytes Content of the file, plain or gzip.
 * @param path Only for messages.
 * @param axes How many axes it must have.
 * @throws {SyntaxError} If it is no such array, or cut off.
 */
export function decodeIdx(bytes: Uint8Array, path: string, axes: number): ByteArray {
  const plain = isGzip(bytes) ? gunzip(bytes, path) : bytes;
  const header = 4 + 4 * axes;
  const start = [...plain.subarray(0, 4)];
  if (start.join() !== [0, 0, UNSIGNED_BYTE, axes].join()) {
    const found = start.map((byte) => byte.toString(16).padStart(2, "0")).join(" ") || "nothing";
    throw new SyntaxError(
      `Cannot read ${path}: it starts with ${found}, expected 00 00 08 0${axes} (idx of bytes, ${axes} axes)`,
    );
  }
  if (plain.length < header) {
    throw new SyntaxError(
      `Cannot read ${path}: it ends after ${plain.length} bytes, expected a header of ${header}`,
    );
  }
  const view = new DataView(plain.buffer, plain.byteOffset, plain.byteLength);
  const has = plain.length - header;
  const shape = Array.from({ length: axes }, (_, axis) => view.getUint32(4 + 4 * axis));
  const wanted = shape.reduce((product, size) => product * size, 1);
  if (has !== wanted) {
    throw new SyntaxError(
      `Cannot read ${path}: ${has} bytes of elements, expected ${wanted} for [${shape}]`,
    );
  }
  return { shape, data: plain.subarray(header) };
}

function isGzip(bytes: Uint8Array): boolean {
  return bytes[0] === 0x1f && bytes[1] === 0x8b;
}

function gunzip(bytes: Uint8Array, path: string): Uint8Array {
  try {
    return new Uint8Array(gunzipSync(bytes, { maxOutputLength: MOST_BYTES }));
  } catch (error) {
    throw new SyntaxError(
      `Cannot read ${path}: ${(error as Error).message}, expected a whole gzip file`,
      { cause: error },
    );
  }
}
