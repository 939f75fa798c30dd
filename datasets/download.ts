/**
 * Downloads that can be trusted: only a file whose content is the expected one gets its name.
 *
 * What arrives goes to `<path>.part`, which the next attempt, or the next run, goes on with.
 *
 * @module
 */
import { dirname } from "@std/path";
import { EnvironmentError, fileFailure, sha256File } from "../core/mod.ts";
import { receive, type TransferOptions } from "./transfer.ts";

/** What to download, and how. */
export interface DownloadOptions extends TransferOptions {
  /** sha256 of the file, 64 hexadecimal digits. There is no download without one. */
  readonly sha256: string;
  /** Where it goes; folders on the way are made, a file that is there with other content is replaced. */
  readonly path: string;
}

/**
 * Downloads a file, unless it is there already.
 *
 * @returns Whether it was there already, with the expected content.
 * @throws {EnvironmentError} If there is no connection, permission, such address or disk space, or the content is another.
 * @throws The signal's reason, if it is aborted; what has arrived stays for the next run.
 *
 * @example
 * ```ts ignore
 * await download({ url: "https://example.org/vocab.txt", sha256: "07ec…", path: ".cache/data/vocab.txt" });
 * ```
 */
export async function download(options: DownloadOptions): Promise<"present" | "downloaded"> {
  const { path, sha256 } = options;
  if (await hashIfThere(path) === sha256) return "present";
  const part = `${path}.part`;
  await fill(part, options);
  try {
    await Deno.rename(part, path);
  } catch (error) {
    throw fileFailure("write", path, error);
  }
  return "downloaded";
}

/** sha256 of a file, or `null` if there is none. */
export async function hashIfThere(path: string): Promise<string | null> {
  try {
    return await sha256File(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw fileFailure("read", path, error);
  }
}

/** Brings the part to the expected content. */
async function fill(part: string, options: DownloadOptions): Promise<void> {
  using file = await openPart(part);
  const begun = (await file.stat()).size > 0;
  let found = await sha256File(part);
  if (found === options.sha256) return;
  await receive(file, part, options);
  found = await sha256File(part);
  if (found !== options.sha256 && begun) {
    // What an earlier run left may be of another version of the file.
    await file.truncate();
    await receive(file, part, options);
    found = await sha256File(part);
  }
  if (found !== options.sha256) {
    await Deno.remove(part);
    throw new EnvironmentError(
      `Cannot use download ${options.url}: sha256 is ${found}, expected ${options.sha256}`,
      { remedy: `put the expected file at ${options.path}, if you have it` },
    );
  }
  await file.sync();
}

/** Opens the part and keeps other processes from it. */
async function openPart(part: string): Promise<Deno.FsFile> {
  let file: Deno.FsFile;
  try {
    await Deno.mkdir(dirname(part), { recursive: true });
    file = await Deno.open(part, { read: true, write: true, create: true });
  } catch (error) {
    throw fileFailure("write", part, error);
  }
  if (await file.tryLock(true)) return file;
  file.close();
  throw new EnvironmentError(`Cannot write ${part}: another process is downloading it`, {
    remedy: "the same command when that process has ended",
  });
}
