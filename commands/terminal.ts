/**
 * Where a command writes: results to standard output, everything else to standard error.
 *
 * @module
 */
import { styleText } from "node:util";
import { createProgress, type Progress, sayEvent } from "./progress.ts";

/** What a command talks to. */
export interface Terminal {
  /** Writes a line of the result to standard output. */
  print(text: string): void;
  /** Writes a line for people to standard error. */
  say(text: string): void;
  /** Writes a failure to standard error, as plain text even for a parent process: it is what the parent reports. */
  fail(text: string): void;
  /** Marks a word with a colour where there are colours. */
  paint(colour: Colour, text: string): string;
  /** Shows how far a long job is, on standard error. */
  readonly progress: Progress;
  /** Aborted by Ctrl-C. */
  readonly signal: AbortSignal;
}

/** Colours by what they mean. */
export type Colour = "good" | "bad" | "doubt" | "faint";

const STYLES = { good: "green", bad: "red", doubt: "yellow", faint: "dim" } as const;

/** The process's own terminal. */
export function openTerminal(signal: AbortSignal, events: boolean): Terminal {
  const encoder = new TextEncoder();
  const write = (stream: { writeSync(bytes: Uint8Array): number }, text: string): void => {
    const bytes = encoder.encode(text);
    for (let at = 0; at < bytes.length;) at += stream.writeSync(bytes.subarray(at));
  };
  const tty = Deno.stderr.isTerminal();
  const progress = createProgress({
    style: events ? "events" : tty ? "bar" : "lines",
    write: (text) => write(Deno.stderr, text),
    now: () => performance.now(),
    width: () => tty && Deno.consoleSize().columns || 80,
  });
  const coloured = !Deno.noColor && Deno.stdout.isTerminal();
  return {
    print: (text) => {
      progress.pause();
      write(Deno.stdout, text + "\n");
    },
    say: (text) => {
      progress.pause();
      write(Deno.stderr, events ? sayEvent(text) : text + "\n");
    },
    fail: (text) => {
      progress.pause();
      write(Deno.stderr, text + "\n");
    },
    paint: (colour, text) =>
      coloured ? styleText(STYLES[colour], text, { validateStream: false }) : text,
    progress,
    signal,
  };
}
