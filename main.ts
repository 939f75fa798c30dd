/**
 * skipzero: reproduces what sparse neural networks promise. This is the command line, as a table of contents.
 *
 * Exit codes: 0 done, 1 the claim or comparison failed, 2 usage, 3 environment, 130 interrupted.
 *
 * @module
 */
import {
  type Command,
  COMMANDS,
  describeCommand,
  INTERRUPTED,
  Interruption,
  onInterrupt,
  openTerminal,
  readInput,
  StageFailure,
  type Terminal,
} from "./commands/mod.ts";
import { describeFailure, didYouMean, exitCodeOf, UsageError } from "./core/mod.ts";

const HELP = `skipzero reproduces what sparse neural networks promise, on your own machine.

usage: deno task <command> [options]

${COMMANDS.map(({ name, summary }) => `  ${name.padEnd(10)}${summary}`).join("\n")}
  test      Runs all tests.
  check     Format, lint, types, docs and tests.

"deno task <command> --help" tells more. Start with: deno task reproduce bert-mini-4x1-sst2`;

/** Given by this program to its own child processes: progress as JSON lines. */
const EVENTS = "--events";

async function main(given: readonly string[]): Promise<number> {
  const events = given.includes(EVENTS);
  const terminal = openTerminal(onInterrupt(events), events);
  try {
    return await run(given.filter((argument) => argument !== EVENTS), terminal);
  } catch (error) {
    return fail(error, terminal, events);
  }
}

async function run(given: readonly string[], terminal: Terminal): Promise<number> {
  const [name, ...args] = given;
  if (name === undefined || isHelp(name)) {
    terminal.print(HELP);
    return 0;
  }
  const command = findCommand(name);
  if (args.some(isHelp)) {
    terminal.print(describeCommand(command));
    return 0;
  }
  return await command.run(readInput(command, args), terminal);
}

function isHelp(argument: string): boolean {
  return ["--help", "-h", "help"].includes(argument);
}

function findCommand(name: string): Command {
  const command = COMMANDS.find((command) => command.name === name);
  if (command !== undefined) return command;
  const names = COMMANDS.map((command) => command.name);
  const near = didYouMean(name, names);
  throw new UsageError(
    `Cannot run "${name}": no such command, expected ${near ?? names.join(", ")}`,
    { remedy: `deno task ${near ?? "reproduce --help"}` },
  );
}

/** Tells the failure on standard error and gives its exit code. Of Ctrl-C the outermost process tells, once. */
function fail(error: unknown, terminal: Terminal, hasParent: boolean): number {
  const cause = terminal.signal.aborted ? terminal.signal.reason : error;
  if (cause instanceof Interruption) {
    if (!hasParent) terminal.say(cause.message);
    return INTERRUPTED;
  }
  terminal.fail(cause instanceof StageFailure ? cause.message : describeFailure(cause));
  return cause instanceof StageFailure ? cause.code : exitCodeOf(cause);
}

if (import.meta.main) Deno.exit(await main(Deno.args));
