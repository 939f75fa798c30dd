/**
 * Panels of lanes: how the cells that a window writes are cut for a register tile.
 *
 * @module
 */
import type { PlaneLayout } from "./planes.ts";
import type { PlacedWindow } from "./window.ts";

/** Panels of a layer: so many of `vectors` vectors, then so many of one vector less. */
export interface LanePanels {
  /** Vectors of a wide panel. */
  readonly vectors: number;
  /** Wide panels, at least 1. */
  readonly wide: number;
  /** Panels of `vectors - 1` vectors behind them. */
  readonly narrow: number;
  /** Lanes that are outputs. */
  readonly pixels: number;
  /** Lanes that are computed: outputs, cells between rows, and what fills the last vector. */
  readonly lanes: number;
}

/**
 * Cuts the lanes of all images into panels of nearly equal width, so that no vector is computed in vain but the last.
 *
 * @param read Planes that the window reads; outputs lie as far apart.
 * @param widest Most vectors of a panel.
 * @param vectorLanes Lanes of a vector.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { plainPlanes } from "./planes.ts";
 * import { placeWindow } from "./window.ts";
 * const read = plainPlanes({ channels: 1, size: [14, 14] });
 * const window = placeWindow({ image: [14, 14], kernel: [1, 1] });
 * // 196 lanes are 13 vectors: 5 + 4 + 4
 * const { vectors, wide, narrow } = cutLanes(read, window, 6, 16);
 * assertEquals([vectors, wide, narrow], [5, 1, 2]);
 * ```
 */
export function cutLanes(
  { images, imageRows, rowCells }: PlaneLayout,
  { output }: PlacedWindow,
  widest: number,
  vectorLanes: number,
): LanePanels {
  const lanes = ((images - 1) * imageRows + output[0] - 1) * rowCells + output[1];
  const total = Math.ceil(lanes / vectorLanes);
  const panels = Math.ceil(total / widest);
  const vectors = Math.ceil(total / panels);
  const narrow = panels * vectors - total;
  return {
    vectors,
    wide: panels - narrow,
    narrow,
    pixels: images * output[0] * output[1],
    lanes: total * vectorLanes,
  };
}
