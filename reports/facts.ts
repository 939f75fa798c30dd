/**
 * What a page says of a result in one line: its headline, checks, machine and command.
 *
 * @module
 */
import type { Recipe } from "../recipes/mod.ts";
import {
  atBatch,
  type Comparison,
  fastestBaseline,
  networkGroups,
  type Result,
} from "../results/mod.ts";
import { byCell } from "./cells.ts";
import { count } from "./wording.ts";

/** One question about the claim, as the verdict answered it. */
export interface Check {
  /** What was asked, e.g. `speed`. */
  readonly name: string;
  /** The answer; `unjudged` if the run does not ask. */
  readonly status: "ok" | "failed" | "open" | "unjudged";
  /** The figures behind it. */
  readonly text: string;
}

/** The checks that stand beside a verdict; none in results of other programs. */
export function checksOf({ verdict }: Result): Check[] {
  const checks = verdict?.checks;
  return Array.isArray(checks) ? checks.filter(isCheck) : [];
}

function isCheck(value: unknown): value is Check {
  const { name, status, text } = (value ?? {}) as Partial<Record<keyof Check, unknown>>;
  return typeof name === "string" && typeof text === "string" &&
    ["ok", "failed", "open", "unjudged"].includes(String(status));
}

/**
 * The comparison to speak of: at the recipe's headline batch. Without a recipe, or if that batch was not measured, in the last
 * cell.
 */
export function headlineOf(result: Result, recipe: Recipe | null): Comparison | null {
  // Of single layers and of several networks, no one speaks for the others.
  if (result.measurements.some(({ layer }) => layer !== undefined)) return null;
  if (recipe === null && networkGroups(result).length > 1) return null;
  const { comparisons } = result;
  const atHeadline = recipe === null
    ? []
    : atBatch(comparisons, recipe.model.name, recipe.benchmark.headline);
  return fastestBaseline(atHeadline) ?? fastestBaseline(lastCell(comparisons));
}

function lastCell(comparisons: readonly Comparison[]): Comparison[] {
  const last = comparisons.map(({ cell }) => cell).sort(byCell).at(-1);
  return comparisons.filter(({ cell }) => cell === last);
}

/** A value below an unknown one, or `undefined`. */
export function at(value: unknown, ...path: readonly string[]): unknown {
  let below = value;
  for (const key of path) {
    if (typeof below !== "object" || below === null || !Object.hasOwn(below, key)) return undefined;
    below = (below as Readonly<Record<string, unknown>>)[key];
  }
  return below;
}

/** The machine of a result, e.g. `AMD EPYC 9B45, 2 cores`; `null` if it was not recorded. */
export function machineOf({ provenance }: Result): string | null {
  const cpu = at(provenance, "machine", "cpu", "value");
  const [model, cores] = [at(cpu, "model"), at(cpu, "cores")];
  if (typeof model !== "string") return null;
  return typeof cores === "number" ? `${model}, ${count(cores, "core")}` : model;
}

/** The command line of a result, ready to be copied; `null` if it was not recorded. */
export function commandOf({ provenance }: Result): string | null {
  const { flags } = provenance;
  if (!Array.isArray(flags) || flags.length === 0) return null;
  return ["deno", "task", ...flags.map(String)].map(quoted).join(" ");
}

/** As a shell takes it. */
function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
