/**
 * Command `pattern`: draws a pattern, or lists all of them.
 *
 * @module
 */
import {
  createRandom,
  drawMask,
  formatPattern,
  type Mask,
  parsePattern,
  type Pattern,
  PATTERN_FORMS,
  periodOf,
  sparsityOfPattern,
  UsageError,
  whyIndivisible,
  writeAtomic,
} from "../core/mod.ts";
import { maskSvg } from "../reports/mod.ts";
import { columns, type Command, type Input } from "./command.ts";
import { kernelLetter, maskLines } from "./mask_lines.ts";
import { patternFacts } from "./pattern_facts.ts";
import type { Terminal } from "./terminal.ts";

/** Shows patterns. */
export const pattern: Command = {
  name: "pattern",
  summary: "Draws a sparsity pattern with its facts, or lists all patterns.",
  operands: ["show or list"],
  optional: ["pattern"],
  options: [
    { name: "rows", value: "N", count: true, summary: "output channels (default: about 16)" },
    { name: "cols", value: "N", count: true, summary: "input channels (default: about 32)" },
    { name: "sparsity", value: "S", summary: "fraction of zeros, 0 to 1 (default: 0.75)" },
    { name: "seed", value: "N", count: true, summary: "which mask is drawn (default: 1)" },
    { name: "svg", value: "FILE", summary: "also write a picture; --svg=- prints nothing but it" },
  ],
  notes: ["e.g. deno task pattern show 4x1 --rows 16 --cols 32"],
  run: runPattern,
};

const LIST = "deno task pattern list";

async function runPattern(input: Input, terminal: Terminal): Promise<number> {
  const [verb, name] = input.operands;
  if (verb === "list" && name === undefined) {
    for (const line of listLines()) terminal.print(line);
    return 0;
  }
  if (verb === "show" && name !== undefined) {
    await show(name, input, terminal);
    return 0;
  }
  const found = verb === "show"
    ? "no pattern"
    : input.operands.map((text) => `"${text}"`).join(" ");
  throw new UsageError(`Cannot pattern: ${found}, expected show <pattern> or list`, {
    remedy: verb === "show" ? "deno task pattern show 4x1" : LIST,
  });
}

/** Every form of a name and what it means. */
export function listLines(): string[] {
  const rows = PATTERN_FORMS.map(({ form, known, meaning }) =>
    [form, known === "" ? meaning : `${known}: ${meaning}`] as const
  );
  return [
    "X is the axis of the input channels (columns), Y that of the output channels (rows).",
    "",
    ...columns(rows),
    "",
    `e.g. ${PATTERN_FORMS.slice(-4).map(({ example }) => example).join(", ")}`,
  ];
}

async function show(name: string, input: Input, terminal: Terminal): Promise<void> {
  const pattern = readPattern(name);
  const mask = draw(pattern, input);
  const facts = patternFacts(mask, pattern);
  const title = formatPattern(pattern);
  const path = input.text("svg");
  const svg = path === null ? "" : maskSvg(mask, {
    pattern,
    title,
    facts: facts.map(([what, fact]) => `${what}: ${fact}`),
    letterAt: pattern.kind === "complementary"
      ? (row) => kernelLetter(row % pattern.kernels)
      : null,
  });
  if (path === "-") {
    terminal.print(svg.trimEnd());
    return;
  }
  for (const line of [title, "", ...maskLines(mask, pattern), "", ...columns(facts)]) {
    terminal.print(line);
  }
  if (path === null) return;
  await writePicture(path, svg, `deno task pattern show ${name} --svg=- > ${path}`);
  terminal.print(`\nwrote ${path}`);
}

async function writePicture(path: string, svg: string, remedy: string): Promise<void> {
  const { state } = await Deno.permissions.query({ name: "write", path });
  if (state !== "granted") {
    throw new UsageError(
      `Cannot write ${path}: the task may write below ${Deno.cwd()} only, expected a path there`,
      { remedy },
    );
  }
  await writeAtomic(path, svg);
}

function readPattern(name: string): Pattern {
  try {
    return parsePattern(name);
  } catch (error) {
    throw error instanceof SyntaxError ? new UsageError(error.message, { remedy: LIST }) : error;
  }
}

/** Most weights that are drawn, at a byte each, and most that a picture shows, at up to 40 bytes each. */
const MOST = { text: 2 ** 24, picture: 2 ** 18 } as const;

function draw(pattern: Pattern, input: Input): Mask {
  const period = periodOf(pattern);
  const upTo = (size: number, step: number): number => Math.ceil(size / step) * step;
  const rows = input.count("rows") ?? upTo(16, period.rows);
  const cols = input.count("cols") ?? upTo(32, period.cols);
  const name = formatPattern(pattern);
  const whole = `${name} on ${rows}x${cols} weights`;
  const most = input.text("svg") === null ? MOST.text : MOST.picture;
  if (rows * cols > most) {
    throw new UsageError(`Cannot draw ${whole}: ${rows * cols} of them, expected at most ${most}`);
  }
  const why = whyIndivisible(pattern, rows, cols);
  if (why !== null) {
    const fit = `--rows ${upTo(rows, period.rows)} --cols ${upTo(cols, period.cols)}`;
    throw new UsageError(`Cannot draw ${whole}: ${why}`, {
      remedy: `deno task pattern show ${name} ${fit}`,
    });
  }
  const random = createRandom(input.count("seed") ?? 1);
  return drawMask(random, rows, cols, pattern, readSparsity(pattern, input.text("sparsity")));
}

function readSparsity(pattern: Pattern, text: string | null): number {
  const decided = sparsityOfPattern(pattern);
  if (text === null) return decided ?? 0.75;
  const given = /^\d*\.?\d+$/.test(text) ? Number(text) : NaN;
  if (!(given >= 0 && given <= 1)) {
    throw new UsageError(
      `Cannot pattern: --sparsity is "${text}", expected a fraction from 0 to 1`,
      {
        remedy: "deno task pattern --help",
      },
    );
  }
  if (decided !== null && Math.abs(given - decided) > 1e-4) {
    const name = formatPattern(pattern);
    throw new UsageError(
      `Cannot draw ${name}: --sparsity is ${given}, expected ${decided}, which is what ${name} leaves zero`,
      { remedy: `deno task pattern show ${name}` },
    );
  }
  return given;
}
