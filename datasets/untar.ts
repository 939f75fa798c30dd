/**
 * Files out of a tar archive that is compressed by gzip: enough of the format for published data sets, read as a stream.
 *
 * Layout (POSIX.1-1988, "ustar"): for each file a header of 512 bytes with its name, and its size in octal digits, then the content, filled up
 * to a multiple of 512.
 *
 * @module
 */
import { chunksOf } from "./byte_lines.ts";

const BLOCK = 512;
/** A file of a published data set is smaller; what says otherwise is broken. */
const MOST_BYTES = 2 ** 31;

/** A file of an archive. */
export interface TarFile {
  /** Name in the archive, without `./` before it. */
  readonly name: string;
  /** Content. */
  readonly content: Uint8Array<ArrayBuffer>;
}

/**
 * The files of an archive in its order; memory holds one of them. Folders, links and remarks are passed over.
 *
 * @throws {EnvironmentError} If the archive cannot be read.
 * @throws {SyntaxError} If it is broken, cut off, or a name leads out of the folder.
 */
export async function* untar(path: string): AsyncGenerator<TarFile> {
  const reader = createReader(path);
  try {
    for (;;) {
      const header = await reader.read(BLOCK);
      if (header === null || header.every((byte) => byte === 0)) return;
      checkSum(header, path);
      const size = octal(header.subarray(124, 136));
      if (!(size <= MOST_BYTES)) broken(path, `a file of ${size} bytes`, "sizes in octal digits");
      const content = await reader.read(size);
      if (content === null) return broken(path, "the end within a file", "a whole archive");
      await reader.read((BLOCK - size % BLOCK) % BLOCK);
      const type = header[156]!;
      if (type === 0x30 || type === 0) yield { name: nameOf(header, path), content };
    }
  } finally {
    await reader.close();
  }
}

function nameOf(header: Uint8Array, path: string): string {
  const [prefix, name] = [textOf(header.subarray(345, 500)), textOf(header.subarray(0, 100))];
  const whole = `${prefix === "" ? "" : `${prefix}/`}${name}`.replace(/^(\.\/)+/, "");
  const safe = whole !== "" && !whole.startsWith("/") && !whole.includes("\\") &&
    !whole.split("/").includes("..");
  return safe ? whole : broken(path, `the name ${JSON.stringify(whole)}`, "names below a folder");
}

function textOf(bytes: Uint8Array): string {
  const end = bytes.indexOf(0);
  return new TextDecoder().decode(end < 0 ? bytes : bytes.subarray(0, end));
}

function octal(bytes: Uint8Array): number {
  const digits = textOf(bytes).trim();
  return /^[0-7]+$/.test(digits) ? parseInt(digits, 8) : NaN;
}

/** The sum of a header's bytes, with spaces in the place of the sum. */
function checkSum(header: Uint8Array, path: string): void {
  const sum = header.reduce((total, byte, i) => total + (i >= 148 && i < 156 ? 0x20 : byte), 0);
  if (octal(header.subarray(148, 156)) === sum) return;
  broken(path, "a header with a wrong sum", "a tar archive");
}

function broken(path: string, found: string, wanted: string): never {
  throw new SyntaxError(`Cannot read ${path}: ${found}, expected ${wanted}`);
}

interface Reader {
  /** The next bytes, or `null` if there are fewer left. */
  read(count: number): Promise<Uint8Array<ArrayBuffer> | null>;
  close(): Promise<void>;
}

function createReader(path: string): Reader {
  const chunks = chunksOf(path);
  let chunk = new Uint8Array(0);
  return {
    async read(count): Promise<Uint8Array<ArrayBuffer> | null> {
      const result = new Uint8Array(count);
      for (let filled = 0; filled < count;) {
        if (chunk.length === 0) {
          const next = await chunks.next();
          if (next.done) return null;
          chunk = Uint8Array.from(next.value);
        }
        const part = chunk.subarray(0, count - filled);
        result.set(part, filled);
        filled += part.length;
        chunk = chunk.subarray(part.length);
      }
      return result;
    },
    async close(): Promise<void> {
      await chunks.return(undefined);
    },
  };
}
