/**
 * Element types of safetensors files, and how they become tensors.
 *
 * @module
 */
import { type DType, float32, type Tensor } from "../core/mod.ts";
import { tensorFromBytes } from "./tensor_bytes.ts";

/** Bytes an element of every type that can be read. */
export const storedBytes = {
  F32: 4,
  F16: 2,
  BF16: 2,
  I64: 8,
  I32: 4,
  U8: 1,
  I8: 1,
  BOOL: 1,
} as const;

/** An element type as the header of a file spells it. */
export type StoredType = keyof typeof storedBytes;

/** Types that tensors have too. */
const SAME: Readonly<Partial<Record<StoredType, DType>>> = {
  F32: "float32",
  I64: "int64",
  I32: "int32",
  U8: "uint8",
  I8: "int8",
  BOOL: "bool",
};

/** The type of that spelling, or `null` if it cannot be read. */
export function storedTypeOf(text: unknown): StoredType | null {
  return typeof text === "string" && Object.hasOwn(storedBytes, text) ? text as StoredType : null;
}

/** A tensor with a copy of the elements; half-width floats become float32, which holds each of them exactly. */
export function decodeElements(
  type: StoredType,
  shape: readonly number[],
  bytes: Uint8Array,
): Tensor {
  const same = SAME[type];
  if (same !== undefined) {
    const tensor = tensorFromBytes(same, shape, bytes);
    if (tensor !== null) return tensor;
    throw new RangeError(
      `Cannot read ${type} [${shape}]: ${bytes.length} bytes are no whole elements`,
    );
  }
  const halves = new Uint16Array(Uint8Array.from(bytes).buffer);
  return float32(shape, type === "BF16" ? widenBfloat16(halves) : widenFloat16(halves));
}

/** bfloat16 is the upper half of a float32. */
function widenBfloat16(halves: Uint16Array): Float32Array<ArrayBuffer> {
  const words = new Uint32Array(halves.length);
  for (let i = 0; i < halves.length; i++) words[i] = halves[i]! << 16;
  return new Float32Array(words.buffer);
}

function widenFloat16(halves: Uint16Array<ArrayBuffer>): Float32Array<ArrayBuffer> {
  return Float32Array.from(new Float16Array(halves.buffer));
}
