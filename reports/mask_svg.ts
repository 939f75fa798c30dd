/**
 * A mask as a picture that stands alone: an SVG file with its own colours for light, dark and print.
 *
 * @module
 */
import type { Mask, Pattern } from "../core/mod.ts";
import { maskMarks } from "./charts/mask_picture.ts";
import { COLOURS } from "./charts/theme.ts";
import { escapeXml } from "./clean_svg.ts";

/** What stands on the picture besides the mask. */
export interface MaskSvgOptions {
  /** Pattern of the mask: what it keeps together is drawn as one piece. */
  readonly pattern: Pattern;
  /** Heading; also what a screen reader says first. */
  readonly title: string;
  /** Lines below the mask. */
  readonly facts: readonly string[];
  /** Letter on each kept weight; `null` for none. */
  readonly letterAt: ((row: number, col: number) => string) | null;
}

/** Width of the mask in pixels that a weight's side is chosen for, and the limits of that side. */
const WIDTH = 640;
const SIDE = { least: 4, most: 20 } as const;

/** Room around the mask in pixels: for the heading and the axes. */
const LEFT = 44;
const TOP = 64;
const LINE = 20;

/** Pixels of a letter of the facts, at most: they decide the width where a mask is narrow. */
const LETTER = 7.6;

const STYLE = `svg{--paper:#ffffff;--ink:#16191f;--muted:#566070;--rule:#b9c0cb;--band:#e4e7ec;` +
  `--sparse:#1457c8;font:13px system-ui,sans-serif}` +
  `@media(prefers-color-scheme:dark){svg{--paper:#11141a;--ink:#e8ebf0;--muted:#a3adbb;` +
  `--rule:#4a5363;--band:#2a303a;--sparse:#7fb2ff}}` +
  `@media print{svg{--paper:#ffffff;--ink:#000000;--muted:#333333;--sparse:#000000}}`;

/** The picture, as the text of an SVG file. The same mask gives the same bytes. */
export function maskSvg(mask: Mask, options: MaskSvgOptions): string {
  const { rows, cols } = mask;
  const { title, facts } = options;
  const side = Math.max(SIDE.least, Math.min(SIDE.most, Math.floor(WIDTH / Math.max(1, cols))));
  const [width, height] = [side * cols, side * rows];
  const longest = Math.max(title.length * 1.3, ...facts.map(({ length }) => length));
  const total = {
    width: LEFT + Math.max(width, Math.ceil(LETTER * longest)) + 16,
    height: TOP + height + 16 + LINE * facts.length + 12,
  };
  const text = (x: number, y: number, words: string, more = ""): string =>
    `<text x="${x}" y="${y}" fill="${COLOURS.muted}"${more}>${escapeXml(words)}</text>`;
  const middle = TOP + height / 2;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-label="${
      escapeXml([title, ...facts].join(". "))
    }" viewBox="0 0 ${total.width} ${total.height}" width="${total.width}" height="${total.height}">`,
    `<style>${STYLE}</style>`,
    `<rect width="100%" height="100%" fill="${COLOURS.paper}"/>`,
    `<text x="${LEFT}" y="24" fill="${COLOURS.ink}" font-size="17" font-weight="600">${
      escapeXml(title)
    }</text>`,
    text(LEFT, TOP - 10, `input channels (IC, X): ${cols}`),
    text(
      LEFT - 12,
      middle,
      height < 150 ? `OC: ${rows}` : `output channels (OC, Y): ${rows}`,
      ` text-anchor="middle" transform="rotate(-90 ${LEFT - 12} ${middle})"`,
    ),
    `<g transform="translate(${LEFT} ${TOP}) scale(${side})">`,
    `<rect width="${cols}" height="${rows}" fill="${COLOURS.band}" fill-opacity="0.55"/>`,
    maskMarks(mask, options.pattern, mask),
    letters(mask, options.letterAt),
    "</g>",
    ...facts.map((fact, i) => text(LEFT, TOP + height + 16 + LINE * (i + 1) - 4, fact)),
    "</svg>\n",
  ].filter((part) => part !== "").join("\n");
}

function letters({ rows, cols, kept }: Mask, letterAt: MaskSvgOptions["letterAt"]): string {
  if (letterAt === null) return "";
  let content = "";
  for (let row = 0; row < rows; row++) {
    for (let col = 0; col < cols; col++) {
      if (kept[row * cols + col] !== 1) continue;
      // The middle of the square, which is a little smaller than 1.
      const place = `x="${col + 0.43}" y="${row + 0.69}"`;
      content += `<text ${place}>${escapeXml(letterAt(row, col))}</text>`;
    }
  }
  return `<g fill="${COLOURS.paper}" font-size="0.7" text-anchor="middle">${content}</g>`;
}
