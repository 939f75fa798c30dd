/**
 * From a chart's specification to pictures in the page, at build time: the page itself needs no script.
 *
 * @module
 */
import type { TopLevelSpec } from "vega-lite";
import { type Layout, LAYOUTS } from "./charts/theme.ts";
import { cleanSvg } from "./clean_svg.ts";

/** A chart drawn in its layouts; the page's style shows the one that fits. */
export interface Drawing {
  /** Markup of the pictures, to be put into the page as it is. */
  readonly svg: string;
}

/**
 * Draws a chart. The same specification gives the same bytes.
 *
 * @param label The chart in words, for those who do not see it.
 * @param layouts Which pictures to make: both, or {@linkcode SMALL} alone.
 */
export async function draw(
  spec: (layout: Layout) => TopLevelSpec,
  label: string,
  layouts: readonly Layout[] = LAYOUTS,
): Promise<Drawing> {
  const pictures: string[] = [];
  for (const layout of layouts) {
    const svg = await toSvg(spec(layout));
    pictures.push(cleanSvg(svg, { className: layout.name, label }));
  }
  return { svg: pictures.join("") };
}

async function toSvg(spec: TopLevelSpec): Promise<string> {
  const [{ compile }, { parse, View }] = await Promise.all([import("vega-lite"), import("vega")]);
  const view = new View(parse(compile(spec).spec), { renderer: "none" });
  try {
    return await view.toSVG();
  } finally {
    view.finalize();
  }
}
