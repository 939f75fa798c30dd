/**
 * One file of a published data set: its content and its identity.
 *
 * @module
 */
import { fileFailure, hashOf, sha256File, sha256Hex } from "../core/mod.ts";
import { fileOf, missingData, type PublishedName } from "./layout.ts";

/** A file that was read. */
export interface PublishedFile {
  /** Path below the data directory, `/` between folders. */
  readonly path: string;
  /** Path for messages. */
  readonly shown: string;
  /** Content. */
  readonly bytes: Uint8Array;
}

/** A file as the origin of a data set names it. */
export interface FileIdentity {
  /** Path below the data directory. */
  readonly path: string;
  /** Its content. */
  readonly sha256: string;
}

/**
 * Reads the first of some files that is there.
 *
 * @param paths Paths below the data directory; any of them will do.
 * @throws {EnvironmentError} If none is there; says what the directory holds instead.
 */
export async function readNeeded(
  name: PublishedName,
  directory: string,
  ...paths: readonly [string, ...string[]]
): Promise<PublishedFile> {
  for (const path of paths) {
    const file = await readIfThere(directory, path);
    if (file) return file;
  }
  throw await missingData(name, directory, paths[0]);
}

/** Reads a file, or gives `null` if there is none. */
export async function readIfThere(directory: string, path: string): Promise<PublishedFile | null> {
  const shown = fileOf(directory, path);
  try {
    return { path, shown, bytes: await Deno.readFile(shown) };
  } catch (error) {
    const absent = error instanceof Deno.errors.NotFound ||
      error instanceof Deno.errors.NotADirectory;
    if (absent) return null;
    throw fileFailure("read", shown, error);
  }
}

/** What a data set's origin says of a file. */
export function identityOf({ path, bytes }: PublishedFile): FileIdentity {
  return { path, sha256: sha256Hex(bytes) };
}

/** Larger files are told by name and size: to hash them would take longer than to open the data set. */
const HASHED_BYTES = 2 ** 28;

/** What a data set's origin says of a file that is read as a stream. */
export async function identityOfLarge(directory: string, path: string): Promise<FileIdentity> {
  const shown = fileOf(directory, path);
  try {
    const { size } = await Deno.stat(shown);
    if (size <= HASHED_BYTES) return { path, sha256: await sha256File(shown) };
    return { path: `${path} (name and size, ${size} bytes)`, sha256: hashOf([path, size]) };
  } catch (error) {
    throw fileFailure("read", shown, error);
  }
}
