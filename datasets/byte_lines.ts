/**
 * Lines of files that are larger than memory, plain or compressed by gzip.
 *
 * @module
 */
import { fileFailure } from "../core/mod.ts";

/** A line within a larger buffer, valid until the next one is asked for. */
export interface ByteLine {
  /** Holds the line. */
  readonly bytes: Uint8Array;
  /** First byte of the line. */
  readonly start: number;
  /** Byte after the line, its end not included. */
  readonly end: number;
}

const [FEED, RETURN] = [0x0a, 0x0d];

/**
 * The lines of a file one after the other; memory holds a piece of the file and the longest line. An empty last line is none.
 *
 * @throws {EnvironmentError} If the file cannot be read.
 * @throws {SyntaxError} If it ends in `.gz` and is no gzip, or is cut off.
 */
export async function* linesOf(path: string): AsyncGenerator<ByteLine> {
  let rest = new Uint8Array(0);
  for await (const chunk of chunksOf(path)) {
    let bytes: Uint8Array = chunk;
    if (rest.length > 0) {
      bytes = new Uint8Array(rest.length + chunk.length);
      bytes.set(rest);
      bytes.set(chunk, rest.length);
    }
    let start = 0;
    for (let feed = bytes.indexOf(FEED); feed >= 0; feed = bytes.indexOf(FEED, start)) {
      yield { bytes, start, end: feed > start && bytes[feed - 1] === RETURN ? feed - 1 : feed };
      start = feed + 1;
    }
    rest = bytes.slice(start);
  }
  if (rest.length > 0) yield { bytes: rest, start: 0, end: rest.length };
}

/**
 * The bytes of a file piece by piece, uncompressed if its name ends in `.gz`.
 *
 * @throws {EnvironmentError} If the file cannot be read.
 * @throws {SyntaxError} If it ends in `.gz` and is no gzip, or is cut off.
 */
export async function* chunksOf(path: string): AsyncGenerator<Uint8Array> {
  let file: Deno.FsFile;
  try {
    file = await Deno.open(path);
  } catch (error) {
    throw fileFailure("read", path, error);
  }
  const zipped = path.endsWith(".gz");
  try {
    yield* zipped ? file.readable.pipeThrough(new DecompressionStream("gzip")) : file.readable;
  } catch (error) {
    if (!zipped || !(error instanceof TypeError)) throw fileFailure("read", path, error);
    throw new SyntaxError(`Cannot read ${path}: ${error.message}, expected a whole gzip file`, {
      cause: error,
    });
  }
}
