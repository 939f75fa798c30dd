/**
 * The folder of results: `<root>/<machine>/<recipe or suite>/<utc>-<hash8>.json`, added to and never changed.
 *
 * @module
 */
import { join } from "@std/path";
import { EnvironmentError, fileFailure, hashOf, writeAtomic } from "../core/mod.ts";
import { checkResult, readResult } from "./parse.ts";
import type { Result } from "./result.ts";

/** A result and where it is kept. */
export interface StoredResult {
  /** Its file. */
  readonly path: string;
  /** The machine it was measured on, as {@linkcode machineName} names it. */
  readonly machine: string;
  /** The document. */
  readonly result: Result;
}

/** Which results {@linkcode listResults} lists; absent fields let everything pass. */
export interface ResultFilter {
  /** Name of a machine. */
  readonly machine?: string;
  /** Name of a recipe, or of a suite for results without one. */
  readonly name?: string;
}

/** What a result is filed under: its recipe, or its suite if it has none. */
export function nameOfResult(result: Result): string {
  return result.recipe ?? result.suite;
}

/**
 * Files a result. Writing the same result again changes nothing.
 *
 * @param root Folder of all results.
 * @param machine Folder of this machine, see {@linkcode machineName}.
 * @returns Path of the file.
 * @throws {SyntaxError} If it is no result document, for example because a figure is NaN.
 * @throws {EnvironmentError} If it cannot be written, or another result has its place.
 */
export async function writeResult(root: string, machine: string, result: Result): Promise<string> {
  const name = nameOfResult(result);
  for (const folder of [machine, name]) {
    if (!/^[a-z0-9][a-z0-9._-]*$/.test(folder)) {
      throw new RangeError(`Cannot file result under "${folder}": expected lower-case words`);
    }
  }
  const utc = result.startedAt.replace(/\.\d+/, "").replaceAll(/[-:]/g, "");
  const path = join(root, machine, name, `${utc}-${hashOf(result).slice(0, 8)}.json`);
  const text = resultText(checkResult(result, path));
  const present = await textOf(path);
  if (present === null) await writeAtomic(path, text);
  else if (present !== text) {
    throw new EnvironmentError(`Cannot write ${path}: it holds another result, expected no file`);
  }
  return path;
}

/**
 * Text of a result file: JSON, indented, each list of numbers on one line.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * assertEquals(resultText({ samplesNs: [1, 2] }), '{\n  "samplesNs": [1, 2]\n}\n');
 * ```
 */
export function resultText(result: Result | Readonly<Record<string, unknown>>): string {
  const text = JSON.stringify(result, null, 2);
  // No string matches: its line breaks are escaped.
  const numbers = /\[\n\s*(-?\d[\d.eE+-]*(?:,\n\s*-?\d[\d.eE+-]*)*)\n\s*\]/g;
  return text.replace(numbers, (_, list: string) => `[${list.replace(/,\n\s*/g, ", ")}]`) + "\n";
}

/**
 * All results of a folder, oldest first.
 *
 * @param root Folder of all results; may be absent.
 * @throws {SyntaxError} If a file is no result document.
 * @throws {EnvironmentError} If a file cannot be read.
 */
export async function listResults(
  root: string,
  filter: ResultFilter = {},
): Promise<StoredResult[]> {
  const stored: StoredResult[] = [];
  for (const machine of await foldersIn(root)) {
    if (filter.machine !== undefined && machine !== filter.machine) continue;
    for (const name of await foldersIn(join(root, machine))) {
      if (filter.name !== undefined && name !== filter.name) continue;
      for (const path of await filesIn(join(root, machine, name))) {
        stored.push({ path, machine, result: await readResult(path) });
      }
    }
  }
  return stored.sort((a, b) =>
    Date.parse(a.result.startedAt) - Date.parse(b.result.startedAt) || (a.path < b.path ? -1 : 1)
  );
}

async function entriesOf(folder: string): Promise<Deno.DirEntry[]> {
  try {
    const entries = await Array.fromAsync(Deno.readDir(folder));
    return entries.filter(({ name }) => !name.startsWith("."));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw fileFailure("read", folder, error);
  }
}

async function foldersIn(folder: string): Promise<string[]> {
  const entries = await entriesOf(folder);
  return entries.filter((entry) => entry.isDirectory).map((entry) => entry.name).sort();
}

async function filesIn(folder: string): Promise<string[]> {
  const entries = await entriesOf(folder);
  const files = entries.filter((entry) => entry.isFile && entry.name.endsWith(".json"));
  return files.map((entry) => join(folder, entry.name)).sort();
}

async function textOf(path: string): Promise<string | null> {
  try {
    return await Deno.readTextFile(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw fileFailure("read", path, error);
  }
}
