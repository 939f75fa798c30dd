/**
 * Keys of cache entries: hashes of everything that goes into a stage.
 *
 * @module
 */
import { join } from "@std/path";
import { hashOf, sha256File } from "../core/mod.ts";
import { ROOT } from "./stages.ts";

/** Folders whose code decides what a training gives. */
export const TRAINING_SOURCES: readonly string[] = [
  "core",
  "recipes",
  "datasets",
  "kernels",
  "models",
  "training",
  "engines/tfjs",
];

/** Folders whose code decides what a measurement gives. */
export const MEASURING_SOURCES: readonly string[] = [
  "core",
  "models",
  "kernels",
  "engines",
  "suites",
];

/**
 * A hash of the code in some folders and of the lock file. Tests, pages and recipes are left out: recipes go into keys by content, and
 * only the one that is used.
 */
export async function hashFolders(
  folders: readonly string[],
  root: string = ROOT,
): Promise<string> {
  const paths = ["deno.lock"];
  for (const folder of folders) paths.push(...await sourcesIn(root, folder));
  const hashes = paths.sort().map(async (path) => [path, await sha256File(join(root, path))]);
  return hashOf(await Promise.all(hashes));
}

async function sourcesIn(root: string, folder: string): Promise<string[]> {
  const paths: string[] = [];
  for await (const { name, isDirectory } of Deno.readDir(join(root, folder))) {
    const path = `${folder}/${name}`;
    if (isDirectory) paths.push(...await sourcesIn(root, path));
    else if (name.endsWith(".ts") && !name.endsWith("_test.ts")) paths.push(path);
  }
  return paths;
}
