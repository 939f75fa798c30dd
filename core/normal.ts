/**
 * The normal distribution.
 *
 * @module
 */

/** Least argument, in size, whose tail is a continued fraction: the series loses digits beyond it. */
const TAIL = 4;

/** Probability that a standard normal number is below `x`. Accurate to 1e-13, relative in the lower tail. */
export function normalCdf(x: number): number {
  if (Number.isNaN(x)) return NaN;
  const density = Math.exp(-x * x / 2) / Math.sqrt(2 * Math.PI);
  if (Math.abs(x) > TAIL) {
    const tail = density === 0 ? 0 : density / millsFraction(Math.abs(x));
    return x < 0 ? tail : 1 - tail;
  }
  // Marsaglia, "Evaluating the Normal Distribution" (2004): x + x^3/3 + x^5/(3*5) + ...
  let term = x;
  let sum = x;
  for (let k = 3; Math.abs(term) > 1e-18 * Math.abs(sum); k += 2) {
    term *= x * x / k;
    sum += term;
  }
  return 0.5 + density * sum;
}

/** x + 1/(x + 2/(x + 3/(x + ...))): the density divided by the upper tail. */
function millsFraction(x: number): number {
  let value = x;
  for (let k = 100; k >= 1; k--) value = x + k / value;
  return value;
}

/** Polynomial with the given coefficients, the highest power first. */
function polynomial(x: number, coefficients: readonly number[]): number {
  return coefficients.reduce((value, coefficient) => value * x + coefficient, 0);
}

// Wichura, "Algorithm AS 241: The Percentage Points of the Normal Distribution" (1988), PPND16.
const CENTRE = [
  [
    2509.0809287301226727,
    33430.575583588128105,
    67265.770927008700853,
    45921.953931549871457,
    13731.693765509461125,
    1971.5909503065514427,
    133.14166789178437745,
    3.387132872796366608,
  ],
  [
    5226.495278852854561,
    28729.085735721942674,
    39307.89580009271061,
    21213.794301586595867,
    5394.1960214247511077,
    687.1870074920579083,
    42.313330701600911252,
    1,
  ],
] as const;
const MIDDLE = [
  [
    7.7454501427834140764e-4,
    0.0227238449892691845833,
    0.24178072517745061177,
    1.27045825245236838258,
    3.64784832476320460504,
    5.7694972214606914055,
    4.6303378461565452959,
    1.42343711074968357734,
  ],
  [
    1.05075007164441684324e-9,
    5.475938084995344946e-4,
    0.0151986665636164571966,
    0.14810397642748007459,
    0.68976733498510000455,
    1.6763848301838038494,
    2.05319162663775882187,
    1,
  ],
] as const;
const FAR = [
  [
    2.01033439929228813265e-7,
    2.71155556874348757815e-5,
    0.0012426609473880784386,
    0.026532189526576123093,
    0.29656057182850489123,
    1.7848265399172913358,
    5.4637849111641143699,
    6.6579046435011037772,
  ],
  [
    2.04426310338993978564e-15,
    1.4215117583164458887e-7,
    1.8463183175100546818e-5,
    7.868691311456132591e-4,
    0.0148753612908506148525,
    0.13692988092273580531,
    0.59983220655588793769,
    1,
  ],
] as const;

/**
 * The number that a standard normal one is below with probability `p`; the inverse of {@linkcode normalCdf}.
 *
 * @throws {RangeError} If `p` is not from 0 to 1.
 */
export function normalQuantile(p: number): number {
  if (!(p >= 0 && p <= 1)) {
    throw new RangeError(`Cannot take normal quantile ${p}: expected a probability from 0 to 1`);
  }
  const fromCentre = p - 0.5;
  if (Math.abs(fromCentre) <= 0.425) {
    const r = 0.180625 - fromCentre * fromCentre;
    return fromCentre * polynomial(r, CENTRE[0]) / polynomial(r, CENTRE[1]);
  }
  const tail = Math.min(p, 1 - p);
  if (tail === 0) return Math.sign(fromCentre) * Infinity;
  const r = Math.sqrt(-Math.log(tail));
  const [above, below] = r <= 5 ? MIDDLE : FAR;
  const s = r - (r <= 5 ? 1.6 : 5);
  return Math.sign(fromCentre) * polynomial(s, above) / polynomial(s, below);
}
