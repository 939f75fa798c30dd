/**
 * The exact GELU, `x * Φ(x) = x / 2 * (1 + erf(x / √2))`, on registers.
 *
 * Idea: `gelu(x) = max(x, 0) - |x| * Q(|x|)` with Q(t) = erfc(t / √2) / 2, the upper tail of the normal distribution.
 * `max(x, 0)` is exact, so only the second term, at most 0.17, needs approximating. Q falls like `e^(-t²/2)`, which no
 * polynomial follows; its fourth root falls gently, so that a polynomial of degree 8, squared twice, gives Q without
 * exponential and without division.
 *
 * The polynomial is the minimax fit (Remez exchange in float64, Chebyshev basis times `5.6875 - t`, coefficients then
 * rounded to float32) of `Q(t)^(1/4)` on [0, 5.6875] under the weight `4 * t * Q(t)^(3/4)`, which makes the absolute
 * error of the second term level: 1.6e-7 before rounding. It has its zero where t is clamped, so that gelu(x) is x, or
 * below 1e-20 in magnitude, outside. The code works on -t, so odd coefficients have the other sign.
 *
 * Absolute error below 4e-7 on [-10, 10], of which up to 2.4e-7 is the rounding of the result. Cost: 14 operations.
 *
 * @module
 */
import type { Vector, VectorMachine } from "../machine.ts";

const CLAMP = 5.6875;
const SIGN_BIT = 0x80000000;
const HIGHEST_COEFFICIENT = -0.000003257417574786814;
const OTHER_COEFFICIENTS = [
  -0.000056199867685791105,
  -0.00029365369118750095,
  0.00007923212979221717,
  0.0038727493956685066,
  -0.004577144514769316,
  -0.050164975225925446,
  0.1677389144897461,
  0.8408962488174438,
] as const;

/** The polynomial's coefficients in registers, highest power first. */
export type GeluConstants = readonly [Vector, ...Vector[]];

/** Loads the coefficients into 9 registers of the caller's scope, for loops in which loading them anew costs too much. */
export function holdGeluConstants(machine: VectorMachine): GeluConstants {
  const hold = (value: number): Vector => {
    const vector = machine.vector();
    machine.constant(vector, value);
    return vector;
  };
  return [hold(HIGHEST_COEFFICIENT), ...OTHER_COEFFICIENTS.map(hold)];
}

interface Lane {
  readonly x: Vector;
  /** -|x|, clamped. */
  readonly t: Vector;
  readonly root: Vector;
}

/** `x = gelu(x)` for each vector, in place. Takes 2 registers for each vector and 1 besides. */
export function gelu(machine: VectorMachine, xs: readonly Vector[]): void {
  machine.scope(() => {
    const shared = machine.vector();
    const lanes = takeLanes(machine, xs);
    machine.constantBits(shared, SIGN_BIT);
    lanes.forEach(({ x, t }) => machine.or(t, x, shared));
    machine.constant(shared, -CLAMP);
    lanes.forEach(({ t }) => machine.maximum(t, t, shared));
    machine.zero(shared);
    lanes.forEach(({ x }) => machine.maximum(x, shared, x));
    lanes.forEach(({ root }) => machine.constant(root, HIGHEST_COEFFICIENT));
    for (const coefficient of OTHER_COEFFICIENTS) {
      machine.constant(shared, coefficient);
      lanes.forEach(({ t, root }) => machine.horner(root, t, shared));
    }
    lanes.forEach((lane) => finish(machine, lane));
  });
}

/** {@linkcode gelu} of one vector with coefficients already in registers. Takes 2 registers. */
export function geluWith(machine: VectorMachine, constants: GeluConstants, x: Vector): void {
  machine.scope(() => {
    const [lane] = takeLanes(machine, [x]);
    const { t, root } = lane!;
    machine.constantBits(root, SIGN_BIT);
    machine.or(t, x, root);
    machine.constant(root, -CLAMP);
    machine.maximum(t, t, root);
    machine.zero(root);
    machine.maximum(x, root, x);
    const [highest, ...others] = constants;
    machine.copy(root, highest);
    others.forEach((coefficient) => machine.horner(root, t, coefficient));
    finish(machine, lane!);
  });
}

function takeLanes(machine: VectorMachine, xs: readonly Vector[]): readonly Lane[] {
  return xs.map((x) => ({ x, t: machine.vector(), root: machine.vector() }));
}

/** `x + t * root^4`. */
function finish(machine: VectorMachine, { x, t, root }: Lane): void {
  machine.multiply(root, root, root);
  machine.multiply(root, root, root);
  machine.fma(x, t, root);
}
