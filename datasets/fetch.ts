/**
 * Published data sets from their publishers, into the layout that `--data` has.
 *
 * @module
 */
import { dirname, join } from "@std/path";
import { didYouMean, fileFailure, sha256Hex, unzip, UsageError, writeAtomic } from "../core/mod.ts";
import { download, hashIfThere } from "./download.ts";
import { FETCH_SOURCES, type FetchedName, type FetchSource, PUBLISHERS } from "./fetch_sources.ts";
import { type PublishedName, treeOf } from "./layout.ts";
import type { TransferOptions, TransferProgress } from "./transfer.ts";
import { untar } from "./untar.ts";

/** How to fetch. */
export interface FetchOptions extends Pick<TransferOptions, "signal" | "pauseMs" | "patienceMs"> {
  /** Data directory; made if it is not there. */
  readonly directory: string;
  /** Told how far each file is. */
  readonly onProgress?: (path: string, progress: TransferProgress) => void;
}

/** A file that is now in the data directory. */
export interface FetchedFile {
  /** Where it is, below the data directory. */
  readonly path: string;
  /** Its content; of a folder, that of the archive that it came from. */
  readonly sha256: string;
  /** Whether it was there before. */
  readonly wasPresent: boolean;
}

/**
 * Fetches a published data set. What is there already, with the expected content, is not fetched again.
 *
 * @throws {UsageError} If there is nothing to fetch by that name.
 * @throws {EnvironmentError} As {@linkcode download}.
 */
export async function fetchDataset(
  name: string,
  options: FetchOptions,
): Promise<readonly FetchedFile[]> {
  return await fetchSources(sourcesOf(name, options.directory), options);
}

function sourcesOf(name: string, directory: string): readonly FetchSource[] {
  if (Object.hasOwn(FETCH_SOURCES, name)) return FETCH_SOURCES[name as FetchedName];
  const names = Object.keys(FETCH_SOURCES);
  const wanted = `one of ${names.join(", ")}`;
  if (name.startsWith("synthetic-")) {
    throw new UsageError(`Cannot fetch "${name}": it is generated, expected ${wanted}`);
  }
  const published = name === "coco" ? "coco2017" : name;
  if (Object.hasOwn(PUBLISHERS, published)) {
    throw new UsageError(
      `Cannot fetch "${name}": it is not downloaded by this program, expected below ${directory}\n${
        treeOf(published as PublishedName) // of the names above
      }`,
      { remedy: `get it from ${PUBLISHERS[published]}, then train with --data ${directory}` },
    );
  }
  const near = didYouMean(name, names);
  throw new UsageError(`Cannot fetch "${name}": no such data set, expected ${wanted}`, {
    remedy: `deno task fetch ${near ?? names[0]}`,
  });
}

/**
 * Fetches files one after the other, and unpacks archives, which stay beside what was in them.
 *
 * @throws {EnvironmentError} As {@linkcode download}.
 * @throws {SyntaxError} If an archive is none.
 */
export async function fetchSources(
  sources: readonly FetchSource[],
  options: FetchOptions,
): Promise<readonly FetchedFile[]> {
  const fetched: FetchedFile[] = [];
  for (const source of sources) {
    const { directory, onProgress, ...transfer } = options;
    const state = await download({
      ...transfer,
      url: source.url,
      sha256: source.sha256,
      path: join(directory, source.path),
      onProgress: (progress) => onProgress?.(source.path, progress),
    });
    fetched.push({ path: source.path, sha256: source.sha256, wasPresent: state === "present" });
    if (source.unpack) fetched.push(...await unpack(source.path, source.unpack, directory));
    if (source.unpackAll) fetched.push(await unpackAll(source, source.unpackAll, directory));
  }
  return fetched;
}

/** Files that are there with the right size are left alone: archives hold a hundred thousand of them. */
async function unpackAll(
  { path, sha256 }: FetchSource,
  { from, to }: NonNullable<FetchSource["unpackAll"]>,
  directory: string,
): Promise<FetchedFile> {
  let written = 0;
  for await (const { name, content } of untar(join(directory, path))) {
    if (!name.startsWith(from)) continue;
    const target = join(directory, to, name.slice(from.length));
    if (await sizeIfThere(target) === content.length) continue;
    try {
      await Deno.mkdir(dirname(target), { recursive: true });
      await Deno.writeFile(target, content);
    } catch (error) {
      throw fileFailure("write", target, error);
    }
    written++;
  }
  return { path: to, sha256, wasPresent: written === 0 };
}

async function sizeIfThere(path: string): Promise<number | null> {
  try {
    return (await Deno.stat(path)).size;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw fileFailure("read", path, error);
  }
}

/** Archives are small and their names are ours, so nothing outside the data directory can be written. */
async function unpack(
  archive: string,
  targets: Readonly<Record<string, string>>,
  directory: string,
): Promise<FetchedFile[]> {
  const files = unzip(await Deno.readFile(join(directory, archive)), Object.keys(targets));
  const fetched: FetchedFile[] = [];
  for (const [name, path] of Object.entries(targets)) {
    const content = files.get(name)!;
    const sha256 = sha256Hex(content);
    const wasPresent = await hashIfThere(join(directory, path)) === sha256;
    if (!wasPresent) await writeAtomic(join(directory, path), content);
    fetched.push({ path, sha256, wasPresent });
  }
  return fetched;
}
