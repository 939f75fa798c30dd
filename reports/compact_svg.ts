/**
 * Says in fewer characters what an SVG says: what all shapes of a group have in common stands in the group, and circles and squares
 * are such elements instead of paths.
 *
 * @module
 */

/** Attributes that shapes inherit from their group. Opacity is none of them: a group is blended as a whole. */
const INHERITED = ["fill", "stroke", "stroke-width", "font-size", "font-weight", "text-anchor"];

/** A group that holds nothing but shapes and words. */
const LEAVES =
  /<g>((?:<(path|circle|rect|line|text)\b[^>]*(?:\/>|>(?:<title>[^<]*<\/title>|[^<]*)<\/\2>))+)<\/g>/g;

const OPENING = /<(?:path|circle|rect|line|text)\b[^>]*>/g;

/** Moves what is common to all shapes of a group into the group. */
export function groupAttributes(svg: string): string {
  return svg.replace(LEAVES, (group, inner: string) => {
    const tags = inner.match(OPENING)!;
    if (tags.length < 2) return group;
    const common = INHERITED.flatMap((name) => {
      const [text] = new RegExp(` ${name}="[^"]*"`).exec(tags[0]!) ?? [];
      return text !== undefined && tags.every((tag) => tag.includes(text)) ? [text] : [];
    });
    const rest = inner.replace(
      OPENING,
      (tag) => common.reduce((shorter, text) => shorter.replace(text, ""), tag),
    );
    return `<g${common.join("")}>${rest}</g>`;
  });
}

const CIRCLE = /^M(\d[\d.]*),0A\1,\1,0,1,1,-\1,0A\1,\1,0,1,1,\1,0Z$/;
const SQUARE = /^M-(\d[\d.]*),-\1h([\d.]+)v\2h-\2Z$/;
const PLACE = /^translate\((-?[\d.]+),(-?[\d.]+)\)$/;

/** A shape: the name of its element and its attributes. */
export interface Shape {
  /** Name of the element. */
  readonly name: string;
  /** Attributes by name. */
  readonly attributes: ReadonlyMap<string, string>;
}

/** A path that draws a circle or a square at a place, as such an element; any other shape as it is. */
export function plainShape(shape: Shape): Shape {
  const { attributes } = shape;
  const [, x, y] = PLACE.exec(attributes.get("transform") ?? "") ?? [];
  const path = attributes.get("d") ?? "";
  if (shape.name !== "path" || x === undefined || y === undefined) return shape;
  const others = [...attributes].filter(([name]) => name !== "d" && name !== "transform");
  const [, radius] = CIRCLE.exec(path) ?? [];
  if (radius !== undefined) {
    return {
      name: "circle",
      attributes: new Map([["cx", x], ["cy", y], ["r", radius], ...others]),
    };
  }
  const [, half, side] = SQUARE.exec(path) ?? [];
  if (half === undefined || side === undefined) return shape;
  const [left, top] = [x, y].map((at) => String(Number((Number(at) - Number(half)).toFixed(2))));
  const box = [["x", left!], ["y", top!], ["width", side], ["height", side]] as const;
  return { name: "rect", attributes: new Map([...box, ...others]) };
}
