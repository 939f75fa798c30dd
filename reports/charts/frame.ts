/**
 * What charts have in common: the frame around their layers, and the title of the vertical axis.
 *
 * @module
 */
import type { TopLevelSpec } from "vega-lite";
import { COLOURS, CONFIG } from "./theme.ts";

/** A chart without its frame; sizes in pixels. */
export interface Framed {
  /** Width of the plot. */
  readonly width: number;
  /** Height of the plot. */
  readonly height: number;
  /** Room around it. */
  readonly padding: Readonly<Record<"left" | "right" | "top" | "bottom", number>>;
  /** From the back to the front. */
  readonly layer: readonly unknown[];
}

/** A whole specification. Its type is too deep for parts put together: tests check it against Vega-Lite's own JSON Schema. */
export function framed({ width, height, padding, layer }: Framed): TopLevelSpec {
  return {
    $schema: "https://vega.github.io/schema/vega-lite/v6.json",
    width,
    height,
    autosize: { type: "none" },
    padding,
    layer,
    config: CONFIG,
  } as unknown as TopLevelSpec;
}

/**
 * A title above the vertical axis, where it can be read without turning the head.
 *
 * @param left Room left of the plot in pixels; the title begins there.
 * @param rise Pixels from the plot to the title; default 8.
 */
export function titleAbove(
  title: string,
  left: number,
  rise = 8,
): Readonly<Record<string, unknown>> {
  return {
    title,
    titleAngle: 0,
    titleAlign: "left",
    titleBaseline: "bottom",
    titleX: -left,
    titleY: -rise,
    titleColor: COLOURS.ink,
    titleFontWeight: 600,
  };
}
