/**
 * How much memory a process may take here: what the system has left, or less where a container has a limit.
 *
 * @module
 */
import { probe, runText } from "../results/mod.ts";

/** Memory that can be had, and who says so. */
export interface AvailableMemory {
  /** Bytes. */
  readonly bytes: number;
  /** What limits it. */
  readonly limit: "free memory of the machine" | "limit of the container";
}

/** Gives the text of a file of the system; `null` where there is none or it may not be read. */
export type ReadFile = (path: string) => Promise<string | null>;

/**
 * Asks the system and, on Linux, the control groups (both versions) of this process.
 *
 * Needs `--allow-sys`; limits of containers are known with `--allow-run=cat` only, since Deno itself may not read `/sys`.
 *
 * @param read Reads a file of the system; tests put their own in.
 * @param free Bytes that the machine has left.
 */
export async function availableMemory(
  read: ReadFile = readWithCat,
  free: number = Deno.systemMemoryInfo().available,
): Promise<AvailableMemory> {
  const left = await containerMemory(read);
  if (left === null || left >= free) {
    return { bytes: free, limit: "free memory of the machine" };
  }
  return { bytes: Math.max(left, 0), limit: "limit of the container" };
}

async function readWithCat(path: string): Promise<string | null> {
  if (Deno.build.os !== "linux") return null;
  return (await probe(() => runText("cat", path))).value;
}

/** The least that any control group above this process leaves, or `null` if none has a limit. */
async function containerMemory(read: ReadFile): Promise<number | null> {
  let least: number | null = null;
  for (const { folder, limit, usage } of controlGroups(await read("/proc/self/cgroup"))) {
    const [most, used] = [await read(`${folder}/${limit}`), await read(`${folder}/${usage}`)];
    // "max", or version 1's number for it, a page below 2^63
    const limitBytes = Number(most?.trim() ?? NaN);
    if (!(limitBytes < 2 ** 60)) continue;
    const left = limitBytes - Number(used?.trim() ?? 0);
    least = Math.min(least ?? Infinity, left);
  }
  return least;
}

interface ControlGroup {
  readonly folder: string;
  readonly limit: string;
  readonly usage: string;
}

/** The groups named by `/proc/self/cgroup`, lines such as `0::/a/b` (version 2) or `4:memory:/a`, and those above them. */
function controlGroups(text: string | null): readonly ControlGroup[] {
  return (text ?? "").trim().split("\n").flatMap((line) => {
    const [, controllers, path] = /^\d+:([^:]*):(\/.*)$/.exec(line) ?? [];
    if (path === undefined) return [];
    if (controllers === "") {
      return foldersOf("/sys/fs/cgroup", path).map((folder) => (
        { folder, limit: "memory.max", usage: "memory.current" }
      ));
    }
    if (!controllers!.split(",").includes("memory")) return [];
    return foldersOf("/sys/fs/cgroup/memory", path).map((folder) => (
      { folder, limit: "memory.limit_in_bytes", usage: "memory.usage_in_bytes" }
    ));
  });
}

/** A folder and those above it up to the root: `/a/b`, `/a` and the root itself, where a container sees its own limit. */
function foldersOf(root: string, path: string): string[] {
  const parts = path.split("/").filter((part) => part !== "");
  return parts.map((_, i) => `${root}/${parts.slice(0, parts.length - i).join("/")}`).concat(root);
}
