/**
 * Command `compare`: two results, or two folders of them.
 *
 * @module
 */
import { EnvironmentError, fileFailure, UsageError } from "../core/mod.ts";
import {
  compareResults,
  type ComparisonRow,
  listResults,
  readResult,
  type Result,
} from "../results/mod.ts";
import { percent, points, times } from "../suites/mod.ts";
import type { Command, Input } from "./command.ts";
import type { Colour, Terminal } from "./terminal.ts";

/** Compares results. */
export const compare: Command = {
  name: "compare",
  summary:
    "Compares two results or two folders: better, worse, within noise. Exit code 1 if worse.",
  operands: ["A", "B"],
  options: [{ name: "json", summary: "print the rows as JSON" }],
  run: runCompare,
};

async function runCompare(input: Input, terminal: Terminal): Promise<number> {
  const [a, b] = input.operands as [string, string]; // as many as the command has operands
  const rows = compareResults(await load(a), await load(b));
  if (rows.every(({ before, after }) => before === null || after === null)) {
    throw new UsageError(`Cannot compare ${a} with ${b}: no figure is in both, expected one`);
  }
  if (input.has("json")) terminal.print(JSON.stringify(rows, null, 2));
  else for (const line of rowLines(rows, terminal)) terminal.print(line);
  return rows.some(({ verdict }) => verdict === "worse") ? 1 : 0;
}

/** A file, or every result below a folder. */
async function load(path: string): Promise<Result[]> {
  const info = await Deno.stat(path).catch((error) => {
    throw fileFailure("read", path, error);
  });
  if (info.isFile) return [await readResult(path)];
  const results = await resultsBelow(path);
  if (results.length > 0) return results;
  throw new EnvironmentError(`Cannot compare ${path}: no result in it, expected one or more`, {
    remedy: "deno task list",
  });
}

/** Folders at any level: all results, those of a machine, or those of one recipe. */
async function resultsBelow(folder: string): Promise<Result[]> {
  const stored = await listResults(folder);
  if (stored.length > 0) return stored.map(({ result }) => result);
  const results: Result[] = [];
  for await (const { name, isFile, isDirectory } of Deno.readDir(folder)) {
    const path = `${folder}/${name}`;
    if (isFile && name.endsWith(".json")) results.push(await readResult(path));
    if (isDirectory) results.push(...await resultsBelow(path));
  }
  return results;
}

const COLOURS: Readonly<Record<ComparisonRow["verdict"], Colour>> = {
  better: "good",
  worse: "bad",
  "within noise": "faint",
  "only in A": "doubt",
  "only in B": "doubt",
};

/** One line a figure: what it is, before, after, change, verdict; a count of verdicts at the end. */
export function rowLines(
  rows: readonly ComparisonRow[],
  { paint }: Pick<Terminal, "paint">,
): string[] {
  const names = rows.map(nameOf);
  const width = Math.max(...names.map((name) => name.length));
  const lines = rows.map((row, index) => {
    const { kind, before, after, change, verdict } = row;
    const figure = (value: number): string => kind === "speed" ? times(value) : percent(value);
    const moved = change === null
      ? ""
      : kind === "speed"
      ? signed(100 * (change.estimate - 1), " %")
      : signed(Number(points(change.estimate)), " points");
    return [
      names[index]!.padEnd(width),
      (before ? figure(before.estimate) : "-").padStart(8),
      (after ? figure(after.estimate) : "-").padStart(8),
      moved.padStart(12),
      paint(COLOURS[verdict], verdict),
    ].join("  ");
  });
  return [...lines, tally(rows)];
}

function nameOf({ name, cell, subject, baseline, threads }: ComparisonRow): string {
  if (baseline === null) return `${name}: ${subject} ${cell}`;
  return `${cell} t=${threads}: ${subject} over ${baseline}`;
}

function signed(value: number, unit: string): string {
  return `${value > 0 ? "+" : ""}${value.toFixed(1)}${unit}`;
}

function tally(rows: readonly ComparisonRow[]): string {
  const verdicts = Object.keys(COLOURS) as ComparisonRow["verdict"][]; // keys of a Record of them
  return verdicts
    .map((verdict) => [verdict, rows.filter((row) => row.verdict === verdict).length] as const)
    .filter(([, number]) => number > 0)
    .map(([verdict, number]) => `${number} ${verdict}`)
    .join(", ");
}
