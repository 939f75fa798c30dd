/**
 * Between tokens as people write them and panels as kernels read them.
 *
 * @module
 */
import { checkPanelLanes, panelsOf } from "../ops/panel.ts";

/** Where tokens lie in panels. */
export interface PanelShape {
  /** Tokens of the sequence; panels are filled one after the other. */
  readonly tokens: number;
  /** Rows of every panel: features. */
  readonly rows: number;
  /** Width P of a panel. */
  readonly panelLanes: number;
  /** float32 from one panel to the next; default `rows * panelLanes`. */
  readonly panelStride?: number;
}

/**
 * Writes row-major `[token][row]` values into `panels`; lanes past the last token become 0.
 *
 * @throws {RangeError} If either array is too short.
 */
export function writePanels(
  panels: Float32Array,
  tokenValues: Float32Array,
  shape: PanelShape,
): void {
  check(panels, tokenValues, shape);
  const { tokens, rows, panelLanes } = shape;
  for (let lane = 0; lane < panelsOf(tokens, panelLanes) * panelLanes; lane++) {
    const at = laneStart(lane, shape);
    for (let row = 0; row < rows; row++) {
      panels[at + row * panelLanes] = lane < tokens ? tokenValues[lane * rows + row] ?? 0 : 0;
    }
  }
}

/**
 * Reads panels back as row-major `[token][row]`. Allocates the result.
 *
 * @throws {RangeError} If `panels` is too short.
 */
export function readPanels(panels: Float32Array, shape: PanelShape): Float32Array<ArrayBuffer> {
  const { tokens, rows, panelLanes } = shape;
  const tokenValues = new Float32Array(tokens * rows);
  check(panels, tokenValues, shape);
  for (let token = 0; token < tokens; token++) {
    const at = laneStart(token, shape);
    for (let row = 0; row < rows; row++) {
      tokenValues[token * rows + row] = panels[at + row * panelLanes] ?? 0;
    }
  }
  return tokenValues;
}

function laneStart(lane: number, { rows, panelLanes, panelStride }: PanelShape): number {
  const stride = panelStride ?? rows * panelLanes;
  return Math.floor(lane / panelLanes) * stride + lane % panelLanes;
}

function check(panels: Float32Array, tokenValues: Float32Array, shape: PanelShape): void {
  const { tokens, rows, panelLanes } = shape;
  checkPanelLanes(panelLanes);
  if (tokenValues.length < tokens * rows) {
    throw new RangeError(
      `Cannot move tokens: ${tokenValues.length} values, expected ${tokens} tokens x ${rows} rows`,
    );
  }
  const last = laneStart((panelsOf(tokens, panelLanes) - 1) * panelLanes, shape);
  if (panels.length < last + rows * panelLanes) {
    throw new RangeError(
      `Cannot move tokens: panels hold ${panels.length} values, expected at least ${
        last + rows * panelLanes
      }`,
    );
  }
}
