/**
 * Names of lines at their right ends, pushed apart where they would lie on each other.
 *
 * @module
 */
import { COLOURS, type Tone } from "./theme.ts";

/** A name and where it wants to stand. */
export interface EndLabel {
  /** One line of text, or two. */
  readonly text: string | readonly string[];
  /** Place of the line's end, in pixels from the top. */
  readonly y: number;
  /** Whose line it is: ours is named in its colour. */
  readonly tone: Tone;
}

/** Least distance of the middles of two labels of one line, in pixels. */
export const LABEL_STEP = 15;

/** Height of a further line of text in a label, in pixels. */
const LINE = 13;

/** A layer with the labels, right of a plot of that size. */
export function endLabels(
  labels: readonly EndLabel[],
  { width, height }: { readonly width: number; readonly height: number },
  fontSize = 12,
): Record<string, unknown> {
  const sorted = labels.toSorted((a, b) => a.y - b.y);
  const lines = Math.max(
    1,
    ...sorted.map(({ text }) => typeof text === "string" ? 1 : text.length),
  );
  const places = spread(sorted.map(({ y }) => y), height, LABEL_STEP + (lines - 1) * LINE);
  const values = sorted.map(({ text, tone }, index) => ({
    label: text,
    tone,
    place: places[index],
  }));
  return {
    data: { values },
    mark: {
      type: "text",
      align: "left",
      baseline: "middle",
      fontSize,
      lineHeight: LINE,
      dx: 8,
      aria: false,
    },
    encoding: {
      x: { value: width },
      // Pixels, as they were computed.
      y: { field: "place", type: "quantitative", scale: null, axis: null },
      text: { field: "label" },
      color: {
        condition: { test: "datum.tone === 'sparse'", value: COLOURS.sparse },
        value: COLOURS.muted,
      },
    },
  };
}

/** Ascending places, moved down, then up from the end, until neighbours are a step apart. */
export function spread(
  places: readonly number[],
  height: number,
  step: number = LABEL_STEP,
): number[] {
  const moved = [...places];
  for (let i = 1; i < moved.length; i++) {
    moved[i] = Math.max(moved[i]!, moved[i - 1]! + step);
  }
  let limit = height + step / 2;
  for (let i = moved.length - 1; i >= 0; i--) {
    moved[i] = Math.min(moved[i]!, limit);
    limit = moved[i]! - step;
  }
  return moved;
}
