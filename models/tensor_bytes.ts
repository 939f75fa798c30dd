/**
 * Typed arrays from the little-endian bytes of a file.
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

/** Bytes an element. */
export function elementBytes(dtype: DType): number {
  return VIEWS[dtype].bytes;
}

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
  const buffer = Uint8Array.from(bytes).buffer;
  return { dtype, shape, data: VIEWS[dtype].view(buffer) } as Tensor; // VIEWS pairs type and array
}
