/**
 * How far a long job is: a bar that redraws itself on a terminal, plain lines elsewhere, events for a parent process.
 *
 * @module
 */

/** Where a job stands. */
export interface Step {
  /** Stage, e.g. `train`. */
  readonly stage: string;
  /** Work done. */
  readonly done: number;
  /** Work in all, in the same unit; 0 if unknown. */
  readonly total: number;
  /** What is going on, in a few words. */
  readonly detail: string;
}

/** Shows steps. */
export interface Progress {
  /** Shows where the job stands now. */
  show(step: Step): void;
  /** Ends a stage with a line that stays. */
  finish(stage: string, note: string): void;
  /** Clears the bar, so that something else can be written; the next step draws it again. */
  pause(): void;
}

/** How {@linkcode createProgress} shows steps. */
export interface ProgressOptions {
  /** A bar, lines for log files, or JSON lines for a parent process. */
  readonly style: "bar" | "lines" | "events";
  /** Takes text for standard error. */
  readonly write: (text: string) => void;
  /** Milliseconds since some moment. */
  readonly now: () => number;
  /** Columns of the terminal. */
  readonly width: () => number;
}

/** How a line of events starts. */
export const EVENT_PREFIX = '{"progress":';

/** A line for people, as an event. */
export function sayEvent(text: string): string {
  return `${EVENT_PREFIX}${JSON.stringify({ said: text })}}\n`;
}

const CLEAR = "\r\x1b[2K";

/** Between lines of one stage where there is no terminal to redraw. */
const LINES_EVERY_MS = 20_000;

/** Between redraws: more often is not seen. */
const BAR_EVERY_MS = 80;

/** Makes a progress display. */
export function createProgress(options: ProgressOptions): Progress {
  switch (options.style) {
    case "events":
      return {
        show: (step) => options.write(`${EVENT_PREFIX}${JSON.stringify(step)}}\n`),
        finish: (stage, note) =>
          options.write(`${EVENT_PREFIX}${JSON.stringify({ stage, finished: note })}}\n`),
        pause: () => {},
      };
    case "lines":
      return createDrawing(options, LINES_EVERY_MS, (text) => options.write(`${text}\n`), () => {});
    case "bar":
      return createDrawing(
        options,
        BAR_EVERY_MS,
        (text) => options.write(CLEAR + text),
        () => options.write(CLEAR),
      );
  }
}

function createDrawing(
  { style, write, now, width }: ProgressOptions,
  everyMs: number,
  draw: (text: string) => void,
  clear: () => void,
): Progress {
  let stage = "";
  let start = { at: 0, done: 0 };
  let drawn = -Infinity;
  let dirty = false;
  return {
    show(step): void {
      if (step.stage !== stage) {
        stage = step.stage;
        start = { at: now(), done: step.done };
        drawn = -Infinity;
      }
      if (now() - drawn < everyMs) return;
      drawn = now();
      dirty = true;
      const left = remainingMs(step, start, now());
      const line = lineOf(step, left, style === "bar");
      draw(style === "bar" ? line.slice(0, Math.max(20, width() - 1)) : line);
    },
    finish(stageOfNote, note): void {
      if (dirty) clear();
      dirty = false;
      write(`${stageOfNote.padEnd(9)} ${note}\n`);
    },
    pause(): void {
      if (dirty) clear();
      dirty = false;
      drawn = -Infinity;
    },
  };
}

/** Time left at the pace since the stage began; `null` while there is no pace yet. */
function remainingMs(
  { done, total }: Step,
  start: { readonly at: number; readonly done: number },
  now: number,
): number | null {
  if (total === 0 || done <= start.done || now - start.at < 2000) return null;
  return (now - start.at) / (done - start.done) * (total - done);
}

const BAR_CELLS = 20;

function lineOf({ stage, done, total, detail }: Step, left: number | null, bar: boolean): string {
  const share = total === 0 ? 0 : Math.min(1, done / total);
  const filled = Math.round(share * BAR_CELLS);
  return [
    stage.padEnd(9),
    bar && total > 0 ? "█".repeat(filled) + "░".repeat(BAR_CELLS - filled) : "",
    total > 0 ? `${Math.floor(100 * share)} %`.padStart(5) : "",
    left === null ? "" : `${duration(left)} left`,
    detail,
  ].filter((part) => part !== "").join(" ");
}

/**
 * A time for people, e.g. `1 min 20 s`.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * assertEquals(duration(80_000), "1 min 20 s");
 * ```
 */
export function duration(ms: number): string {
  const seconds = Math.round(ms / 1000);
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) {
    return seconds % 60 === 0 ? `${minutes} min` : `${minutes} min ${seconds % 60} s`;
  }
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
