/**
 * What `reproduce` says at the end.
 *
 * @module
 */
import { METRIC_NAMES, type Recipe } from "../recipes/mod.ts";
import type { Machine, Result } from "../results/mod.ts";
import { type Check, count, points, type Verdict } from "../suites/mod.ts";
import type { Colour, Terminal } from "./terminal.ts";

/** What the lines are made from. */
export interface Summary {
  /** The claim. */
  readonly recipe: Recipe;
  /** The result document. */
  readonly result: Result;
  /** The verdict in it, with its checks. */
  readonly verdict: Verdict;
  /** Threads of the headline. */
  readonly threads: number;
  /** Where it ran. */
  readonly machine: Machine;
  /** Page of the report, or `null` if there is none. */
  readonly page: string | null;
}

const STATUS: Readonly<Record<Check["status"], Colour>> = {
  ok: "good",
  failed: "bad",
  open: "doubt",
  unjudged: "faint",
};

const OUTCOME: Readonly<Record<Verdict["outcome"], Colour>> = {
  reproduced: "good",
  partial: "good",
  contradicted: "bad",
  inconclusive: "doubt",
};

/** How claims were taken, in words. */
const KINDS = {
  max: "best of several runs",
  mean: "mean of several runs",
  single: "one run",
  unstated: "of how many runs is not stated",
};

/** Features worth naming, as the kernel spells them. */
const FEATURES: readonly (readonly [string, string])[] = [
  ["avx512f", "avx512"],
  ["avx2", "avx2"],
  ["avx512_vnni", "vnni"],
];

/** The lines; statuses stand at the end of theirs. */
export function summaryLines(summary: Summary, { paint }: Pick<Terminal, "paint">): string[] {
  const { recipe, result, verdict, threads, page } = summary;
  const { claim } = recipe;
  const lines = [
    `${recipe.name}   ${result.profile === null ? "measured only" : `${result.profile} profile`}, ${
      count(threads, "thread")
    }${cpuOf(summary.machine)}`,
    row(
      "claim",
      `sparse ${points(claim.sparse)} %, dense ${points(claim.dense)} % ${
        METRIC_NAMES[claim.metric]
      } ` +
        `(${KINDS[claim.kind]}; recipe: ${claim.fidelity})`,
    ),
    ...verdict.checks.map((check) => checkLine(check, paint)),
    row("verdict", `${paint(OUTCOME[verdict.outcome], verdict.outcome)}: ${verdict.reasons[0]}`),
    ...differences(summary),
    ...result.warnings.map(({ what, remedy }) =>
      row(paint("doubt", "warning".padEnd(9)), `${what} (try: ${remedy})`)
    ),
  ];
  if (page !== null) lines.push(row("report", page));
  return lines;
}

/** A quick run differs in ways that its profile implies; those of any other run are the user's to judge. */
function differences({ result, verdict }: Summary): string[] {
  const [, ...others] = verdict.reasons;
  if (result.profile !== "quick") return others.map((reason) => row("", reason));
  return [
    row("differs", `from the published run in ${count(others.length, "way")}, see the report`),
  ];
}

/** Columns of the text between name and status. */
const TEXT = 96;

function checkLine({ name, status, text }: Check, paint: Terminal["paint"]): string {
  const word = paint(STATUS[status], status === "unjudged" ? "not judged" : status);
  // The speed's own word, faster or slower, says it already.
  if (name === "speed" && /; (faster|slower|inconclusive)$/.test(text)) {
    const [body, last] = [text.replace(/; \w+$/, ""), /\w+$/.exec(text)![0]];
    return row(name, `${body.padEnd(TEXT)} ${paint(STATUS[status], last)}`);
  }
  return row(name, `${text.padEnd(TEXT)} ${word}`);
}

function row(name: string, text: string): string {
  return `  ${name.padEnd(9)} ${text}`;
}

function cpuOf({ cpu }: Machine): string {
  if (cpu.value === null) return "";
  const { model, features } = cpu.value;
  const named = FEATURES.filter(([flag]) => features?.includes(flag)).map(([, name]) => name);
  const sets = named.includes("avx512") ? named.filter((name) => name !== "avx2") : named;
  return `, ${model}${sets.length > 0 ? ` (${sets.join(", ")})` : ""}`;
}
