/**
 * What the program can be asked to do, one file a command.
 *
 * @module
 */
import { bench } from "./bench.ts";
import type { Command } from "./command.ts";
import { compare } from "./compare.ts";
import { doctor } from "./doctor.ts";
import { fetchCommand } from "./fetch.ts";
import { kernels } from "./kernels.ts";
import { list } from "./list.ts";
import { pattern } from "./pattern.ts";
import { report } from "./report.ts";
import { reproduce } from "./reproduce.ts";
import { train } from "./train.ts";

export { type Command, describeCommand, type Input, type Option, readInput } from "./command.ts";
export { INTERRUPTED, Interruption, onInterrupt } from "./interrupt.ts";
export { StageFailure } from "./stages.ts";
export type { Progress, Step } from "./progress.ts";
export { type Colour, openTerminal, type Terminal } from "./terminal.ts";

/** Every command, in the order of the help text. */
export const COMMANDS: readonly Command[] = [
  reproduce,
  list,
  bench,
  fetchCommand,
  train,
  compare,
  report,
  pattern,
  kernels,
  doctor,
];
