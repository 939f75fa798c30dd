/**
 * Student's t distribution, for intervals from few values.
 *
 * @module
 */

/**
 * The value below which a share `p` of Student's t lies; by bisection, to 12 digits.
 *
 * @param p Probability, above 0 and below 1.
 * @param degrees Degrees of freedom, 1 or more.
 * @throws {RangeError} If either is outside its range.
 *
 * @example
 * ```ts
 * import { assertAlmostEquals } from "@std/assert";
 * assertAlmostEquals(studentQuantile(0.975, 2), 4.302653, 1e-6); // R: qt(.975, 2)
 * ```
 */
export function studentQuantile(p: number, degrees: number): number {
  if (!(p > 0 && p < 1) || !(degrees >= 1)) {
    throw new RangeError(
      `Cannot take quantile ${p} of t with ${degrees} degrees of freedom, expected a probability between 0 and 1 and 1 degree or more`,
    );
  }
  if (p < 0.5) return -studentQuantile(1 - p, degrees);
  let [low, high] = [0, 1];
  while (1 - upperTail(high, degrees) < p) high *= 2;
  for (let i = 0; i < 200 && high - low > 1e-12 * high; i++) {
    const middle = (low + high) / 2;
    if (1 - upperTail(middle, degrees) < p) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

/** Probability of more than `t`, which is not negative. */
function upperTail(t: number, degrees: number): number {
  return incompleteBeta(degrees / (degrees + t * t), degrees / 2, 0.5) / 2;
}

/** Regularised incomplete beta function (Abramowitz and Stegun 26.5.8, by Lentz's method). */
function incompleteBeta(x: number, a: number, b: number): number {
  if (x <= 0) return 0;
  if (x >= 1) return 1;
  // The continued fraction converges fast below the mean only.
  if (x > (a + 1) / (a + b + 2)) return 1 - incompleteBeta(1 - x, b, a);
  const front = Math.exp(
    logGamma(a + b) - logGamma(a) - logGamma(b) + a * Math.log(x) + b * Math.log1p(-x),
  );
  return front / (a * betaFraction(x, a, b));
}

function betaFraction(x: number, a: number, b: number): number {
  const tiny = 1e-300;
  let [value, c, d] = [1, 1, 0];
  for (let i = 1; i < 500; i++) {
    const m = i >> 1;
    const term = i % 2 === 0
      ? m * (b - m) * x / ((a + i - 1) * (a + i))
      : -(a + m) * (a + b + m) * x / ((a + i - 1) * (a + i));
    d = 1 / (1 + term * d || tiny);
    c = 1 + term / c || tiny;
    value *= c * d;
    if (Math.abs(c * d - 1) < 1e-15) break;
  }
  return value;
}

/** Lanczos' coefficients for g = 7. */
const LANCZOS = [
  0.99999999999980993,
  676.5203681218851,
  -1259.1392167224028,
  771.32342877765313,
  -176.61502916214059,
  12.507343278686905,
  -0.13857109526572012,
  9.9843695780195716e-6,
  1.5056327351493116e-7,
];

function logGamma(x: number): number {
  if (x < 0.5) return Math.log(Math.PI / Math.sin(Math.PI * x)) - logGamma(1 - x);
  const sum = LANCZOS.slice(1).reduce((all, c, i) => all + c / (x + i), LANCZOS[0]!);
  const t = x + 6.5;
  return 0.5 * Math.log(2 * Math.PI) + (x - 0.5) * Math.log(t) - t + Math.log(sum);
}
