/**
 * Starts measuring processes and reads their answers.
 *
 * @module
 */
import { fromFileUrl } from "@std/path";
import { EnvironmentError } from "../core/mod.ts";
import type { Job, Line } from "./job.ts";

/**
 * Runs one job somewhere fresh and gives its lines as they come.
 *
 * @throws {JobFailure} If the process ends otherwise than by finishing.
 */
export type Launch = (job: Job, signal: AbortSignal) => AsyncIterable<Line>;

/** A measuring process crashed, was killed or hung. */
export class JobFailure extends Error {
  /** Tells it apart in logs. */
  override readonly name = "JobFailure";
}

const PROCESS = fromFileUrl(new URL("./measure_process.ts", import.meta.url));
const ROOT = fromFileUrl(new URL("..", import.meta.url));

/** The narrowest set that every engine works with: packages and weights to read, native libraries to call. */
const FLAGS = [
  "--quiet",
  "--no-prompt",
  "--allow-read",
  "--allow-ffi",
  "--allow-sys",
  // Restricts instruction sets in tests; other variables are none of a measurement's business.
  "--allow-env=SKIPZERO_TARGETS,SKIPZERO_FORM",
  "--ignore-env",
  "--v8-flags=--expose-gc",
];

/** A process that takes longer than this hangs. */
const LIMIT_MS = 15 * 60_000;

/** Runs each job in a process of its own. */
export const launchProcess: Launch = async function* (job, signal): AsyncGenerator<Line> {
  const command = new Deno.Command("deno", {
    args: ["run", ...FLAGS, PROCESS, JSON.stringify(job)],
    cwd: ROOT,
    env: { NO_COLOR: "1" },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  });
  const child = spawn(command);
  const ended = AbortSignal.any([signal, AbortSignal.timeout(LIMIT_MS)]);
  const kill = (): void => killQuietly(child);
  ended.addEventListener("abort", kill);
  const said = new Response(child.stderr).text();
  try {
    for await (const text of linesOf(child.stdout)) {
      if (text.startsWith('{"is":')) yield JSON.parse(text) as Line; // by measure_process.ts
    }
    const status = await child.status;
    signal.throwIfAborted();
    if (!status.success) throw new JobFailure(describeEnd(status, await said, ended.aborted));
  } finally {
    ended.removeEventListener("abort", kill);
    kill();
    await Promise.allSettled([said, child.status]);
  }
};

function spawn(command: Deno.Command): Deno.ChildProcess {
  try {
    return command.spawn();
  } catch (error) {
    const found = error instanceof Error ? error.message : String(error);
    throw new EnvironmentError(
      `Cannot start a measuring process: ${found}, expected "deno" on the PATH and leave to run it`,
      { remedy: "npx -y deno@2.9.6 task doctor", cause: error },
    );
  }
}

function killQuietly(child: Deno.ChildProcess): void {
  try {
    child.kill("SIGKILL");
  } catch {
    // It has ended already.
  }
}

function describeEnd(status: Deno.CommandStatus, said: string, hung: boolean): string {
  if (hung) return `the process did not end within ${LIMIT_MS / 60_000} minutes`;
  const lines = said.trim().split("\n");
  // Deno tells an uncaught error as "error: Uncaught (in promise) RangeError: ..." and then where it was thrown.
  const error = lines.find((line) => line.startsWith("error: ")) ?? lines.at(-1) ?? "";
  const why = error.replace(/^error: (Uncaught )?(\(in promise\) )?/, "");
  const how = status.signal ? `was ended by ${status.signal}` : `ended with code ${status.code}`;
  return `the process ${how}${why === "" ? "" : `: ${why}`}`;
}

async function* linesOf(stream: ReadableStream<Uint8Array<ArrayBuffer>>): AsyncGenerator<string> {
  let rest = "";
  for await (const chunk of stream.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + chunk).split("\n");
    rest = lines.pop() ?? "";
    yield* lines;
  }
  if (rest !== "") yield rest;
}
