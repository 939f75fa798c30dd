/**
 * Picture: the zeros of one layer, as a whole and enlarged, so that the pattern can be seen.
 *
 * Drawn as SVG by hand: a mark for each weight would take megabytes, runs of equal weights take kilobytes.
 *
 * @module
 */
import { parsePattern, type Pattern, periodOf, type Size, unitOf } from "../../core/mod.ts";
import type { MaskPicture } from "../../results/mod.ts";
import { escapeXml } from "../clean_svg.ts";
import { COLOURS } from "./theme.ts";

/** A mask, one byte a weight. */
export interface MaskGrid {
  /** Output channels. */
  readonly rows: number;
  /** Input channels. */
  readonly cols: number;
  /** Row-major; 1 = kept. */
  readonly kept: Uint8Array;
}

/**
 * Unpacks the bits of a picture.
 *
 * @throws {RangeError} If there are fewer bits than weights.
 */
export function unpackMask({ layer, rows, cols, bits }: MaskPicture): MaskGrid {
  const bytes = Uint8Array.fromBase64(bits);
  const needed = Math.ceil(rows * cols / 8);
  if (bytes.length < needed) {
    throw new RangeError(
      `Cannot draw the mask of "${layer}": ${bytes.length} bytes, expected ${needed} for ${rows}x${cols}`,
    );
  }
  const kept = new Uint8Array(rows * cols);
  for (let i = 0; i < kept.length; i++) kept[i] = bytes[i >> 3]! >> (7 - (i & 7)) & 1;
  return { rows, cols, kept };
}

/** Fraction of weights that are kept, in tiles of the layer. */
export interface Density {
  /** Tiles from top to bottom. */
  readonly rows: number;
  /** Tiles from left to right. */
  readonly cols: number;
  /** Weights on a side of a tile; those at the right and bottom end may be smaller. */
  readonly tile: number;
  /** Row-major, 0 to 1. */
  readonly kept: Float64Array;
}

/** Most tiles on a side. */
const MOST_TILES = 64;

/** Averages square tiles so that neither side has more than 64 of them. A small layer keeps every weight. */
export function densityOf({ rows, cols, kept }: MaskGrid): Density {
  const tile = Math.max(1, Math.ceil(Math.max(rows, cols) / MOST_TILES));
  const [down, across] = [Math.ceil(rows / tile), Math.ceil(cols / tile)];
  const sums = new Float64Array(down * across);
  for (let row = 0; row < rows; row++) {
    for (let col = 0; col < cols; col++) {
      const place = Math.floor(row / tile) * across + Math.floor(col / tile);
      sums[place]! += kept[row * cols + col]!;
    }
  }
  for (let place = 0; place < sums.length; place++) {
    const height = Math.min(tile, rows - Math.floor(place / across) * tile);
    const width = Math.min(tile, cols - (place % across) * tile);
    sums[place]! /= height * width;
  }
  return { rows: down, cols: across, tile, kept: sums };
}

/** Shades of the whole layer; more are not told apart. */
const SHADES = 6;

/** The whole layer, the darker the more weights of a tile are kept; the densest tile is darkest. */
export function wholeMaskSvg(mask: MaskGrid, label: string): string {
  const { rows, cols, kept } = densityOf(mask);
  const most = kept.reduce((a, b) => Math.max(a, b), 0) || 1;
  const shades = Array.from({ length: SHADES }, () => "");
  for (let row = 0; row < rows; row++) {
    for (let col = 0; col < cols;) {
      const shade = shadeOf(kept[row * cols + col]!, most);
      const start = col;
      while (col < cols && shadeOf(kept[row * cols + col]!, most) === shade) col++;
      if (shade > 0) shades[shade - 1] += `M${start} ${row}h${col - start}v1h${start - col}z`;
    }
  }
  const paths = shades.map((path, index) =>
    path && `<path fill="${COLOURS.sparse}" fill-opacity="${(index + 1) / SHADES}" d="${path}"/>`
  );
  return frame(cols, rows, label, paths.join(""));
}

function shadeOf(density: number, most: number): number {
  return Math.ceil(density / most * SHADES);
}

/** Weights on a side of the enlarged corner. */
const CORNER = { rows: 32, cols: 48 } as const;

/** The first rows and columns, a square a weight; weights that the pattern keeps together are joined. */
export function cornerMaskSvg(mask: MaskGrid, pattern: string, label: string): string {
  const rows = Math.min(mask.rows, CORNER.rows);
  const cols = Math.min(mask.cols, CORNER.cols);
  const known = parse(pattern);
  return frame(cols, rows, label, maskMarks(mask, known, { rows, cols }));
}

/** The kept weights of the first rows and columns, a square of 1 by 1 each, and rules between groups. */
export function maskMarks(mask: MaskGrid, known: Pattern | null, { rows, cols }: Size): string {
  const unit = known === null ? { rows: 1, cols: 1 } : unitOf(known);
  let path = "";
  for (let row = 0; row < rows; row += unit.rows) {
    for (let col = 0; col < cols; col += unit.cols) {
      const piece = {
        row,
        col,
        rows: Math.min(unit.rows, rows - row),
        cols: Math.min(unit.cols, cols - col),
      };
      path += pieces(piece, mask).map(outline).join("");
    }
  }
  return groupRules(known, { rows, cols }) + `<path fill="${COLOURS.sparse}" d="${path}"/>`;
}

interface Piece {
  readonly row: number;
  readonly col: number;
  readonly rows: number;
  readonly cols: number;
}

/** The piece itself if all of it is kept, else its kept weights one by one: a broken pattern must show. */
function pieces(piece: Piece, { cols, kept }: MaskGrid): Piece[] {
  const single: Piece[] = [];
  for (let row = piece.row; row < piece.row + piece.rows; row++) {
    for (let col = piece.col; col < piece.col + piece.cols; col++) {
      if (kept[row * cols + col]) single.push({ row, col, rows: 1, cols: 1 });
    }
  }
  return single.length === piece.rows * piece.cols ? [piece] : single;
}

function outline({ row, col, rows, cols }: Piece): string {
  const gap = 0.14;
  return `M${col} ${row}h${cols - gap}v${rows - gap}h-${cols - gap}z`;
}

function parse(pattern: string): Pattern | null {
  try {
    return parsePattern(pattern);
  } catch {
    // A pattern of a later format is drawn weight by weight.
    return null;
  }
}

/** Thin rules between the groups of an N:M pattern, the partitions, and the complementary sets. */
function groupRules(pattern: Pattern | null, { rows, cols }: Size): string {
  if (pattern === null || pattern.kind === "block") return "";
  const period = periodOf(pattern);
  const unit = unitOf(pattern);
  let path = "";
  if (period.cols > unit.cols && pattern.kind !== "complementary") {
    for (let col = period.cols; col < cols; col += period.cols) path += `M${col - 0.07} 0v${rows}`;
  }
  if (period.rows > unit.rows) {
    for (let row = period.rows; row < rows; row += period.rows) path += `M0 ${row - 0.07}h${cols}`;
  }
  if (path === "") return "";
  return `<path stroke="${COLOURS.rule}" stroke-width="0.14" d="${path}"/>`;
}

function frame(cols: number, rows: number, label: string, content: string): string {
  return `<svg xmlns="http://www.w3.org/2000/svg" class="mask" role="img" ` +
    `aria-label="${
      escapeXml(label)
    }" viewBox="0 0 ${cols} ${rows}" preserveAspectRatio="xMinYMin">` +
    `<rect width="${cols}" height="${rows}" fill="${COLOURS.band}" fill-opacity="0.55"/>${content}</svg>`;
}
