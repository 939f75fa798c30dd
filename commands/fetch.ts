/**
 * Command `fetch`: gets a published data set.
 *
 * @module
 */
import { didYouMean, EnvironmentError, UsageError } from "../core/mod.ts";
import type { Command, Input } from "./command.ts";
import type { Terminal } from "./terminal.ts";

const GENERATED = ["synthetic-sentiment", "synthetic-paraphrase"];
const PUBLISHED = ["sst2", "mrpc"];

/** Gets data sets. */
export const fetchCommand: Command = {
  name: "fetch",
  summary: "Downloads a published data set, checked and resumable.",
  operands: ["dataset"],
  options: [],
  notes: [`data sets: ${PUBLISHED.join(", ")}; generated ones need no download`],
  run: runFetch,
};

function runFetch(input: Input, terminal: Terminal): Promise<number> {
  const [name] = input.operands as [string]; // as many as the command has operands
  if (GENERATED.includes(name)) {
    terminal.progress.finish("fetch", `nothing to fetch: ${name} is generated`);
    return Promise.resolve(0);
  }
  if (PUBLISHED.includes(name)) {
    throw new EnvironmentError(`Cannot fetch ${name}: no download is known, expected --data DIR`);
  }
  const names = [...PUBLISHED, ...GENERATED];
  const near = didYouMean(name, names);
  throw new UsageError(`Cannot fetch "${name}": no such data set, expected ${names.join(", ")}`, {
    remedy: `deno task fetch ${near ?? names[0]}`,
  });
}
