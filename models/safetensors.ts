/**
 * Reads and writes safetensors files: named tensors behind a JSON header.
 *
 * Layout, after https://github.com/huggingface/safetensors: 8 bytes header length (little-endian), the header, then the elements of
 * all tensors without gaps; offsets count from the end of the header.
 *
 * @module
 */
import { type DType, fileFailure, type Tensor, writeAtomic } from "../core/mod.ts";
import { readHeader } from "./safetensors_header.ts";
import { decodeElements, type StoredType } from "./stored_types.ts";
import { bytesOf, concatenate } from "./tensor_bytes.ts";

/** Contents of a safetensors file. */
export interface Safetensors {
  /** Tensors by name, in the order of the header. F16 and BF16 are widened to float32. */
  readonly tensors: ReadonlyMap<string, Tensor>;
  /** The header's `__metadata__`. */
  readonly metadata: Readonly<Record<string, string>>;
}

/** Elements start at a multiple of this, so that every element type is aligned in a mapped file. */
const ALIGNMENT_BYTES = 8;

/**
 * Reads a file.
 *
 * @throws {EnvironmentError} If the file cannot be read.
 * @throws {SyntaxError} If it is no safetensors file, or one that is cut off.
 * @throws {RangeError} If tensors overlap, leave gaps, reach past the end or are of another size than their shape says.
 * @throws {TypeError} If a tensor has an element type that is not supported.
 */
export async function readSafetensors(path: string): Promise<Safetensors> {
  let bytes: Uint8Array;
  try {
    bytes = await Deno.readFile(path);
  } catch (error) {
    throw fileFailure("read", path, error);
  }
  return decodeSafetensors(bytes, path);
}

/** The tensors in the bytes of a file; copies the elements. Throws as {@linkcode readSafetensors}. */
export function decodeSafetensors(bytes: Uint8Array, path: string): Safetensors {
  const { entries, metadata, start } = readHeader(bytes, path);
  const tensors = new Map<string, Tensor>();
  for (const { name, type, shape, begin, end } of entries) {
    tensors.set(name, decodeElements(type, shape, bytes.subarray(start + begin, start + end)));
  }
  return { tensors, metadata };
}

/** Element types as they are written. */
const WRITTEN: Readonly<Record<DType, StoredType>> = {
  float32: "F32",
  int64: "I64",
  int32: "I32",
  uint8: "U8",
  int8: "I8",
  bool: "BOOL",
};

/** The bytes of a safetensors file. The same tensors in the same order give the same bytes. */
export function encodeSafetensors(
  tensors: ReadonlyMap<string, Tensor>,
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array<ArrayBuffer> {
  // Widest elements first, as the reference implementation orders them, keeps every tensor aligned.
  const width = (tensor: Tensor) => tensor.data.BYTES_PER_ELEMENT;
  const ordered = [...tensors].sort(([, a], [, b]) => width(b) - width(a));
  const header = encodeHeader(ordered, metadata);
  const elements = ordered.map(([, tensor]) => bytesOf(tensor));
  return concatenate([header, ...elements]);
}

/** The length and the JSON, filled up with spaces. */
function encodeHeader(
  tensors: readonly (readonly [name: string, tensor: Tensor])[],
  metadata: Readonly<Record<string, string>>,
): Uint8Array {
  const header: Record<string, unknown> = {};
  if (Object.keys(metadata).length > 0) header.__metadata__ = metadata;
  let position = 0;
  for (const [name, { dtype, shape, data }] of tensors) {
    const offsets = [position, position + data.byteLength];
    position += data.byteLength;
    header[name] = { dtype: WRITTEN[dtype], shape, data_offsets: offsets };
  }
  const json = new TextEncoder().encode(JSON.stringify(header));
  const length = Math.ceil(json.length / ALIGNMENT_BYTES) * ALIGNMENT_BYTES;
  const bytes = new Uint8Array(8 + length).fill(0x20);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(length), true);
  bytes.set(json, 8);
  return bytes;
}

/**
 * Writes a file, whole or not at all.
 *
 * @throws {EnvironmentError} If the path cannot be written.
 */
export async function writeSafetensors(
  path: string,
  tensors: ReadonlyMap<string, Tensor>,
  metadata: Readonly<Record<string, string>> = {},
): Promise<void> {
  await writeAtomic(path, encodeSafetensors(tensors, metadata));
}
