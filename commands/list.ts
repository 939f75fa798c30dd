/**
 * Command `list`: the recipes and what came of them here.
 *
 * @module
 */
import {
  findRecipes,
  METRIC_NAMES,
  type ProfileName,
  profileNames,
  type Recipe,
} from "../recipes/mod.ts";
import { listResults, machineName, type Result } from "../results/mod.ts";
import { percent, points } from "../suites/mod.ts";
import type { Command, Input } from "./command.ts";
import { RESULTS } from "./stages.ts";
import type { Colour, Terminal } from "./terminal.ts";

const COLOURS: Readonly<Record<string, Colour>> = {
  reproduced: "good",
  partial: "good",
  contradicted: "bad",
  inconclusive: "doubt",
};

/** Lists recipes. */
export const list: Command = {
  name: "list",
  summary: "Lists the recipes: pattern, claim, fidelity, profiles, last verdict here.",
  operands: [],
  options: [{ name: "json", summary: "print the list as JSON" }],
  run: runList,
};

async function runList(input: Input, terminal: Terminal): Promise<number> {
  const recipes = await findRecipes("all");
  const stored = await listResults(RESULTS, { machine: await machineName() });
  const last = new Map(stored.map(({ result }) => [result.recipe, result]));
  const rows = recipes.map((recipe) => rowOf(recipe, last.get(recipe.name) ?? null));
  if (input.has("json")) terminal.print(JSON.stringify(rows, null, 2));
  else for (const line of linesOf(rows, terminal)) terminal.print(line);
  return 0;
}

/** One recipe as `list --json` prints it. */
export interface ListRow {
  /** Name on the command line. */
  readonly name: string;
  /** One line for people. */
  readonly title: string;
  /** Name of the pattern. */
  readonly pattern: string;
  /** Fraction of zeros. */
  readonly sparsity: number;
  /** Profiles in which it trains; none if it is only measured. */
  readonly trains: readonly ProfileName[];
  /** Why a profile is missing, in words; `null` if none is. */
  readonly missing: string | null;
  /** Published figures. */
  readonly claim: Pick<
    Recipe["claim"],
    "metric" | "dense" | "sparse" | "kind" | "fidelity" | "speed"
  >;
  /** What the last run on this machine said, or `null`. */
  readonly last:
    | {
      /** In one word. */
      readonly outcome: string;
      /** Profile of the run; `null` if nothing was trained. */
      readonly profile: ProfileName | null;
      /** When, UTC. */
      readonly startedAt: string;
    }
    | null;
}

/** A row of the list. */
export function rowOf(recipe: Recipe, last: Result | null): ListRow {
  const { metric, dense, sparse, kind, fidelity, speed } = recipe.claim;
  return {
    name: recipe.name,
    title: recipe.title,
    pattern: recipe.sparsity.pattern,
    sparsity: recipe.sparsity.target,
    trains: profileNames(recipe),
    missing: recipe.missing ?? null,
    claim: { metric, dense, sparse, kind, fidelity, ...speed && { speed } },
    last: last?.verdict
      ? { outcome: last.verdict.outcome, profile: last.profile, startedAt: last.startedAt }
      : null,
  };
}

/** The rows as aligned lines. */
export function linesOf(rows: readonly ListRow[], { paint }: Pick<Terminal, "paint">): string[] {
  const table = rows.map(({ name, pattern, sparsity, claim, trains }) => [
    name,
    pattern,
    zerosOf(sparsity),
    `${points(claim.sparse)} / ${points(claim.dense)} % ${METRIC_NAMES[claim.metric]}`,
    claim.fidelity,
    trains.join(", ") || "not yet",
  ]);
  const header = ["recipe", "pattern", "zeros", "claim sparse / dense", "fidelity", "profiles"];
  const all = [header, ...table];
  const widths = header.map((_, column) => Math.max(...all.map((row) => row[column]!.length)));
  const pad = (row: readonly string[]): string =>
    row.map((text, column) => text.padEnd(widths[column]!)).join("  ");
  return [
    paint("faint", `${pad(header)}  here`),
    ...rows.map(({ last }, index) => {
      const here = last
        ? `${paint(COLOURS[last.outcome] ?? "faint", last.outcome)} (${
          last.profile ?? "measured only"
        }, ${last.startedAt.slice(0, 10)})`
        : "not run yet";
      return `${pad(table[index]!)}  ${here}`;
    }),
    "",
    ...LEGEND.map((line) => paint("faint", line)),
  ];
}

/** What the words of the columns mean. */
const LEGEND: readonly string[] = [
  "fidelity  exact: a public recipe is followed; partial: in part; reconstructed: none was published",
  "profiles  quick (default): generated data, a scaled network, minutes",
  "          published: official data and hyperparameters, e.g. --profile published --data DIR",
  "          scratch: official data, but weights drawn at random; hours at most",
];

/** Per cent, in whole ones if they are whole; dense weights have none. */
function zerosOf(sparsity: number): string {
  if (sparsity === 0) return "none";
  return percent(sparsity, Number.isInteger(Math.round(1e4 * sparsity) / 100) ? 0 : 1);
}
