/**
 * The dot plot: one row a figure, its interval as a whisker. Every chart of figures is one, so that a mark means the same
 * on every page: a filled mark is measured, a small dot one seed, a hollow diamond published, a whisker the 95 %
 * interval, a dashed line a ceiling, a dotted one a roof of the machine, a thick stroke what is aimed at, a band the noise floor.
 *
 * @module
 */
import type { TopLevelSpec } from "vega-lite";
import type { Axis } from "./axis.ts";
import { dotLayers, FIGURES, type Geometry, type Placed } from "./dot_layers.ts";
import { framed } from "./frame.ts";
import { type Layout, type Tone } from "./theme.ts";

/** One row, in the units of the axis. */
export interface DotRow {
  /** Rows in a row with the same group stand under one heading; `""` for none. */
  readonly group: string;
  /** What it is, e.g. the name of an engine. */
  readonly label: string;
  /** Who it belongs to. */
  readonly tone: Tone;
  /** The figure; `null` if there is only what stands beside it. */
  readonly value: number | null;
  /** Ends of its 95 % interval; `null` if not known. */
  readonly interval: readonly [number, number] | null;
  /** The figure of each seed. */
  readonly seeds?: readonly number[];
  /** Published figures. */
  readonly published?: readonly number[];
  /** Most it can be by the work that is left. */
  readonly ceiling?: number | null;
  /** Most it can be by what the machine can do and move. */
  readonly roof?: number | null;
  /** What is aimed at. */
  readonly goal?: number | null;
  /** What noise alone gives. */
  readonly band?: readonly [number, number] | null;
  /** The figure in words, written at the right end of the row. */
  readonly figure: string;
  /** All of it in words, shown when pointed at. */
  readonly tip: string;
}

/** Room for row labels in the wide layout, in pixels. */
const LABELS = 274;

function geometryOf({ width, labels }: Layout): Geometry {
  if (labels === "beside") {
    const plot = width - LABELS - FIGURES - 8;
    return { step: 22, shift: 0, labelX: -LABELS, labelShift: 0, plot, left: LABELS };
  }
  const plot = width - FIGURES - 16;
  return { step: 38, shift: 7, labelX: -8, labelShift: -9, plot, left: 8 };
}

function place(rows: readonly DotRow[]): Placed[] {
  const placed: Placed[] = [];
  let group = "";
  for (const row of rows) {
    if (row.group !== group && row.group !== "") {
      placed.push({ row: null, heading: row.group, place: placed.length });
    }
    group = row.group;
    placed.push({ row, heading: "", place: placed.length });
  }
  return placed;
}

/** The chart of the rows, in their order from the top. */
export function dotPlotSpec(rows: readonly DotRow[], axis: Axis, layout: Layout): TopLevelSpec {
  const geometry = geometryOf(layout);
  const lines = place(rows);
  const scales = { axis, places: lines.map((line) => line.place), geometry };
  return framed({
    width: geometry.plot,
    height: geometry.step * lines.length,
    padding: {
      left: geometry.left,
      right: layout.width - geometry.left - geometry.plot,
      top: 4,
      bottom: 46,
    },
    layer: dotLayers(lines, scales),
  });
}
