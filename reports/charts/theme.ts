/**
 * Colours by meaning, the widths in which charts are drawn, and what all charts look like.
 *
 * @module
 */
import type { TopLevelSpec } from "vega-lite";

/**
 * What a colour says. `sparse` is our engine or model and nothing else; `dense` every baseline; `doubt` what the
 * measurement leaves open.
 */
export type Tone = "sparse" | "dense" | "doubt";

/**
 * Colours of the marks. The page sets the variables for light, dark and print; outside of it the fallbacks count.
 */
export const COLOURS: Readonly<
  Record<Tone | "ink" | "muted" | "rule" | "paper" | "band" | "wash", string>
> = {
  sparse: "var(--sparse, #1457c8)",
  dense: "var(--dense, #6a7380)",
  doubt: "var(--doubt, #a85a00)",
  ink: "var(--ink, #16191f)",
  muted: "var(--muted, #566070)",
  rule: "var(--rule, #dde1e7)",
  paper: "var(--paper, #ffffff)",
  band: "var(--band, #e4e7ec)",
  wash: "var(--wash, #dce8fb)",
};

/** Shape of each tone's mark, so that they differ without colour too. The diamond is left to published figures. */
export const SHAPES: Readonly<Record<Tone, string>> = {
  sparse: "circle",
  dense: "square",
  doubt: "triangle-up",
};

/** How wide a chart is and where its row labels stand. */
export interface Layout {
  /** Which of them. */
  readonly name: "wide" | "narrow" | "small";
  /** Width of the whole picture in pixels. */
  readonly width: number;
  /** Labels of rows stand left of the plot, or above each row where there is no room. */
  readonly labels: "beside" | "above";
}

/** For screens and paper. */
export const WIDE: Layout = { name: "wide", width: 700, labels: "beside" };

/** For phones: 390 px less the page's margins. */
export const NARROW: Layout = { name: "narrow", width: 350, labels: "above" };

/** Both layouts of a chart that stands alone. */
export const LAYOUTS: readonly Layout[] = [WIDE, NARROW];

/** For one of several charts in a row, which stand one below the other on phones. */
export const SMALL: Layout = { name: "small", width: 340, labels: "above" };

/** Look of every chart: horizontal reading, thin rules, nothing that is not read. */
export const CONFIG: NonNullable<TopLevelSpec["config"]> = {
  background: "transparent",
  font: "system-ui",
  view: { stroke: null },
  axis: {
    domain: false,
    ticks: false,
    gridColor: COLOURS.rule,
    gridWidth: 1,
    labelColor: COLOURS.muted,
    labelFontSize: 12,
    labelPadding: 8,
    labelOverlap: false,
    labelBound: false,
    labelFlush: false,
    titleColor: COLOURS.muted,
    titleFontSize: 12,
    titleFontWeight: 400,
    titlePadding: 8,
  },
};
