/**
 * What `spmm` computes, in float64 and in the plainest loop.
 *
 * @module
 */
import type { PostOp } from "../ops/mod.ts";
import { referencePostOp } from "./activations.ts";

/** A linear layer on one panel. */
export interface LinearProblem {
  /** Row-major `rows × cols`, zeros included. */
  readonly weights: Float32Array;
  /** Outputs. */
  readonly rows: number;
  /** Inputs. */
  readonly cols: number;
  /** Lanes of the panel. */
  readonly lanes: number;
  /** `[cols][lanes]`. */
  readonly x: Float32Array;
  /** `rows` values. */
  readonly bias: Float32Array;
  /** `[rows][lanes]`, or `null`. */
  readonly residual: Float32Array | null;
  /** Applied last. */
  readonly post: PostOp;
}

/** `post(W · x + bias + residual)`, `[rows][lanes]`. */
export function referenceLinear(problem: LinearProblem): Float64Array {
  const { weights, rows, cols, lanes, x, bias, residual, post } = problem;
  const y = new Float64Array(rows * lanes);
  for (let row = 0; row < rows; row++) {
    for (let lane = 0; lane < lanes; lane++) {
      let sum = bias[row]! + (residual?.[row * lanes + lane] ?? 0);
      for (let col = 0; col < cols; col++) {
        sum += weights[row * cols + col]! * x[col * lanes + lane]!;
      }
      y[row * lanes + lane] = referencePostOp(post, sum);
    }
  }
  return y;
}
