/**
 * Panels: how activations lie in memory.
 *
 * Tokens (or pixels, or batch items) are cut into groups of P. A group is one panel: `[row][P]` float32, row = feature,
 * contiguous and 64-byte aligned, so that row k of a panel begins at byte `k * P * 4` and a vector register holds
 * neighbouring tokens of one feature. Lanes past the last token hold finite values that nobody reads.
 *
 * @module
 */

/** Tokens of a panel unless a kernel is asked for another width: four cache lines a row. */
export const PANEL_LANES = 64;

/** Bytes of one row of a panel: from one feature to the next. */
export function rowBytes(panelLanes: number): number {
  return panelLanes * Float32Array.BYTES_PER_ELEMENT;
}

/** Bytes of a panel of `rows` rows. */
export function panelBytes(rows: number, panelLanes: number): number {
  return rows * rowBytes(panelLanes);
}

/** Panels that hold `tokens` tokens. */
export function panelsOf(tokens: number, panelLanes: number): number {
  return Math.ceil(tokens / panelLanes);
}

/**
 * Rows that a kernel writes when it works in blocks of `rowsPerBlock`: `rows`, rounded up.
 *
 * The panel behind `y` (and a residual) must have at least so many rows.
 */
export function paddedRows(rows: number, rowsPerBlock: number): number {
  return Math.ceil(rows / rowsPerBlock) * rowsPerBlock;
}

/**
 * Checks a panel width.
 *
 * @throws {RangeError} If it is no positive multiple of 16, the lanes of the widest vector register.
 */
export function checkPanelLanes(panelLanes: number): void {
  if (!Number.isInteger(panelLanes) || panelLanes < 16 || panelLanes % 16 !== 0) {
    throw new RangeError(
      `Cannot lay out a panel: ${panelLanes} lanes, expected a multiple of 16`,
    );
  }
}

/** How the width of panels stands in the id of a kernel that computes only some lanes of them: `64`, or `64_16`. */
export function widthName(panelLanes: number, lanes: number): string {
  return lanes === panelLanes ? `${panelLanes}` : `${panelLanes}_${lanes}`;
}
