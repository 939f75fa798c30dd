/**
 * The header of a safetensors file, checked.
 *
 * @module
 */
import { sizeOf } from "../core/mod.ts";
import { storedBytes, type StoredType, storedTypeOf } from "./stored_types.ts";

/** The reference implementation refuses longer headers too. */
const LONGEST_HEADER_BYTES = 100_000_000;

/** One tensor as the header describes it. */
export interface Entry {
  /** Name of the tensor. */
  readonly name: string;
  /** Element type. */
  readonly type: StoredType;
  /** Sizes. */
  readonly shape: readonly number[];
  /** First byte, counted from the end of the header. */
  readonly begin: number;
  /** Byte after the last. */
  readonly end: number;
}

/** A header without faults. */
export interface Header {
  /** Tensors in the order of the header. */
  readonly entries: readonly Entry[];
  /** Texts by name. */
  readonly metadata: Readonly<Record<string, string>>;
  /** Bytes before the elements. */
  readonly start: number;
}

function malformed(path: string, found: string, expected: string): never {
  throw new SyntaxError(`Cannot read ${path}: ${found}, expected ${expected}`);
}

/**
 * Reads and checks the header of a file.
 *
 * @throws {SyntaxError} If it is no safetensors file, or one that is cut off.
 * @throws {RangeError} If tensors overlap, leave gaps, reach past the end or are of another size than their shape says.
 * @throws {TypeError} If a tensor has an element type that is not supported.
 */
export function readHeader(bytes: Uint8Array, path: string): Header {
  const start = 8 + headerLength(bytes, path);
  if (start > bytes.length) {
    const wanted = `${start} for the header alone; the file is cut off`;
    malformed(path, `${bytes.length} bytes`, wanted);
  }
  const header = parseObject(bytes.subarray(8, start), path);
  const { __metadata__: metadata, ...described } = header;
  const entries = Object.entries(described).map(([name, entry]) => readEntry(name, entry, path));
  checkRanges(entries, bytes.length - start, path);
  return { entries, metadata: readMetadata(metadata, path), start };
}

function headerLength(bytes: Uint8Array, path: string): number {
  if (bytes.length < 8) malformed(path, `${bytes.length} bytes`, "a safetensors file");
  if (bytes[0] === 0x50 && bytes[1] === 0x4b) { // "PK"
    malformed(path, "a zip archive, as PyTorch saves checkpoints", "a safetensors file");
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const length = Number(view.getBigUint64(0, true));
  if (length > LONGEST_HEADER_BYTES) {
    const wanted = `a safetensors header of at most ${LONGEST_HEADER_BYTES}`;
    malformed(path, `a header of ${length} bytes`, wanted);
  }
  return length;
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
