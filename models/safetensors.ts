/**
 * Reads and writes safetensors files: named tensors behind a JSON header.
 *
 * Layout, after https://github.com/huggingface/safetensors: 8 bytes header length (little-endian), the header, then the elements of
 * all tensors without gaps; offsets count from the end of the header.
 *
 * @module
 */
import { type DType, fileFailure, sizeOf, type Tensor, writeAtomic } from "../core/mod.ts";
import { decodeElements, storedBytes, type StoredType, storedTypeOf } from "./stored_types.ts";

/** Contents of a safetensors file. */
export interface Safetensors {
  /** Tensors by name, in the order of the header. F16 and BF16 are widened to float32. */
  readonly tensors: ReadonlyMap<string, Tensor>;
  /** The header's `__metadata__`. */
  readonly metadata: Readonly<Record<string, string>>;
}

/** The reference implementation refuses longer headers too. */
const LONGEST_HEADER_BYTES = 100_000_000;

/** Elements start at a multiple of this, so that every element type is aligned in a mapped file. */
const ALIGNMENT_BYTES = 8;

/** One tensor as the header describes it. */
interface Entry {
  readonly name: string;
  readonly type: StoredType;
  readonly shape: readonly number[];
  readonly begin: number;
  readonly end: number;
}

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
  const { header, start } = readHeader(bytes, path);
  const { __metadata__: metadata, ...described } = header;
  const entries = Object.entries(described).map(([name, entry]) => readEntry(name, entry, path));
  checkRanges(entries, bytes.length - start, path);
  const tensors = new Map<string, Tensor>();
  for (const { name, type, shape, begin, end } of entries) {
    tensors.set(name, decodeElements(type, shape, bytes.subarray(start + begin, start + end)));
  }
  return { tensors, metadata: readMetadata(metadata, path) };
}

function malformed(path: string, found: string, expected: string): never {
  throw new SyntaxError(`Cannot read ${path}: ${found}, expected ${expected}`);
}

function readHeader(
  bytes: Uint8Array,
  path: string,
): { readonly header: Record<string, unknown>; readonly start: number } {
  if (bytes.length < 8) malformed(path, `${bytes.length} bytes`, "a safetensors file");
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const length = Number(view.getBigUint64(0, true));
  if (length > LONGEST_HEADER_BYTES) {
    malformed(
      path,
      `a header of ${length} bytes`,
      `a safetensors header of at most ${LONGEST_HEADER_BYTES}`,
    );
  }
  if (8 + length > bytes.length) {
    malformed(
      path,
      `${bytes.length} bytes`,
      `${8 + length} for the header alone; the file is cut off`,
    );
  }
  const header = parseObject(bytes.subarray(8, 8 + length), path);
  return { header, start: 8 + length };
}

function parseObject(bytes: Uint8Array, path: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
    if (isRecord(value)) return value;
  } catch (error) {
    if (!(error instanceof SyntaxError || error instanceof TypeError)) throw error;
  }
  return malformed(path, "a header that is no JSON object", "a safetensors file");
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function readMetadata(metadata: unknown, path: string): Record<string, string> {
  if (metadata === undefined) return {};
  if (!isRecord(metadata)) {
    return malformed(path, "a __metadata__ that is no object", "texts by name");
  }
  return Object.fromEntries(
    Object.entries(metadata).map(([name, value]) => {
      if (typeof value === "string") return [name, value];
      return malformed(path, `__metadata__ "${name}" that is no text`, "texts by name");
    }),
  );
}

function readEntry(name: string, entry: unknown, path: string): Entry {
  const object = `tensor "${name}"`;
  if (!isRecord(entry)) return malformed(path, `${object} described by no object`, "one");
  const { dtype, shape, data_offsets: offsets } = entry;
  if (!isSizes(shape)) {
    return malformed(path, `${object} of shape ${JSON.stringify(shape)}`, "sizes");
  }
  if (!isSizes(offsets) || offsets.length !== 2) {
    return malformed(path, `${object} at ${JSON.stringify(offsets)}`, "two offsets");
  }
  const type = storedTypeOf(dtype);
  if (type === null) {
    throw new TypeError(
      `Cannot read ${path}: ${object} has element type ${JSON.stringify(dtype)}, expected ${
        Object.keys(storedBytes).join(", ")
      }`,
    );
  }
  const [begin, end] = offsets as [number, number]; // length checked above
  const sizeBytes = sizeOf(shape) * storedBytes[type];
  if (end - begin !== sizeBytes) {
    throw new RangeError(
      `Cannot read ${path}: ${object} (${type} [${shape}]) has ${
        end - begin
      } bytes, expected ${sizeBytes}`,
    );
  }
  return { name, type, shape, begin, end };
}

function isSizes(value: unknown): value is readonly number[] {
  return Array.isArray(value) && value.every((size) => Number.isSafeInteger(size) && size >= 0);
}

/** The ranges must tile the rest of the file: then nothing overlaps and nothing is hidden between. */
function checkRanges(entries: readonly Entry[], sizeBytes: number, path: string): void {
  let position = 0;
  for (
    const { name, begin, end } of entries.toSorted((a, b) => a.begin - b.begin || a.end - b.end)
  ) {
    if (begin !== position) {
      throw new RangeError(
        `Cannot read ${path}: tensor "${name}" starts at byte ${begin}, expected ${position}; it ${
          begin < position ? "overlaps another" : "leaves a gap"
        }`,
      );
    }
    position = end;
  }
  if (position > sizeBytes) {
    malformed(path, `${sizeBytes} bytes of elements`, `${position}; the file is cut off`);
  }
  if (position < sizeBytes) {
    throw new RangeError(
      `Cannot read ${path}: ${sizeBytes} bytes of elements, expected ${position}`,
    );
  }
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
  const header: Record<string, unknown> = {};
  if (Object.keys(metadata).length > 0) header.__metadata__ = metadata;
  // Widest elements first, as the reference implementation orders them, keeps every tensor aligned.
  const ordered = [...tensors].sort(([, a], [, b]) =>
    b.data.BYTES_PER_ELEMENT - a.data.BYTES_PER_ELEMENT
  );
  let position = 0;
  for (const [name, { dtype, shape, data }] of ordered) {
    const offsets = [position, position += data.byteLength];
    header[name] = { dtype: WRITTEN[dtype], shape, data_offsets: offsets };
  }
  const text = JSON.stringify(header);
  const json = new TextEncoder().encode(text);
  const length = Math.ceil(json.length / ALIGNMENT_BYTES) * ALIGNMENT_BYTES;
  const bytes = new Uint8Array(8 + length + position);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(length), true);
  bytes.fill(0x20, 8, 8 + length); // spaces after the JSON
  bytes.set(json, 8);
  let offset = 8 + length;
  for (const [, { data }] of ordered) {
    bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), offset);
    offset += data.byteLength;
  }
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
