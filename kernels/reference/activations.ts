/**
 * The functions that post-ops approximate, in float64.
 *
 * @module
 */
import type { PostOp } from "../ops/mod.ts";

// both forms converge quickly enough at the border
const SERIES_BELOW = 2.5;
const TERMS = 100;

/**
 * The complementary error function, to about 1e-15 absolute, and relative for positive x.
 *
 * Taylor's series of erf near 0 and Laplace's continued fraction of erfc beyond (Abramowitz & Stegun 7.1.5, 7.1.14).
 */
export function erfc(x: number): number {
  if (x < 0) return 2 - erfc(-x);
  if (x < SERIES_BELOW) {
    let power = x;
    let sum = x;
    for (let k = 1; k < TERMS; k++) {
      power *= -x * x / k;
      sum += power / (2 * k + 1);
    }
    return 1 - 2 / Math.sqrt(Math.PI) * sum;
  }
  let fraction = 0;
  for (let k = TERMS; k > 0; k--) fraction = k / 2 / (x + fraction);
  return Math.exp(-x * x) / Math.sqrt(Math.PI) / (x + fraction);
}

/** `x / 2 * (1 + erf(x / √2))`. */
export function referenceGelu(x: number): number {
  return x / 2 * erfc(-x / Math.SQRT2);
}

/** Any post-op. */
export function referencePostOp(post: PostOp, x: number): number {
  switch (post) {
    case "none":
      return x;
    case "relu":
      return Math.max(x, 0);
    case "gelu":
      return referenceGelu(x);
    case "tanh":
      return Math.tanh(x);
    case "sigmoid":
      return 1 / (1 + Math.exp(-x));
  }
}
