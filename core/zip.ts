/**
 * Files out of a zip archive: enough of the format for published data sets and checkpoints, and no more.
 *
 * Source: PKWARE, APPNOTE.TXT 6.3.10, sections 4.3.7 (local header), 4.3.12 (central directory) and 4.3.16 (its end).
 *
 * @module
 */
import { crc32, inflateRawSync } from "node:zlib";

const END = 0x06054b50;
const CENTRAL = 0x02014b50;
const LOCAL = 0x04034b50;
const END_BYTES = 22;
const CENTRAL_BYTES = 46;
const LOCAL_BYTES = 30;
/** An archive's comment, at its very end, is at most this long. */
const COMMENT_BYTES = 0xffff;
const STORED = 0;
const DEFLATED = 8;
/** Bit of the general purpose flags: encrypted. */
const ENCRYPTED = 1;

interface Entry {
  readonly name: string;
  readonly flags: number;
  readonly method: number;
  readonly crc: number;
  readonly packedBytes: number;
  readonly sizeBytes: number;
  readonly offset: number;
}

/**
 * Unpacks the named files. Everything else in the archive is left alone.
 *
 * The checksum of each file is checked, and no more is unpacked than the archive announces.
 *
 * @param names Names in the archive, `/` between folders.
 * @throws {RangeError} If a name is not in the archive.
 * @throws {SyntaxError} If the archive is broken, encrypted, or of a kind that is not read (other compressions, zip64).
 */
export function unzip(archive: Uint8Array, names: readonly string[]): Map<string, Uint8Array> {
  const entries = readDirectory(archive);
  return new Map(names.map((name) => {
    const entry = entries.get(name);
    if (entry === undefined) {
      const there = [...entries.keys()].slice(0, 8).join(", ") || "nothing";
      throw new RangeError(`Cannot unzip ${name}: the archive holds ${there}`);
    }
    return [name, unpack(archive, entry)];
  }));
}

/**
 * Names of all files in an archive, in the order of its directory.
 *
 * @throws {SyntaxError} As {@linkcode unzip}.
 */
export function zipNames(archive: Uint8Array): readonly string[] {
  return [...readDirectory(archive).keys()];
}

function readDirectory(archive: Uint8Array): Map<string, Entry> {
  const view = new DataView(archive.buffer, archive.byteOffset, archive.byteLength);
  const end = findEnd(view);
  const count = view.getUint16(end + 10, true);
  let at = view.getUint32(end + 16, true);
  if (count === 0xffff || at === 0xffffffff) throw broken("it is zip64, expected a plain zip");
  const entries = new Map<string, Entry>();
  for (let i = 0; i < count; i++) {
    if (at + CENTRAL_BYTES > end || view.getUint32(at, true) !== CENTRAL) {
      throw broken(`entry ${i + 1} of ${count} is not in its directory`);
    }
    const nameBytes = view.getUint16(at + 28, true);
    const start = at + CENTRAL_BYTES;
    const entry = {
      name: new TextDecoder().decode(archive.subarray(start, start + nameBytes)),
      flags: view.getUint16(at + 8, true),
      method: view.getUint16(at + 10, true),
      crc: view.getUint32(at + 16, true),
      packedBytes: view.getUint32(at + 20, true),
      sizeBytes: view.getUint32(at + 24, true),
      offset: view.getUint32(at + 42, true),
    };
    entries.set(entry.name, entry);
    at = start + nameBytes + view.getUint16(at + 30, true) + view.getUint16(at + 32, true);
  }
  return entries;
}

/** The end record is the last one whose comment reaches exactly to the end of the archive. */
function findEnd(view: DataView): number {
  const last = view.byteLength - END_BYTES;
  for (let at = last; at >= Math.max(0, last - COMMENT_BYTES); at--) {
    const whole = view.getUint32(at, true) === END;
    if (whole && at + END_BYTES + view.getUint16(at + 20, true) === view.byteLength) return at;
  }
  throw broken("it has no directory at its end, expected a whole zip archive");
}

function unpack(archive: Uint8Array, entry: Entry): Uint8Array {
  const { name, flags, method, offset, packedBytes, sizeBytes } = entry;
  if ((flags & ENCRYPTED) !== 0) throw broken(`${name} is encrypted`);
  const view = new DataView(archive.buffer, archive.byteOffset, archive.byteLength);
  if (offset + LOCAL_BYTES > archive.length || view.getUint32(offset, true) !== LOCAL) {
    throw broken(`${name} is not where the directory says`);
  }
  // Lengths of name and extra field may differ from those in the directory.
  const lengths = view.getUint16(offset + 26, true) + view.getUint16(offset + 28, true);
  const start = offset + LOCAL_BYTES + lengths;
  if (start + packedBytes > archive.length) throw broken(`${name} goes past the end`);
  const packed = archive.subarray(start, start + packedBytes);
  const bytes = method === STORED ? packed.slice() : inflate(packed, entry);
  if (bytes.length !== sizeBytes) {
    throw broken(`${name} has ${bytes.length} bytes, expected ${sizeBytes}`);
  }
  if (crc32(bytes) !== entry.crc) throw broken(`${name} does not match its checksum`);
  return bytes;
}

function inflate(packed: Uint8Array, { name, method, sizeBytes }: Entry): Uint8Array {
  if (method !== DEFLATED) throw broken(`${name} is compressed by method ${method}, expected 8`);
  try {
    // One byte more than announced, so that a file that is too long shows.
    return new Uint8Array(inflateRawSync(packed, { maxOutputLength: sizeBytes + 1 }));
  } catch (error) {
    throw broken(`${name} does not unpack: ${(error as Error).message}`);
  }
}

function broken(found: string): SyntaxError {
  return new SyntaxError(`Cannot read the zip archive: ${found}`);
}
