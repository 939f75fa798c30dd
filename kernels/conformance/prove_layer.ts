/**
 * Proofs of layers on rows, for tests.
 *
 * @module
 */
import { assert } from "@std/assert";
import type { Pattern, Random } from "../../core/mod.ts";
import type { Backend } from "../backend.ts";
import type { PostOp } from "../ops/mod.ts";
import { randomWeights, referenceLinear } from "../reference/mod.ts";
import { type Layer, readRows, type RowsLinear } from "../layers/mod.ts";

/** A layer of random weights and biases. */
export function randomLinear(
  random: Random,
  pattern: Pattern,
  rows: number,
  cols: number,
  lanes: number,
): RowsLinear & { readonly bias: Float32Array } {
  const weights = randomWeights(random, rows, cols, pattern);
  const bias = Float32Array.from({ length: rows }, () => 2 * random.next() - 1);
  return { weights, rows, cols, pattern, lanes, bias };
}

/**
 * Runs a layer on random activations and compares it with float64. A layer whose input another one wrote is compared
 * with what is there.
 */
export async function proveLayer(
  backend: Backend,
  layer: Layer,
  random: Random,
  linear: Omit<RowsLinear, "pattern"> & { readonly bias: Float32Array; readonly post?: PostOp },
): Promise<void> {
  const { weights, rows, cols, lanes, bias, post = "none" } = linear;
  const x = linear.input
    ? readRows(backend, linear.input, { lanes, features: cols })
    : Float32Array.from({ length: lanes * cols }, () => 2 * random.next() - 1);
  if (!linear.input) layer.writeInput(x);
  using program = backend.build(layer.steps);
  await program.run();
  const actual = layer.readOutput();
  for (let lane = 0; lane < lanes; lane++) {
    const one = x.subarray(lane * cols, (lane + 1) * cols);
    const expected = referenceLinear({
      ...{ weights, rows, cols, lanes: 1, x: one, bias, residual: null, post },
    });
    for (let row = 0; row < rows; row++) {
      const off = Math.abs(actual[lane * rows + row]! - expected[row]!);
      assert(off < 1e-5 * Math.sqrt(cols), `row ${row} of lane ${lane} is off by ${off}`);
    }
  }
}
