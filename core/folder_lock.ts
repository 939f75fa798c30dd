/**
 * One process at a time in a folder.
 *
 * @module
 */
import { dirname, join } from "@std/path";
import { EnvironmentError } from "./failure.ts";
import { fileFailure } from "./store.ts";

/** Name of the file that is locked; it stays when the lock is given back. */
export const LOCK_FILE = "lock";

/** How often a waiting process asks whether the folder is free. */
const POLL_MS = 100;

/** What to do about another process. */
export interface LockOptions {
  /** Whether to wait for another process that writes the entry (default), or to fail. */
  readonly wait?: boolean;
  /** Called once if there is a process to wait for, with e.g. `process 4711`. */
  readonly onWait?: (holder: string) => void;
  /** Ends the wait. */
  readonly signal?: AbortSignal;
}

/**
 * Makes a folder and keeps other processes out until the returned file is closed.
 *
 * It is the system's own lock on a file: it ends with the process that holds it, however that ends.
 *
 * @throws {EnvironmentError} If the folder cannot be written, or another process has it and `wait` is false.
 */
export async function lockFolder(directory: string, options: LockOptions): Promise<Deno.FsFile> {
  const path = join(directory, LOCK_FILE);
  const file = await openLock(path);
  try {
    if (!await file.tryLock(true)) await waitForLock(file, path, options);
    await file.truncate();
    await file.write(new TextEncoder().encode(`process ${Deno.pid}`));
    return file;
  } catch (error) {
    file.close();
    throw fileFailure("lock", path, error);
  }
}

async function openLock(path: string): Promise<Deno.FsFile> {
  try {
    await Deno.mkdir(dirname(path), { recursive: true });
    return await Deno.open(path, { read: true, write: true, create: true });
  } catch (error) {
    throw fileFailure("write", path, error);
  }
}

async function waitForLock(file: Deno.FsFile, path: string, options: LockOptions): Promise<void> {
  const holder = (await Deno.readTextFile(path)) || "another process";
  if (options.wait === false) {
    throw new EnvironmentError(`Cannot write ${dirname(path)}: ${holder} is writing it`, {
      remedy: "the same command when that process has ended",
    });
  }
  options.onWait?.(holder);
  while (!await file.tryLock(true)) {
    options.signal?.throwIfAborted();
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}
