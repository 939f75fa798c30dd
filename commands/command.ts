/**
 * What a command is, and how its arguments are read.
 *
 * @module
 */
import { parseArgs } from "@std/cli";
import { didYouMean, UsageError } from "../core/mod.ts";
import type { Terminal } from "./terminal.ts";

/** An option of a command. */
export interface Option {
  /** Without the dashes. */
  readonly name: string;
  /** What stands for its value in the help text, e.g. `N`; absent = a switch. */
  readonly value?: string;
  /** One line for the help text. */
  readonly summary: string;
  /** Values allowed; absent = any. */
  readonly choices?: readonly string[];
  /** Whether the value is a whole number from 1. */
  readonly count?: boolean;
  /** Whether the help text leaves it out: for this program's own child processes. */
  readonly hidden?: boolean;
}

/** A command of the program. */
export interface Command {
  /** First word on the command line. */
  readonly name: string;
  /** One line for the list of commands. */
  readonly summary: string;
  /** Names of the arguments that are no options; all of them must be given. */
  readonly operands: readonly string[];
  /** Names of further ones that may be left out. */
  readonly optional?: readonly string[];
  /** Options. */
  readonly options: readonly Option[];
  /** Lines below the options in the help text. */
  readonly notes?: readonly string[];
  /**
   * Does it.
   *
   * @returns The exit code: 0 done, 1 the claim or comparison failed.
   */
  run(input: Input, terminal: Terminal): Promise<number>;
}

/** Checked arguments of a command. */
export interface Input {
  /** Arguments that are no options: as many as the command has operands, then optional ones. */
  readonly operands: readonly string[];
  /** Whether a switch is given. */
  has(name: string): boolean;
  /** Value of an option, or `null`. */
  text(name: string): string | null;
  /** Value of a counting option, or `null`. */
  count(name: string): number | null;
}

/**
 * Reads the arguments after the command's name.
 *
 * @throws {UsageError} If an option is unknown, lacks its value or has a wrong one, or operands are missing or too many.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * const command: Command = {
 *   name: "fetch",
 *   summary: "",
 *   operands: ["dataset"],
 *   options: [{ name: "data", value: "DIR", summary: "" }],
 *   run: () => Promise.resolve(0),
 * };
 * assertEquals(readInput(command, ["sst2", "--data", "x"]).text("data"), "x");
 * ```
 */
export function readInput(command: Command, args: readonly string[]): Input {
  const { name, options } = command;
  const switches = options.filter((option) => option.value === undefined);
  const valued = options.filter((option) => option.value !== undefined);
  const parsed = parseArgs(args, {
    boolean: switches.map((option) => option.name),
    string: ["_", ...valued.map((option) => option.name)],
    collect: valued.map((option) => option.name),
    unknown: (argument, key) => {
      if (key === undefined) return true;
      throw unknownOption(command, argument);
    },
  });
  const values = new Map<string, string>();
  for (const option of valued) {
    const given = parsed[option.name] as string[] | undefined; // collected strings
    if (given !== undefined && given.length > 0) values.set(option.name, one(name, option, given));
  }
  const operands = parsed._.map(String);
  checkOperands(command, operands);
  return {
    operands,
    has: (option) => parsed[option] === true,
    text: (option) => values.get(option) ?? null,
    count: (option) => values.has(option) ? Number(values.get(option)) : null,
  };
}

function one(command: string, option: Option, given: readonly string[]): string {
  const [value = "", second] = given;
  const fail = (found: string, wanted: string): never => {
    throw new UsageError(`Cannot ${command}: --${option.name} ${found}, expected ${wanted}`, {
      remedy: `deno task ${command} --help`,
    });
  };
  if (second !== undefined) fail("is given twice", "once");
  if (value === "") fail("has no value", option.value!);
  if (option.choices && !option.choices.includes(value)) {
    fail(`is "${value}"`, option.choices.join(" or "));
  }
  if (option.count && !/^[1-9]\d{0,5}$/.test(value)) {
    fail(`is "${value}"`, "a whole number from 1");
  }
  return value;
}

function unknownOption({ name, options }: Command, argument: string): UsageError {
  const given = argument.replace(/=.*/, "");
  const names = options.filter(({ hidden }) => !hidden).map((option) => `--${option.name}`);
  const near = didYouMean(given, names);
  const wanted = near ?? (names.length > 0 ? `one of ${names.join(", ")}` : "no option");
  return new UsageError(`Cannot ${name}: unknown option ${given}, expected ${wanted}`, {
    remedy: `deno task ${name} --help`,
  });
}

function checkOperands(command: Command, given: readonly string[]): void {
  const { name, operands, optional = [] } = command;
  const most = operands.length + optional.length;
  if (given.length >= operands.length && given.length <= most) return;
  const wanted = operandNames(command).join(" ") || "none";
  const found = given.length === 0 ? "no argument" : given.map((text) => `"${text}"`).join(" ");
  throw new UsageError(`Cannot ${name}: ${found}, expected ${wanted}`, {
    remedy: `deno task ${name} --help`,
  });
}

function operandNames({ operands, optional = [] }: Command): string[] {
  return [...operands.map((operand) => `<${operand}>`), ...optional.map((name) => `[${name}]`)];
}

/** The help text of a command. */
export function describeCommand(command: Command): string {
  const { name, summary, options, notes } = command;
  const usage = ["deno task", name, ...operandNames(command), "[options]"];
  const rows = [
    ...options.filter(({ hidden }) => !hidden),
    { name: "help", summary: "this text" },
  ].map((option: Option) => {
    const choices = option.choices ? option.choices.join("|") : option.value;
    return [`--${option.name}${choices ? ` ${choices}` : ""}`, option.summary] as const;
  });
  return [
    summary,
    "",
    `usage: ${usage.join(" ")}`,
    "",
    ...columns(rows),
    ...(notes ? ["", ...notes] : []),
  ].join("\n");
}

/** Two aligned columns, indented. */
export function columns(rows: readonly (readonly [string, string])[]): string[] {
  const width = Math.max(...rows.map(([left]) => left.length));
  return rows.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`.trimEnd());
}
