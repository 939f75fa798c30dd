/**
 * Between tokens of bytes as people write them and byte panels as kernels read them.
 *
 * @module
 */
import type { Target } from "../machine.ts";
import { type ByteLayout, byteOfToken, bytePanelBytes, QUAD } from "../ops/byte_panel.ts";
import { panelsOf } from "../ops/panel.ts";

/** Where tokens lie in byte panels. */
export interface BytePanelShape {
  /** Tokens; panels are filled one after the other. */
  readonly tokens: number;
  /** Rows of every panel: features. */
  readonly rows: number;
  /** Width P of a panel. */
  readonly panelLanes: number;
  /** Order of the bytes. */
  readonly layout: ByteLayout;
  /** Target of the kernels, which decides the order of tokens in `rows`. */
  readonly target: Target;
  /** Bytes from one panel to the next; default that of a panel. */
  readonly panelStride?: number;
}

/**
 * Writes row-major `[token][row]` bytes into `panels`. Lanes past the last token and rows past the last keep what was there.
 *
 * @throws {RangeError} If either array is too short.
 */
export function writeBytePanels(
  panels: Uint8Array,
  tokenValues: Uint8Array,
  shape: BytePanelShape,
): void {
  check(panels, tokenValues, shape);
  forEachByte(shape, (at, from) => panels[at] = tokenValues[from]!);
}

/**
 * Reads byte panels back as row-major `[token][row]`. Allocates the result.
 *
 * @throws {RangeError} If `panels` is too short.
 */
export function readBytePanels(
  panels: Uint8Array,
  shape: BytePanelShape,
): Uint8Array<ArrayBuffer> {
  const tokenValues = new Uint8Array(shape.tokens * shape.rows);
  check(panels, tokenValues, shape);
  forEachByte(shape, (at, from) => tokenValues[from] = panels[at]!);
  return tokenValues;
}

function forEachByte(shape: BytePanelShape, visit: (at: number, from: number) => void): void {
  const { tokens, rows, panelLanes, layout, target } = shape;
  const stride = strideOf(shape);
  for (let token = 0; token < tokens; token++) {
    const start = Math.floor(token / panelLanes) * stride;
    const lane = token % panelLanes;
    const place = layout === "rows" ? byteOfToken(lane, target) : QUAD * lane;
    for (let row = 0; row < rows; row++) {
      const inside = layout === "rows"
        ? row * panelLanes
        : (row - row % QUAD) * panelLanes + row % QUAD;
      visit(start + inside + place, token * rows + row);
    }
  }
}

function strideOf({ rows, panelLanes, layout, panelStride }: BytePanelShape): number {
  return panelStride ?? bytePanelBytes(rows, panelLanes, layout);
}

function check(panels: Uint8Array, tokenValues: Uint8Array, shape: BytePanelShape): void {
  const { tokens, rows, panelLanes, layout } = shape;
  if (tokenValues.length < tokens * rows) {
    throw new RangeError(
      `Cannot move tokens: ${tokenValues.length} bytes, expected ${tokens} tokens x ${rows} rows`,
    );
  }
  const before = (panelsOf(tokens, panelLanes) - 1) * strideOf(shape);
  const least = before + bytePanelBytes(rows, panelLanes, layout);
  if (panels.length < least) {
    throw new RangeError(
      `Cannot move tokens: panels hold ${panels.length} bytes, expected at least ${least}`,
    );
  }
}
