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
  unstated: "number of runs not stated",
};

/** Features worth naming, as the kernel spells them. */
const FEATURES: readonly (readonly [string, string])[] = [
  ["avx512f", "avx512"],
  ["avx2", "avx2"],
  ["avx512_vnni", "vnni"],
];

/** The lines; statuses stand at the end of the first one of theirs. */
export function summaryLines(summary: Summary, { paint }: Pick<Terminal, "paint">): string[] {
  const { recipe, result, verdict, threads, page } = summary;
  const { claim } = recipe;
  const quality = `${KINDS[claim.kind]}; recipe: ${claim.fidelity}`;
  const metric = METRIC_NAMES[claim.metric];
  return [
    `${recipe.name}   ${result.profile === null ? "measured only" : `${result.profile} profile`}, ${
      count(threads, "thread")
    }${cpuOf(summary.machine)}`,
    ...rows(
      "claim",
      `sparse ${points(claim.sparse)} %, dense ${points(claim.dense)} % ${metric} (${quality})`,
    ),
    ...verdict.checks.flatMap((check) => checkLines(check, paint)),
    ...verdictLines(verdict, paint),
    ...differences(summary),
    ...result.warnings.flatMap(({ what, remedy }) =>
      rows(paint("doubt", "warning".padEnd(9)), `${what} (try: ${remedy})`)
    ),
    ...page === null ? [] : [row("report", page)],
  ];
}

function verdictLines({ outcome, reasons }: Verdict, paint: Terminal["paint"]): string[] {
  const [first = "", ...more] = rows("verdict", `${outcome}: ${reasons[0]}`);
  return [first.replace(outcome, paint(OUTCOME[outcome], outcome)), ...more];
}

/** A quick run differs in ways that its profile implies; those of any other run are the user's to judge. */
function differences({ result, verdict }: Summary): string[] {
  const [, ...others] = verdict.reasons;
  if (result.profile !== "quick") return others.flatMap((reason) => rows("", reason));
  return [
    row("differs", `from the published run in ${count(others.length, "way")}, see the report`),
  ];
}

/** Columns of the text between name and status. */
const TEXT = 96;

/** The status ends the first line. */
function checkLines({ name, status, text }: Check, paint: Terminal["paint"]): string[] {
  // The speed's own word, faster or slower, says it already.
  const own = name === "speed" ? /; (faster|slower|inconclusive)$/.exec(text) : null;
  const word = own?.[1] ?? (status === "unjudged" ? "not judged" : status);
  const [first = "", ...more] = rows(name, own ? text.slice(0, own.index) : text);
  return [`${first.padEnd(NAME + TEXT)} ${paint(STATUS[status], word)}`, ...more];
}

/** Columns before the text. */
const NAME = 12;

/** A row that goes on below itself where it is long. */
function rows(name: string, text: string): string[] {
  return wrap(text).map((line, index) => row(index === 0 ? name : "", line));
}

function row(name: string, text: string): string {
  return `  ${name.padEnd(9)} ${text}`;
}

/** Lines of at most {@linkcode TEXT} columns, broken between words; a word that is longer has a line of its own. */
function wrap(text: string): string[] {
  const lines: string[] = [];
  for (const word of text.split(" ")) {
    const last = lines.at(-1);
    if (last === undefined || last.length + 1 + word.length > TEXT) lines.push(word);
    else lines[lines.length - 1] = `${last} ${word}`;
  }
  return lines;
}

function cpuOf({ cpu }: Machine): string {
  if (cpu.value === null) return "";
  const { model, features } = cpu.value;
  const named = FEATURES.filter(([flag]) => features?.includes(flag)).map(([, name]) => name);
  const sets = named.includes("avx512") ? named.filter((name) => name !== "avx2") : named;
  return `, ${model}${sets.length > 0 ? ` (${sets.join(", ")})` : ""}`;
}
