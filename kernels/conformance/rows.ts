/**
 * Proofs of kernels whose activations are rows: `[token][feature]`.
 *
 * @module
 */
import type { PostOp } from "../ops/mod.ts";
import { referenceLinear } from "../reference/mod.ts";
import { assertClose, FUNCTION_TOLERANCE, SUM_TOLERANCE } from "./trial.ts";

/** A linear layer on rows. */
export interface RowsProblem {
  /** Row-major `rows × cols`, zeros included. */
  readonly weights: Float32Array;
  /** Outputs. */
  readonly rows: number;
  /** Inputs. */
  readonly cols: number;
  /** Tokens. */
  readonly tokens: number;
  /** `[token][xStride]`. */
  readonly x: Float32Array;
  /** float32 from one token to the next. */
  readonly xStride: number;
  /** At least `rows` values. */
  readonly bias: Float32Array;
  /** Applied last. */
  readonly post: PostOp;
}

/** float32 that the features of a token take: padded to 16, and 16 more that must stay as they are. */
export function rowStride(features: number): number {
  return 16 * Math.ceil(features / 16) + 16;
}

/** Compares the outputs, `[token][yStride]`, with the reference. @throws {Error} If one is off. */
export function proveRows(actual: Float32Array, yStride: number, problem: RowsProblem): void {
  const { weights, rows, cols, tokens, x, xStride, bias, post } = problem;
  for (let token = 0; token < tokens; token++) {
    const one = {
      weights,
      rows,
      cols,
      lanes: 1,
      x: x.subarray(token * xStride, token * xStride + cols),
      bias,
      residual: null,
      post,
    };
    const magnitude = referenceLinear({
      ...one,
      weights: weights.map(Math.abs),
      x: one.x.map(Math.abs),
      bias: bias.map(Math.abs),
      post: "none",
    });
    assertClose(
      actual.subarray(token * yStride, token * yStride + rows),
      referenceLinear(one),
      magnitude.map((sum) => SUM_TOLERANCE * sum + FUNCTION_TOLERANCE),
      `${rows}x${cols}, token ${token + 1} of ${tokens}`,
    );
  }
}
