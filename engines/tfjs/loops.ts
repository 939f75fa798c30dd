/**
 * The inner loops of training, on typed arrays: their interface, and plain versions of them.
 *
 * The plain versions are the readable reference. `fast_loops.ts` does the same work on a kernel back end.
 *
 * @module
 */

import { permute } from "./data_loops.ts";
import { type ConvolutionLoops, plainConvolutionLoops } from "./convolution_loops.ts";
import { dropMask } from "./dropout.ts";
import { type NormLoops, plainNormLoops } from "./norm_loops.ts";

/** Float32 elements in some memory. */
export type Floats = Float32Array<ArrayBuffer>;

/** Sizes of a matrix product. */
export interface Product {
  /** Rows of the result. */
  readonly m: number;
  /** Columns of the result. */
  readonly n: number;
  /** Length of the sums. */
  readonly k: number;
  /** Whether `a` is stored as `[k, m]`. */
  readonly transposeA: boolean;
  /** Whether `b` is stored as `[n, k]`. */
  readonly transposeB: boolean;
  /** Products of these sizes, one after the other in all three arrays. */
  readonly batch: number;
}

/**
 * What a step of training spends its time in. Unless told otherwise, a function overwrites its last
 * array and reads the others.
 */
export interface Loops extends NormLoops, ConvolutionLoops {
  /** `c = a · b`, plus `bias` to every row if there is one. */
  matMul(a: Floats, b: Floats, bias: Floats | null, sizes: Product, c: Floats): void;
  /** `y = x · Φ(x)`, Φ the standard normal distribution. */
  gelu(x: Floats, y: Floats): void;
  /** `dx = dy · (Φ(x) + x · φ(x))`. */
  geluGradient(x: Floats, dy: Floats, dx: Floats): void;
  /** Normalises rows of `gain.length` elements. */
  layerNorm(x: Floats, gain: Floats, bias: Floats, epsilon: number, y: Floats): void;
  /** Gradient of {@linkcode Loops.layerNorm} by `x`. */
  layerNormGradient(x: Floats, gain: Floats, dy: Floats, epsilon: number, dx: Floats): void;
  /** Gradient of {@linkcode Loops.layerNorm} by the gain: `dy` times the normalised `x`, added up over the rows. */
  layerNormSums(x: Floats, dy: Floats, epsilon: number, sums: Floats): void;
  /** `y = softmax(scale · x + mask)` over rows of `keys`; each row of `mask` serves `rowsPerMask` rows. */
  softmax(x: Floats, mask: Floats, sizes: MaskedRows, y: Floats): void;
  /** Gradient of {@linkcode Loops.softmax} by `x`, from its result. */
  softmaxGradient(y: Floats, dy: Floats, sizes: MaskedRows, dx: Floats): void;
  /** Zeroes a random `rate` of the elements and scales the rest so that the mean stays. Equal seeds drop equal places. */
  dropout(x: Floats, rate: number, seed: number, y: Floats): void;
  /** Permutes the axes of `x`, of the given shape: axis `i` of `y` is axis `perm[i]` of `x`. */
  permute(x: Floats, shape: readonly number[], perm: readonly number[], y: Floats): void;
  /** Adds the rows up. */
  columnSums(x: Floats, sums: Floats): void;
  /** One step of AdamW, in place: changes `weights` and both moments. Where `mask` is 0, the weight becomes 0. */
  adamw(state: AdamState, gradient: Floats, mask: Floats | null, step: AdamStep): void;
  /**
   * One step of gradient descent, in place: changes `weights`, and `velocity` if there is one. Where `mask` is 0, the weight
   * becomes 0.
   */
  sgd(state: SgdState, gradient: Floats, mask: Floats | null, step: SgdStep): void;
  /** `scores = keep · scores + |weights · gradient|`, in place. */
  snip(scores: Floats, weights: Floats, gradient: Floats, keep: number): void;
}

/** What AdamW changes; all of one length. */
export interface AdamState {
  /** The parameter. */
  readonly weights: Floats;
  /** Running mean of the gradient. */
  readonly first: Floats;
  /** Running mean of its square. */
  readonly second: Floats;
}

/** The numbers of one step of Adam or AdamW (Loshchilov and Hutter 2019), the same for all weights. */
export interface AdamStep {
  /** Multiplies the gradient first. */
  readonly gradientScale: number;
  /** Times the weight, is added to the gradient: the weight decay of Adam; 0 for AdamW. */
  readonly penalty: number;
  /** Decay of the first moment. */
  readonly beta1: number;
  /** Decay of the second moment. */
  readonly beta2: number;
  /** Multiplies the weight: `1 - learning rate · weight decay`. */
  readonly keep: number;
  /** Learning rate over the bias correction of the first moment. */
  readonly rate: number;
  /** Multiplies the root of the second moment: its bias correction. */
  readonly rootScale: number;
  /** Added to the corrected root. */
  readonly epsilon: number;
}

/** What gradient descent changes; all of one length. */
export interface SgdState {
  /** The parameter. */
  readonly weights: Floats;
  /** Sum of the gradients that fades by the momentum; `null` without momentum. */
  readonly velocity: Floats | null;
}

/** The numbers of one step of gradient descent, the same for all weights. */
export interface SgdStep {
  /** Multiplies the gradient first. */
  readonly gradientScale: number;
  /** Times the weight, is added to the gradient. */
  readonly penalty: number;
  /** Multiplies the velocity before the gradient is added to it. */
  readonly momentum: number;
  /** Learning rate along the gradient: 0 with plain momentum. */
  readonly gradientRate: number;
  /** Learning rate along the new velocity. */
  readonly velocityRate: number;
}

/** How rows of scores share rows of the mask. */
export interface MaskedRows {
  /** Elements of a row. */
  readonly keys: number;
  /** Rows of scores for each row of the mask. */
  readonly rowsPerMask: number;
  /** Multiplies the scores. */
  readonly scale: number;
}

/** {@linkcode Loops} in plain TypeScript. */
export const plainLoops: Loops = {
  ...plainNormLoops,
  ...plainConvolutionLoops,
  matMul(a, b, bias, sizes, c): void {
    for (let i = 0; i < sizes.batch; i++) {
      const part = (all: Floats): Floats =>
        all.subarray(i * all.length / sizes.batch, (i + 1) * all.length / sizes.batch);
      multiply(part(a), part(b), bias, sizes, part(c));
    }
  },
  gelu(x, y): void {
    for (let i = 0; i < x.length; i++) y[i] = x[i]! * normalCdf(x[i]!);
  },
  geluGradient(x, dy, dx): void {
    for (let i = 0; i < x.length; i++) {
      const value = x[i]!;
      const density = Math.exp(-value * value / 2) / Math.sqrt(2 * Math.PI);
      dx[i] = dy[i]! * (normalCdf(value) + value * density);
    }
  },
  layerNorm(x, gain, bias, epsilon, y): void {
    const cols = gain.length;
    for (let start = 0; start < x.length; start += cols) {
      const { mean, scale } = momentsOf(x, start, cols, epsilon);
      for (let j = 0; j < cols; j++) {
        y[start + j] = (x[start + j]! - mean) * scale * gain[j]! + bias[j]!;
      }
    }
  },
  layerNormGradient(x, gain, dy, epsilon, dx): void {
    const cols = gain.length;
    for (let start = 0; start < x.length; start += cols) {
      const { mean, scale } = momentsOf(x, start, cols, epsilon);
      let sum = 0; // of g = dy * gain
      let dot = 0; // of g and the normalised x
      for (let j = 0; j < cols; j++) {
        const g = dy[start + j]! * gain[j]!;
        sum += g;
        dot += g * (x[start + j]! - mean) * scale;
      }
      for (let j = 0; j < cols; j++) {
        const normal = (x[start + j]! - mean) * scale;
        dx[start + j] = scale * (dy[start + j]! * gain[j]! - (sum + normal * dot) / cols);
      }
    }
  },
  layerNormSums(x, dy, epsilon, sums): void {
    const cols = sums.length;
    const totals = new Float64Array(cols);
    for (let start = 0; start < x.length; start += cols) {
      const { mean, scale } = momentsOf(x, start, cols, epsilon);
      for (let j = 0; j < cols; j++) totals[j]! += dy[start + j]! * (x[start + j]! - mean) * scale;
    }
    sums.set(totals);
  },
  softmax(x, mask, { keys, rowsPerMask, scale }, y): void {
    for (let row = 0; row < x.length / keys; row++) {
      const start = row * keys;
      const masked = Math.floor(row / rowsPerMask) * keys;
      let largest = -Infinity;
      for (let j = 0; j < keys; j++) {
        const score = scale * x[start + j]! + mask[masked + j]!;
        y[start + j] = score;
        if (score > largest) largest = score;
      }
      let sum = 0;
      for (let j = 0; j < keys; j++) {
        const power = Math.exp(y[start + j]! - largest);
        y[start + j] = power;
        sum += power;
      }
      for (let j = 0; j < keys; j++) y[start + j]! /= sum;
    }
  },
  softmaxGradient(y, dy, { keys, scale }, dx): void {
    for (let start = 0; start < y.length; start += keys) {
      let dot = 0;
      for (let j = start; j < start + keys; j++) dot += y[j]! * dy[j]!;
      for (let j = start; j < start + keys; j++) dx[j] = scale * y[j]! * (dy[j]! - dot);
    }
  },
  dropout: dropMask,
  permute,
  columnSums(x, sums): void {
    const totals = new Float64Array(sums.length);
    for (let start = 0; start < x.length; start += sums.length) {
      for (let j = 0; j < totals.length; j++) totals[j]! += x[start + j]!;
    }
    sums.set(totals);
  },
  adamw({ weights, first, second }, gradient, mask, step): void {
    const { gradientScale, penalty, beta1, beta2, keep, rate, rootScale, epsilon } = step;
    for (let i = 0; i < weights.length; i++) {
      const g = gradient[i]! * gradientScale + penalty * weights[i]!;
      const m = beta1 * first[i]! + (1 - beta1) * g;
      const v = beta2 * second[i]! + (1 - beta2) * g * g;
      first[i] = m;
      second[i] = v;
      const w = keep * weights[i]! - rate * m / (Math.sqrt(v) * rootScale + epsilon);
      weights[i] = mask === null ? w : w * mask[i]!;
    }
  },
  sgd({ weights, velocity }, gradient, mask, step): void {
    const { gradientScale, penalty, momentum, gradientRate, velocityRate } = step;
    for (let i = 0; i < weights.length; i++) {
      const g = gradient[i]! * gradientScale + penalty * weights[i]!;
      let w = weights[i]! - gradientRate * g;
      if (velocity !== null) {
        velocity[i] = momentum * velocity[i]! + g;
        w -= velocityRate * velocity[i]!;
      }
      weights[i] = mask === null ? w : w * mask[i]!;
    }
  },
  snip(scores, weights, gradient, keep): void {
    for (let i = 0; i < scores.length; i++) {
      scores[i] = keep * scores[i]! + Math.abs(weights[i]! * gradient[i]!);
    }
  },
};

function multiply(a: Floats, b: Floats, bias: Floats | null, sizes: Product, c: Floats): void {
  const { m, n, k, transposeA, transposeB } = sizes;
  const [aRow, aStep] = transposeA ? [1, m] : [k, 1];
  const [bStep, bCol] = transposeB ? [1, k] : [n, 1];
  const row = new Float64Array(n);
  for (let i = 0; i < m; i++) {
    for (let j = 0; j < n; j++) row[j] = bias === null ? 0 : bias[j]!;
    for (let p = 0; p < k; p++) {
      const value = a[i * aRow + p * aStep]!;
      for (let j = 0; j < n; j++) row[j]! += value * b[p * bStep + j * bCol]!;
    }
    c.set(row, i * n);
  }
}

/** Mean of a row and the reciprocal of its deviation. */
function momentsOf(x: Floats, start: number, cols: number, epsilon: number): {
  mean: number;
  scale: number;
} {
  let sum = 0;
  for (let j = start; j < start + cols; j++) sum += x[j]!;
  const mean = sum / cols;
  let squares = 0;
  for (let j = start; j < start + cols; j++) squares += (x[j]! - mean) ** 2;
  return { mean, scale: 1 / Math.sqrt(squares / cols + epsilon) };
}

/** Coefficients of a Chebyshev fit of erfc, relative error below 1.2e-7 (Press et al., Numerical Recipes, 6.2). */
const ERFC = [
  -1.26551223,
  1.00002368,
  0.37409196,
  0.09678418,
  -0.18628806,
  0.27886807,
  -1.13520398,
  1.48851587,
  -0.82215223,
  0.17087277,
] as const;

/** The standard normal distribution function. */
export function normalCdf(x: number): number {
  const z = Math.abs(x) / Math.SQRT2;
  const t = 1 / (1 + z / 2);
  const exponent = ERFC.reduceRight((sum, coefficient) => sum * t + coefficient, 0);
  const tail = t * Math.exp(exponent - z * z) / 2;
  return x > 0 ? 1 - tail : tail;
}
