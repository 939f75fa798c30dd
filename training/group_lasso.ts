/**
 * Group lasso: pulls every block of a pattern towards zero as a whole, so that blocks, not weights, become small.
 *
 * Variants of `GroupLasso`: `correct` is the gradient of `alpha · Σ ‖W‖` over the blocks that have not fallen, and joins the loss's before
 * the step. `inc-v1.12` adds the same after the step, and clears it with the gradients before the next, as the published example
 * of Intel Neural Compressor 1.12 does: it changes nothing. `inc-v2.6` takes `alpha / ‖G‖` of itself from each block after the
 * step, `G` being its gradient, as version 2.6 does: the smaller its gradient, the more a block loses, and below
 * `‖G‖ = alpha / 2` it turns and grows.
 *
 * @module
 */
import { type Mask, parsePattern, unitOf } from "../core/mod.ts";
import type { Floats } from "../engines/tfjs/mod.ts";

/** Adds `alpha · W / ‖W‖` of each block that is kept to the gradient. All arrays are the mask's matrix, row-major. */
export function addLassoGradient(
  { rows, cols, kept }: Mask,
  weights: Floats,
  gradient: Floats,
  pattern: string,
  alpha: number,
): void {
  forEachBlock(rows, cols, pattern, (block) => {
    let squares = 0;
    block((i) => squares += kept[i] === 0 ? 0 : weights[i]! ** 2);
    if (squares === 0) return;
    const factor = alpha / Math.sqrt(squares);
    block((i) => gradient[i]! += kept[i] === 0 ? 0 : factor * weights[i]!);
  });
}

/**
 * What `inc-v2.6` multiplies each weight by after a step: `1 - alpha / (‖G‖ + 1e-12)`, `G` being the gradient of its block. Row-major
 * like the gradient; allocates.
 */
export function shrinkFactors(
  gradient: Floats,
  rows: number,
  cols: number,
  pattern: string,
  alpha: number,
): Floats {
  const factors = new Float32Array(gradient.length);
  forEachBlock(rows, cols, pattern, (block) => {
    let squares = 0;
    block((i) => squares += gradient[i]! ** 2);
    const factor = 1 - alpha / (Math.sqrt(squares) + 1e-12);
    block((i) => factors[i] = factor);
  });
  return factors;
}

/** Visits the blocks of a matrix; each visits its elements. */
function forEachBlock(
  rows: number,
  cols: number,
  pattern: string,
  visit: (block: (element: (index: number) => void) => void) => void,
): void {
  const { rows: R, cols: C } = unitOf(parsePattern(pattern));
  for (let row = 0; row < rows; row += R) {
    for (let col = 0; col < cols; col += C) {
      visit((element) => {
        for (let r = row; r < row + R; r++) {
          for (let c = col; c < col + C; c++) element(r * cols + c);
        }
      });
    }
  }
}
