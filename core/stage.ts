/**
 * The cache through which stages hand over files: one entry, `<root>/<stage>/<key>/`, for each distinct piece of work.
 *
 * An entry is complete when it holds `complete.json`, written last, with the size and sha256 of every file. Without it
 * the entry is partial: its files are there for the next process to go on from. What does not match is never trusted.
 *
 * @module
 */
import { join } from "@std/path";
import { sha256File } from "./hash.ts";
import { LOCK_FILE, lockFolder, type LockOptions } from "./folder_lock.ts";
import { fileFailure, readJson, UNFINISHED_SUFFIX, writeAtomic } from "./store.ts";

const COMPLETE = "complete.json";
const FORMAT = "skipzero.stage/1" satisfies StageManifest["format"];

/** Content of `complete.json`. */
export interface StageManifest {
  /** Version tag. */
  readonly format: "skipzero.stage/1";
  /** Every file of the entry by its path below the entry, `/` between folders. */
  readonly files: Readonly<
    Record<string, { readonly sizeBytes: number; readonly sha256: string }>
  >;
}

/** What is known about an entry. */
export type StageState =
  | { readonly state: "missing" }
  | { readonly state: "partial"; readonly directory: string }
  | {
    readonly state: "complete";
    readonly directory: string;
    readonly manifest: StageManifest;
  }
  | {
    readonly state: "corrupt";
    readonly directory: string;
    /** What does not match, e.g. `sparse-1.safetensors has 12 bytes, expected 40`. */
    readonly reason: string;
  };

/** An entry that is this process's to write. Disposing it lets others in; an unfinished entry stays partial. */
export interface StageEntry extends Disposable {
  /** The entry's folder; it exists. */
  readonly directory: string;
  /** What was found: `complete` needs no work, `partial` holds files of an interrupted run. */
  readonly found: "new" | "partial" | "complete";
  /** Why earlier content was thrown away, or `null` if none was. */
  readonly discarded: string | null;
  /** Path of a file of the entry. */
  path(name: string): string;
  /** Declares the entry complete: hashes all files, then writes `complete.json`. */
  finish(): Promise<StageManifest>;
}

/** How {@linkcode openStage} opens. */
export interface StageOptions extends LockOptions {
  /** Throws away what is there, even if it is complete; default false. */
  readonly fresh?: boolean;
}

/**
 * Opens an entry for writing. One process at a time has it; that of a killed process is free again.
 *
 * Corrupt content is thrown away, and so are unfinished files; the partial work of others is kept for resuming.
 *
 * @throws {RangeError} If stage or key is no plain file name.
 * @throws {EnvironmentError} If the folder cannot be written, or another process has the entry and `wait` is false.
 *
 * @example
 * ```ts ignore
 * using entry = await openStage(".cache", "train", hashOf(inputs));
 * if (entry.found !== "complete") {
 *   await writeAtomic(entry.path("record.json"), text);
 *   await entry.finish();
 * }
 * ```
 */
export async function openStage(
  root: string,
  stage: string,
  key: string,
  options: StageOptions = {},
): Promise<StageEntry> {
  const directory = directoryOf(root, stage, key);
  const lock = await lockFolder(directory, options);
  try {
    const state = options.fresh
      ? { state: "corrupt", reason: "a fresh start was asked for" } as const
      : await inspectStage(root, stage, key);
    const kept = (await filesOf(directory)).length > 0;
    const discarded = state.state === "corrupt" && kept ? state.reason : null;
    await clear(directory, state.state === "corrupt" ? () => true : isUnfinished);
    const left = (await filesOf(directory)).length > 0;
    return {
      directory,
      found: state.state === "complete" ? "complete" : left ? "partial" : "new",
      discarded,
      path: (name) => join(directory, name),
      finish: () => finish(directory),
      [Symbol.dispose]: () => lock[Symbol.dispose](),
    };
  } catch (error) {
    lock.close();
    throw fileFailure("open cache entry", directory, error);
  }
}

/**
 * A complete entry whose files all match their hashes, or `null`. Waits for nobody and changes nothing.
 *
 * @throws {RangeError} If stage or key is no plain file name.
 */
export async function findComplete(
  root: string,
  stage: string,
  key: string,
): Promise<Extract<StageState, { state: "complete" }> | null> {
  const state = await inspectStage(root, stage, key);
  return state.state === "complete" ? state : null;
}

/**
 * Tells what an entry holds, by reading all of it if it claims to be complete.
 *
 * @throws {RangeError} If stage or key is no plain file name.
 */
export async function inspectStage(root: string, stage: string, key: string): Promise<StageState> {
  const directory = directoryOf(root, stage, key);
  const files = await filesOf(directory);
  if (!files.includes(COMPLETE)) {
    return files.length === 0 ? { state: "missing" } : { state: "partial", directory };
  }
  const manifest = parseManifest(await readJson(join(directory, COMPLETE)).catch(() => null));
  if (manifest === null) {
    return { state: "corrupt", directory, reason: `${COMPLETE} is no ${FORMAT} manifest` };
  }
  for (const [name, wanted] of Object.entries(manifest.files)) {
    const reason = await mismatch(join(directory, name), wanted);
    if (reason !== null) return { state: "corrupt", directory, reason: `${name} ${reason}` };
  }
  return { state: "complete", directory, manifest };
}

function directoryOf(root: string, stage: string, key: string): string {
  for (const name of [stage, key]) {
    if (!/^[\w-][\w.-]*$/.test(name)) {
      throw new RangeError(`Cannot name a cache entry "${name}": expected letters, digits, ._-`);
    }
  }
  return join(root, stage, key);
}

async function mismatch(
  path: string,
  wanted: { readonly sizeBytes: number; readonly sha256: string },
): Promise<string | null> {
  try {
    const { size } = await Deno.stat(path);
    if (size !== wanted.sizeBytes) return `has ${size} bytes, expected ${wanted.sizeBytes}`;
    const sha256 = await sha256File(path);
    if (sha256 === wanted.sha256) return null;
    return `has sha256 ${sha256.slice(0, 8)}…, expected ${wanted.sha256.slice(0, 8)}…`;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return "is missing";
    throw fileFailure("read", path, error);
  }
}

function parseManifest(value: unknown): StageManifest | null {
  if (typeof value !== "object" || value === null) return null;
  const { format, files } = value as Partial<StageManifest>;
  if (format !== FORMAT || typeof files !== "object" || files === null) return null;
  const sound = Object.entries(files).every(([name, file]) =>
    !name.split("/").includes("..") && Number.isInteger(file?.sizeBytes) &&
    typeof file?.sha256 === "string"
  );
  return sound ? { format, files } : null;
}

async function finish(directory: string): Promise<StageManifest> {
  await clear(directory, isUnfinished);
  const files: Record<string, { sizeBytes: number; sha256: string }> = {};
  for (const name of await filesOf(directory)) {
    if (name === COMPLETE) continue;
    const path = join(directory, name);
    files[name] = { sizeBytes: (await Deno.stat(path)).size, sha256: await sha256File(path) };
  }
  const manifest: StageManifest = { format: FORMAT, files };
  await writeAtomic(join(directory, COMPLETE), JSON.stringify(manifest, null, 2) + "\n");
  return manifest;
}

/** Files below an entry in a fixed order, without its lock; empty if there is no such folder. */
async function filesOf(directory: string, below = ""): Promise<string[]> {
  const names: string[] = [];
  try {
    for await (const { name, isDirectory } of Deno.readDir(join(directory, below))) {
      const path = below === "" ? name : `${below}/${name}`;
      if (isDirectory) names.push(...await filesOf(directory, path));
      else if (path !== LOCK_FILE) names.push(path);
    }
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw fileFailure("read", directory, error);
  }
  return names.sort();
}

function isUnfinished(name: string): boolean {
  return name.endsWith(UNFINISHED_SUFFIX);
}

async function clear(directory: string, which: (name: string) => boolean): Promise<void> {
  for (const name of await filesOf(directory)) {
    if (which(name)) await Deno.remove(join(directory, name));
  }
}
