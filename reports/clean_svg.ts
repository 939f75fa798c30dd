/**
 * Makes the SVG that Vega writes fit to stand in a page: small, without ids, with tooltips, scaled by the page's style.
 *
 * Vega's text is well-formed and escapes `<`, `>` and quotes in every value, so that tags can be told by their brackets.
 *
 * @module
 */

import { groupAttributes, plainShape } from "./compact_svg.ts";

/** What the page knows about a picture. */
export interface SvgOptions {
  /** The page's style shows one of two. */
  readonly className: string;
  /** The picture in words. */
  readonly label: string;
}

interface Tag {
  readonly name: string;
  readonly attributes: ReadonlyMap<string, string>;
  /** Has no content. */
  readonly empty: boolean;
}

/** Attributes that say nothing on a page: roles inside a picture, defaults, and what the page's style sets. */
const DROPPED =
  /^(aria-.*|role|class|pointer-events|font-family|xmlns:xlink|version|stroke-miterlimit)$/;

const DEFAULTS: Readonly<Record<string, string>> = { opacity: "1", transform: "translate(0,0)" };

/** Groups and texts without content, and shapes without outline, draw nothing. */
const BLANK = /<g><\/g>|<text(?: [^>]*)?\/>|<path(?: (?!d=)[^>]*?)? d=""[^>]*\/>/g;

/**
 * Rewrites an SVG of Vega's.
 *
 * What a mark says of itself (`aria-label`) becomes its tooltip; the whole becomes one labelled image.
 */
export function cleanSvg(svg: string, options: SvgOptions): string {
  const whole = svg.replace(/^<svg[^>]*>/, (tag) => openSvg(parseTag(tag), options));
  const [opening] = /^<svg[^>]*>/.exec(whole) ?? [""];
  let body = whole.slice(opening.length).replace(
    /<[a-zA-Z][^>]*>/g,
    (tag) => rewrite(parseTag(tag)),
  );
  for (let before = ""; before !== body;) {
    before = body;
    body = body.replace(BLANK, "");
  }
  return opening + groupAttributes(body);
}

function openSvg({ attributes }: Tag, { className, label }: SvgOptions): string {
  const [width, height] = [attributes.get("width"), attributes.get("height")];
  return `<svg xmlns="http://www.w3.org/2000/svg" class="${escapeXml(className)}" role="img" ` +
    `aria-label="${escapeXml(label)}" width="${width}" height="${height}" ` +
    `viewBox="${attributes.get("viewBox")}">`;
}

function parseTag(text: string): Tag {
  const [, name = "", rest = "", slash] = /^<([\w-]+)([^]*?)(\/?)>$/.exec(text) ?? [];
  const attributes = new Map<string, string>();
  for (const [, key = "", value = ""] of rest.matchAll(/([\w:-]+)="([^"]*)"/g)) {
    attributes.set(key, value);
  }
  return { name, attributes, empty: slash === "/" };
}

function rewrite(tag: Tag): string {
  if (/^(background|foreground)$/.test(tag.attributes.get("class") ?? "")) return "";
  const rounded = [...tag.attributes]
    .filter(([key, value]) => key === "aria-label" || !DROPPED.test(key) && DEFAULTS[key] !== value)
    .map(([key, value]) => [key, key === "aria-label" ? value : roundNumbers(value)] as const);
  const { empty } = tag;
  const { name, attributes } = plainShape({ name: tag.name, attributes: new Map(rounded) });
  const kept = [...attributes].filter(([key]) => key !== "aria-label")
    .map(([key, value]) => ` ${key}="${withoutFallback(value)}"`).join("");
  const tip = name === "g" ? undefined : attributes.get("aria-label");
  if (tip !== undefined && empty) return `<${name}${kept}><title>${tip}</title></${name}>`;
  return `<${name}${kept}${empty ? "/" : ""}>`;
}

/** A hundredth of a pixel is not seen. */
function roundNumbers(value: string): string {
  return value.replace(
    /-?\d+\.\d{3,}(?:e-?\d+)?/g,
    (number) => String(Number(Number(number).toFixed(2))),
  );
}

/** The page sets every colour; a fallback would be repeated with each mark. */
function withoutFallback(value: string): string {
  return value.replace(/var\((--[\w-]+), [^)]*\)/g, "var($1)");
}

/** Text as it may stand in an attribute or an element. */
export function escapeXml(text: string): string {
  const entities: Readonly<Record<string, string>> = {
    "&": "&amp;",
    "<": "&lt;",
    ">": "&gt;",
    '"': "&quot;",
  };
  return text.replace(/[&<>"]/g, (character) => entities[character]!);
}
