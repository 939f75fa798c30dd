/**
 * What averages of pooling divide by, after the ONNX operator reference.
 *
 * @module
 */
import type { PlaneLayout } from "./planes.ts";
import type { PlacedWindow } from "./window.ts";

/**
 * One over the number of cells of each window: the pixels that it sees, or with `countPads` pixels and pads; cells past the pads,
 * which ceil mode may reach, never count.
 *
 * @returns A factor for each lane from the first pixel of the output on; 0 for lanes that are none. Allocates the result.
 */
export function poolingFactors(
  window: PlacedWindow,
  output: PlaneLayout,
  lanes: number,
  countPads: boolean,
): Float32Array<ArrayBuffer> {
  const { image, kernel, stride, dilation, pads, output: [rows, cols] } = window;
  const { rowCells, imageRows, images } = output;
  const along = (axis: 0 | 1, place: number, before: number, after: number): number => {
    const [least, most] = countPads ? [-before, image[axis] + after] : [0, image[axis]];
    let count = 0;
    for (let tap = 0; tap < kernel[axis]; tap++) {
      const cell = place * stride[axis] - before + tap * dilation[axis];
      if (cell >= least && cell < most) count++;
    }
    return count;
  };
  return Float32Array.from({ length: lanes }, (_, lane) => {
    const row = Math.floor(lane / rowCells);
    const [y, x] = [row % imageRows, lane % rowCells];
    if (x >= cols || y >= rows || row >= images * imageRows) return 0;
    return 1 / (along(0, y, pads.top, pads.bottom) * along(1, x, pads.left, pads.right));
  });
}
