/**
 * Ratios as lines for a terminal.
 *
 * @module
 */
import type { Result } from "../results/mod.ts";
import { percent, times, timesWithin } from "../suites/mod.ts";
import type { Colour, Terminal } from "./terminal.ts";

const COLOURS: Readonly<Record<string, Colour>> = {
  faster: "good",
  slower: "bad",
  inconclusive: "doubt",
};

/** One block a cell: a heading, then a line for each ratio; engines that were not timed and warnings at the end. */
export function comparisonLines(
  result: Pick<Result, "comparisons" | "measurements" | "warnings">,
  terminal: Pick<Terminal, "paint">,
): string[] {
  const lines: string[] = [];
  const headings = new Set(result.comparisons.map(headingOf));
  for (const heading of headings) {
    lines.push(heading);
    const rows = result.comparisons.filter((comparison) => headingOf(comparison) === heading);
    const widths = [
      Math.max(...rows.map(({ subject }) => subject.length)),
      Math.max(...rows.map(({ baseline }) => baseline.length)),
    ];
    for (const { subject, baseline, ratio, ceiling, noiseFloor, verdict } of rows) {
      lines.push([
        `  ${subject.padEnd(widths[0]!)}  ${timesWithin(ratio).padEnd(22)}`,
        `over ${baseline.padEnd(widths[1]!)}`,
        (ceiling === null ? "" : `ceiling ${times(ceiling)}`).padEnd(14),
        (noiseFloor === undefined ? "" : `noise ±${percent(noiseFloor)}`).padEnd(13),
        terminal.paint(COLOURS[verdict]!, verdict),
      ].join("  "));
    }
  }
  if (headings.size === 0) lines.push("nothing was compared");
  for (const { what, remedy } of result.warnings) {
    lines.push(`${terminal.paint("doubt", "warning")}   ${what}`, `          Try: ${remedy}`);
  }
  return lines;
}

function headingOf({ cell, threads }: Result["comparisons"][number]): string {
  return `${cell}, ${threads === 1 ? "1 thread" : `${threads} threads`}`;
}
