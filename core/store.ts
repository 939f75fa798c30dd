/**
 * Files that are written whole or not at all.
 *
 * @module
 */
import { dirname } from "@std/path";
import { EnvironmentError } from "./failure.ts";

/** How the name of an unfinished file ends; a killed process may leave one behind. */
export const UNFINISHED_SUFFIX = ".unfinished";

/**
 * Writes a file so that readers see the old content or the new, never a part, even if the process is killed.
 *
 * Folders on the way are made. The content goes to a file beside it, to the disk (fsync), then under its name.
 *
 * @param content A text, bytes, or bytes in parts, which are written one after the other and not joined in memory.
 * @throws {EnvironmentError} If it cannot be written; nothing is left behind, and an existing file stays as it was.
 */
export async function writeAtomic(
  path: string,
  content: Uint8Array | string | Iterable<Uint8Array>,
): Promise<void> {
  const parts = typeof content === "string"
    ? [new TextEncoder().encode(content)]
    : content instanceof Uint8Array
    ? [content]
    : content;
  const unfinished = `${path}.${crypto.randomUUID().slice(0, 8)}${UNFINISHED_SUFFIX}`;
  try {
    await Deno.mkdir(dirname(path), { recursive: true });
    await writeDurably(unfinished, parts);
    await Deno.rename(unfinished, path);
  } catch (error) {
    await removeIfPresent(unfinished);
    throw fileFailure("write", path, error);
  }
}

async function writeDurably(path: string, parts: Iterable<Uint8Array>): Promise<void> {
  using file = await Deno.open(path, { write: true, createNew: true });
  for (const bytes of parts) {
    for (let written = 0; written < bytes.length;) {
      written += await file.write(bytes.subarray(written));
    }
  }
  await file.sync();
}

async function removeIfPresent(path: string): Promise<void> {
  try {
    await Deno.remove(path);
  } catch {
    // The failure that led here is the one to report.
  }
}

/**
 * Reads a JSON file.
 *
 * @throws {EnvironmentError} If it cannot be read.
 * @throws {SyntaxError} If it is not JSON; names the file.
 */
export async function readJson(path: string): Promise<unknown> {
  let text: string;
  try {
    text = await Deno.readTextFile(path);
  } catch (error) {
    throw fileFailure("read", path, error);
  }
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new SyntaxError(`Cannot read ${path}: ${(error as SyntaxError).message}, expected JSON`);
  }
}

/** What the system's error codes mean, and what helps. */
const CODES: Readonly<Record<string, readonly [found: string, remedy: string | null]>> = {
  ENOENT: ["there is no such file or folder", null],
  EACCES: ["the system refuses access", "give your user access to it"],
  EPERM: ["the system refuses access", "give your user access to it"],
  EROFS: ["the file system is read-only", "another folder"],
  ENOSPC: ["no space is left on the disk", "free some space, then run the same command again"],
  EDQUOT: ["your disk quota is used up", "free some space, then run the same command again"],
  // What making folders says if a file is in the way.
  EEXIST: ["a part of the path is a file, expected a folder", null],
  ENOTDIR: ["a part of the path is a file, expected a folder", null],
  EISDIR: ["it is a folder, expected a file", null],
  EMFILE: ["too many files are open", "ulimit -n 4096, then run the same command again"],
};

/**
 * The {@linkcode EnvironmentError} for a failed file operation, in words; other errors are returned as they are.
 *
 * @param verb What was tried, e.g. `write`.
 */
export function fileFailure(verb: string, path: string, error: unknown): Error {
  if (error instanceof EnvironmentError) return error;
  if (error instanceof Deno.errors.NotCapable) {
    const flag = /--allow-\w+/.exec(error.message)?.[0] ?? "--allow-all";
    const message = `Cannot ${verb} ${path}: Deno was not given the permission`;
    return new EnvironmentError(message, { cause: error, remedy: `${flag} after "deno run"` });
  }
  // Aborted waits have a code too, a number.
  if (!(error instanceof Error && "code" in error && typeof error.code === "string")) {
    return error instanceof Error ? error : new Error(String(error));
  }
  const [found, remedy] = CODES[error.code] ?? [error.message, null];
  const options = remedy === null ? { cause: error } : { cause: error, remedy };
  return new EnvironmentError(`Cannot ${verb} ${path}: ${found}`, options);
}
