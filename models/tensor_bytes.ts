/**
 * Tensors and the little-endian bytes of a file.
 *
 * @module
 */
import type { DType, DTypeArrays, Tensor } from "../core/mod.ts";

/** How each element type is stored: bytes an element, and the array that views them. */
const VIEWS: {
  readonly [D in DType]: {
    readonly bytes: number;
    readonly view: (buffer: ArrayBuffer) => DTypeArrays[D];
  };
} = {
  float32: { bytes: 4, view: (buffer) => new Float32Array(buffer) },
  int64: { bytes: 8, view: (buffer) => new BigInt64Array(buffer) },
  int32: { bytes: 4, view: (buffer) => new Int32Array(buffer) },
  uint8: { bytes: 1, view: (buffer) => new Uint8Array(buffer) },
  int8: { bytes: 1, view: (buffer) => new Int8Array(buffer) },
  bool: { bytes: 1, view: (buffer) => new Uint8Array(buffer) },
};

/**
 * A tensor with a copy of the bytes, so that alignment never matters; `null` if they are no whole number of elements. Whether there
 * are as many as the shape says is the caller's to check.
 */
export function tensorFromBytes(
  dtype: DType,
  shape: readonly number[],
  bytes: Uint8Array,
): Tensor | null {
  if (bytes.length % VIEWS[dtype].bytes !== 0) return null;
  return tensorAround(dtype, shape, Uint8Array.from(bytes));
}

/** A tensor that takes over bytes which fill their buffer, as many as its shape takes. */
export function tensorAround(
  dtype: DType,
  shape: readonly number[],
  { buffer }: Uint8Array<ArrayBuffer>,
): Tensor {
  return { dtype, shape, data: VIEWS[dtype].view(buffer) } as Tensor; // VIEWS pairs type and array
}

/** Bytes an element. */
export function bytesPerElement(dtype: DType): number {
  return VIEWS[dtype].bytes;
}

/** The elements of a tensor, not copied. */
export function bytesOf({ data }: Tensor): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}

/** One array of all parts in order. */
export function concatenate(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let offset = 0;
  for (const part of parts) {
    bytes.set(part, offset);
    offset += part.length;
  }
  return bytes;
}
