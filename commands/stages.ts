/**
 * Stages: commands of this program run as processes of their own, each with the permissions that it needs and no more.
 *
 * @module
 */
import { fromFileUrl, join } from "@std/path";
import { EnvironmentError } from "../core/mod.ts";
import { EVENT_PREFIX, type Step } from "./progress.ts";
import type { Terminal } from "./terminal.ts";

/** Folder of the project. */
export const ROOT: string = fromFileUrl(new URL("..", import.meta.url));

/** Where stages keep what they made. */
export const CACHE: string = join(ROOT, ".cache");

/** Where result files live. */
export const RESULTS: string = join(ROOT, "results");

/** Where the site goes unless told otherwise. */
export const SITE: string = join(ROOT, "reports", "site");

/** Names of the stages. */
export type StageName = "fetch" | "train" | "bench" | "report";

/** One process to run. */
export interface Stage {
  /** Which command. */
  readonly name: StageName;
  /** Its arguments. */
  readonly args: readonly string[];
  /** Folders that it writes besides the cache. */
  readonly writes?: readonly string[];
}

/** Tools that tell what machine and source tree this is. */
const PROBES = "lscpu,cat,git";

/** Permissions of each stage; `--allow-write` is added with its folders. */
const FLAGS: Readonly<Record<StageName, readonly string[]>> = {
  // The only stage that reaches the network.
  fetch: ["--allow-read", "--allow-net", "--allow-sys=statfs", "--ignore-env"],
  // Starts one process per seed; those have the flags of SEED_FLAGS.
  train: ["--allow-read", "--allow-run=deno", "--allow-sys", "--ignore-env"],
  // Its measuring processes may call native code; they may not write.
  bench: [
    "--allow-read",
    `--allow-run=deno,${PROBES}`,
    "--allow-sys",
    "--allow-env=SKIPZERO_TARGETS,SKIPZERO_FORM",
    "--ignore-env",
  ],
  report: ["--allow-read", "--ignore-env", "--allow-sys"],
};

/** A stage ended with a failure of its own, already told in words. */
export class StageFailure extends Error {
  /** Tells it apart in logs. */
  override readonly name = "StageFailure";
  /** Exit code of the stage. */
  readonly code: number;

  /** Takes what the stage wrote, and its exit code. */
  constructor(message: string, code: number) {
    super(message);
    this.code = code;
  }
}

/** Runs a stage to its end, showing its progress. */
export function runStage(stage: Stage, terminal: Terminal): Promise<void> {
  return runChild({
    command: stage.name,
    args: stage.args,
    flags: [...FLAGS[stage.name], `--allow-write=${[CACHE, ...stage.writes ?? []].join(",")}`],
    say: (text) => terminal.say(text),
    show: (step) => terminal.progress.show(step),
    finish: (name, note) => terminal.progress.finish(name, note),
    signal: terminal.signal,
  });
}

/** A child process of this program. */
export interface Child {
  /** Command to run. */
  readonly command: string;
  /** Its arguments. */
  readonly args: readonly string[];
  /** Deno's flags. */
  readonly flags: readonly string[];
  /** Takes lines for people. */
  readonly say: (text: string) => void;
  /** Takes progress. */
  readonly show: (step: Step) => void;
  /** Takes the notes that end stages. */
  readonly finish: (stage: string, note: string) => void;
  /** Passes Ctrl-C on. */
  readonly signal: AbortSignal;
  /** Entry of the program; tests have their own. */
  readonly entry?: string;
}

/** How long a child may take to save what it has once it is told to stop. */
const GRACE_MS = 15_000;

/**
 * Runs a command of this program in a process of its own.
 *
 * @throws {StageFailure} If it fails; the message is what it wrote.
 */
export async function runChild(child: Child): Promise<void> {
  child.signal.throwIfAborted();
  const process = spawn(child);
  let killer: ReturnType<typeof setTimeout> | undefined;
  const stop = (): void => {
    signalQuietly(process, "SIGINT");
    killer = setTimeout(() => signalQuietly(process, "SIGKILL"), GRACE_MS);
  };
  child.signal.addEventListener("abort", stop);
  try {
    const told = await listen(process.stderr, child);
    const { code, signal } = await process.status;
    child.signal.throwIfAborted();
    if (code !== 0) throw new StageFailure(told || silentEnd(child.command, code, signal), code);
  } finally {
    clearTimeout(killer);
    child.signal.removeEventListener("abort", stop);
    signalQuietly(process, "SIGKILL");
    await process.status;
  }
}

/** What to say of a process that ended without a word. */
function silentEnd(command: string, code: number, signal: Deno.Signal | null): string {
  if (signal === null) return `${command} ended with code ${code}`;
  return `Cannot go on with ${command}: its process was ended by ${signal}` +
    (signal === "SIGKILL"
      ? ", as the system does when memory runs out\nTry: close other programs, then run the same command again"
      : "");
}

function spawn(child: Child): Deno.ChildProcess {
  const { flags, command, args, entry = join(ROOT, "main.ts") } = child;
  try {
    return new Deno.Command("deno", {
      args: ["run", "--quiet", "--no-prompt", ...flags, entry, command, ...args, "--events"],
      cwd: ROOT,
      stdin: "null",
      stdout: "null",
      stderr: "piped",
    }).spawn();
  } catch (error) {
    const found = error instanceof Error ? error.message : String(error);
    throw new EnvironmentError(
      `Cannot start the stage ${command}: ${found}, expected "deno" on the PATH and leave to run it`,
      { remedy: `npx -y deno@2.9.6 task ${command}`, cause: error },
    );
  }
}

function signalQuietly(process: Deno.ChildProcess, signal: Deno.Signal): void {
  try {
    process.kill(signal);
  } catch {
    // It has ended already.
  }
}

/** Shows events as they come; gives the other lines, which are the failure if there is one. */
async function listen(
  stderr: ReadableStream<Uint8Array<ArrayBuffer>>,
  { show, finish, say }: Child,
): Promise<string> {
  const told: string[] = [];
  let rest = "";
  const take = (line: string): void => {
    if (!line.startsWith(EVENT_PREFIX)) {
      if (line.trim() !== "") told.push(line);
      return;
    }
    const { progress } = JSON.parse(line) as { progress: Event }; // written by progress.ts
    if ("finished" in progress) finish(progress.stage, progress.finished);
    else if ("said" in progress) say(progress.said);
    else show(progress);
  };
  for await (const chunk of stderr.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + chunk).split("\n");
    rest = lines.pop() ?? "";
    lines.forEach(take);
  }
  take(rest);
  return told.join("\n");
}

type Event = Step | { readonly stage: string; readonly finished: string } | {
  readonly said: string;
};
