/**
 * The marks of all charts, and which of them a chart has: its key.
 *
 * @module
 */
import type { DotRow } from "./dot_plot.ts";

/** What each mark means unless a chart says more. */
export const MARKS = {
  sparse: "sparse, measured",
  dense: "dense, measured",
  doubt: "undecided: within interval or noise",
  seed: "one seed",
  published: "published",
  whisker: "95 % interval",
  spread: "95 % interval",
  ceiling: "ceiling",
  roof: "roof of the machine",
  goal: "aimed at",
  noise: "noise floor",
} as const;

/** Name of a mark. */
export type Mark = keyof typeof MARKS;

/** The marks that the rows have, in the order of {@linkcode MARKS}. */
export function marksOf(rows: readonly DotRow[]): Mark[] {
  const present: Readonly<Record<Mark, boolean>> = {
    sparse: rows.some(({ tone, value }) => tone === "sparse" && value !== null),
    dense: rows.some(({ tone, value }) => tone === "dense" && value !== null),
    doubt: rows.some(({ tone, value }) => tone === "doubt" && value !== null),
    seed: rows.some(({ seeds = [] }) => seeds.length > 0),
    published: rows.some(({ published = [] }) => published.length > 0),
    whisker: rows.some(({ interval }) => interval !== null),
    spread: false,
    ceiling: rows.some(({ ceiling }) => typeof ceiling === "number"),
    roof: rows.some(({ roof }) => typeof roof === "number"),
    goal: rows.some(({ goal }) => typeof goal === "number"),
    noise: rows.some(({ band }) => Array.isArray(band)),
  };
  return (Object.keys(MARKS) as Mark[]).filter((mark) => present[mark]);
}
