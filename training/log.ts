/**
 * What happened during a training: the log, and the evaluations.
 *
 * @module
 */
import { fileFailure } from "../core/mod.ts";
import type { LogLine } from "./record.ts";

/** An evaluation while training. */
export interface Evaluated {
  /** The task's metric, 0 to 1. */
  readonly metric: number;
  /** Steps done. */
  readonly step: number;
  /** Whether the masks were at their target, so that it counts for the sparse model. */
  readonly counts: boolean;
}

/** Appends lines to a log. */
export async function appendLog(path: string, lines: readonly LogLine[]): Promise<void> {
  const text = lines.map((line) => JSON.stringify(line) + "\n").join("");
  try {
    await Deno.writeTextFile(path, text, { append: true });
  } catch (error) {
    throw fileFailure("write", path, error);
  }
}

/** The best metric among the evaluations that count; of the last one if none does, and `null` if there are none. */
export function bestOf(evaluations: readonly Evaluated[]): number | null {
  const counting = evaluations.filter(({ counts }) => counts);
  const metrics = (counting.length > 0 ? counting : evaluations.slice(-1)).map((one) => one.metric);
  return metrics.length === 0 ? null : Math.max(...metrics);
}
