/**
 * Whether there is room for what is about to be done, before hours are spent on it.
 *
 * Where the process may not ask the system, nothing is checked: the write or the allocation fails then by itself, and says so.
 *
 * @module
 */
import { statfs } from "node:fs/promises";
import { EnvironmentError } from "../core/mod.ts";

/** Asks the system. Tests put answers of their own in its place. */
export interface Room {
  /** Free bytes of the disk that holds a folder; `null` if that is not known. */
  freeDisk(folder: string): Promise<number | null>;
  /** Bytes of memory that programs may still take; `null` if that is not known. */
  freeMemory(): number | null;
}

/** This machine. */
export const THIS_MACHINE: Room = {
  async freeDisk(folder): Promise<number | null> {
    if (!mayAsk("statfs")) return null;
    const { bavail, bsize } = await statfs(folder);
    return bavail * bsize;
  },
  freeMemory: () => mayAsk("systemMemoryInfo") ? Deno.systemMemoryInfo().available : null,
};

function mayAsk(kind: "statfs" | "systemMemoryInfo"): boolean {
  return Deno.permissions.querySync({ name: "sys", kind }).state === "granted";
}

/** Share of the disk's free bytes that is left alone. */
const SPARE = 0.02;

/**
 * Checks that a file fits on its disk.
 *
 * @param folder A folder that exists on that disk.
 * @param bytes What will be written.
 * @param remedy What helps; by default advice about data sets.
 * @throws {EnvironmentError} If it does not fit.
 */
export async function checkDisk(
  what: string,
  folder: string,
  bytes: number,
  room: Room = THIS_MACHINE,
  remedy = "free disk space, or --data with a folder on another disk",
): Promise<void> {
  const free = await room.freeDisk(folder);
  if (free === null || bytes <= free * (1 - SPARE)) return;
  throw new EnvironmentError(
    `Cannot write ${what}: ${folder} has ${megabytes(free)} free, expected ${megabytes(bytes)}`,
    { remedy },
  );
}

/**
 * Checks that something fits into memory.
 *
 * @param bytes What it will take.
 * @throws {EnvironmentError} If it does not fit.
 */
export function checkMemory(what: string, bytes: number, room: Room = THIS_MACHINE): void {
  const free = room.freeMemory();
  if (free === null || bytes <= free) return;
  throw new EnvironmentError(
    `Cannot read ${what}: ${megabytes(free)} of memory are free, expected ${megabytes(bytes)}`,
    { remedy: "close other programs, or cap the examples" },
  );
}

function megabytes(bytes: number): string {
  return `${Math.ceil(bytes / 1e6).toLocaleString("en-US")} MB`;
}
