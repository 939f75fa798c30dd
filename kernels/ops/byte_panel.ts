/**
 * Byte panels: how INT8 activations lie in memory.
 *
 * A dot product of bytes takes 4 inputs of a token at a time, so they have to meet in one 32-bit lane. Either they are
 * stored that way, or the kernel brings them together:
 *
 * - `quads`, for weights that come in runs of 4 inputs: `[row / 4][P][4]`, the 4 bytes of a token are rows 4q to 4q + 3.
 *   Rows past the last hold any bytes in range; their weights are 0.
 * - `rows`, for weights at arbitrary inputs: `[row][P]`, one byte a token. Four such rows are interleaved in registers by
 *   unpack instructions, which work inside groups of 16 bytes. So that the results are vectors of neighbouring tokens,
 *   the tokens of each group of 4L (L = 32-bit lanes of a vector) are stored in another order: token jL + 4g + i is byte
 *   16g + 4j + i (i from 0 to 3). Narrowing four vectors of sums to bytes by pack instructions leads to the same order.
 *
 * A panel is 64-byte aligned. Lanes past the last token hold any bytes in range.
 *
 * @module
 */
import type { Target } from "../machine.ts";
import { checkPanelLanes } from "./panel.ts";
import { LANES } from "./tile.ts";

/** How the bytes of a panel are ordered. */
export type ByteLayout = "quads" | "rows";

/** Input rows that a byte dot product takes at once. */
export const QUAD = 4;

/** Bytes of a panel of `rows` rows. */
export function bytePanelBytes(rows: number, panelLanes: number, layout: ByteLayout): number {
  return panelLanes * (layout === "rows" ? rows : QUAD * Math.ceil(rows / QUAD));
}

/** Place of a token's byte in a row of a `rows` panel. */
export function byteOfToken(token: number, target: Target): number {
  const lanes = LANES[target];
  const group = 4 * lanes;
  const [start, inside] = [Math.floor(token / group) * group, token % group];
  const [j, lane] = [Math.floor(inside / lanes), inside % lanes];
  return start + 16 * Math.floor(lane / 4) + 4 * j + lane % 4;
}

/**
 * Checks the width of a byte panel.
 *
 * @throws {RangeError} If it is no positive multiple of 16, or, for `rows`, of the four vectors that are interleaved.
 */
export function checkBytePanelLanes(panelLanes: number, layout: ByteLayout, target: Target): void {
  checkPanelLanes(panelLanes);
  const group = 4 * LANES[target];
  if (layout === "rows" && panelLanes % group !== 0) {
    throw new RangeError(
      `Cannot lay out rows of bytes: ${panelLanes} lanes, expected a multiple of ${group} on ${target}`,
    );
  }
}
