/**
 * The exact GELU, `x * Φ(x) = x / 2 * (1 + erf(x / √2))`, on registers.
 *
 * Idea: `gelu(x) = max(x, 0) - t * Q(t)` with `t = |x|` and Q(t) = erfc(t / √2) / 2, the upper tail of the normal
 * distribution. `max(x, 0)` is exact, so only the small second term, at most 0.17, needs approximating. Q falls like
 * `e^(-t²/2)`, which no polynomial follows; its eighth root falls gently, so that a polynomial of degree 8, squared
 * three times, gives Q without exponential and without division.
 *
 * The polynomial is the minimax fit (Remez exchange in float64, Chebyshev basis times `7.5 - t`, coefficients then
 * rounded to float32) of `Q(t)^(1/8)` on [0, 7.5] under the weight `8 * t * Q(t)^(7/8)`, which makes the absolute error
 * of the second term level: 1e-8 before rounding. It has its zero at t = 7.5, where t is clamped, so that gelu(x) is x
 * or below 1e-40 in magnitude outside.
 *
 * Absolute error on all float32: half a unit in the last place of the result plus 1e-7; below 2.5e-7 on [-10, 10].
 * Cost: 16 operations.
 *
 * @module
 */
import type { Vector, VectorMachine } from "../machine.ts";

const CLAMP = 7.5;
const SIGN_BIT = 0x80000000;
const ALL_BUT_SIGN = 0x7fffffff;
const SQUARINGS = 3;
const COEFFICIENTS = [
  -3.190104109762615e-7,
  0.000007800657840562053,
  -0.00006205814133863896,
  0.000039559396100230515,
  0.0014957167441025376,
  -0.0006639576749876142,
  -0.03193202614784241,
  -0.09145651012659073,
  0.9170039296150208,
] as const;

/** `x = gelu(x)` for each vector, in place. Takes 2 registers for each vector and 1 besides. */
export function gelu(machine: VectorMachine, xs: readonly Vector[]): void {
  machine.scope(() => {
    const constant = machine.vector();
    const lanes = xs.map((x) => ({ x, t: machine.vector(), root: machine.vector() }));
    machine.constantBits(constant, ALL_BUT_SIGN);
    lanes.forEach(({ x, t }) => machine.and(t, x, constant));
    machine.constant(constant, CLAMP);
    lanes.forEach(({ t }) => machine.minimum(t, t, constant));
    const [highest, ...others] = COEFFICIENTS;
    lanes.forEach(({ root }) => machine.constant(root, highest));
    for (const coefficient of others) {
      machine.constant(constant, coefficient);
      lanes.forEach(({ t, root }) => machine.horner(root, t, constant));
    }
    for (let i = 0; i < SQUARINGS; i++) {
      lanes.forEach(({ root }) => machine.multiply(root, root, root));
    }
    machine.constantBits(constant, SIGN_BIT);
    lanes.forEach(({ t }) => machine.or(t, t, constant));
    machine.zero(constant);
    lanes.forEach(({ x, t, root }) => {
      machine.maximum(x, x, constant);
      machine.fma(x, t, root);
    });
  });
}
