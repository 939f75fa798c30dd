/**
 * The exponential function on registers.
 *
 * Idea: `e^x = 2^n * e^r` with `n = round(x / ln 2)` and `|r| <= ln 2 / 2`. Adding `1.5 * 2^23 + 127` rounds x / ln 2
 * to an integer and leaves n + 127 in the low bits, so a shift by 23 makes 2^n of it. `r` is exact to 2^-37 because
 * `LN2_HIGH` has 9 bits, so that `n * LN2_HIGH` does not round even where multiply-add rounds twice.
 *
 * `e^r - 1 = r + r² * c(r)`; c is the minimax cubic of `(e^r - 1 - r) / r²` on |r| <= ln 2 / 2 under the weight
 * `r² / e^r` (Remez exchange in float64, coefficients then rounded to float32). Together with float32 rounding the
 * relative error of e^x stays below 2.1e-7.
 *
 * Cost: 12 operations, no division, no table.
 *
 * @module
 */
import type { Vector, VectorMachine } from "../machine.ts";

/** Registers that {@linkcode exp} takes for each vector. */
export const EXP_REGISTERS_PER_VECTOR = 2;

/** Registers that {@linkcode exp} takes besides. */
export const EXP_REGISTERS_SHARED = 2;

// 2^n has exponent bits 0, so it is 0, from n = -127 on: below, e^x becomes 0 instead of a denormal number.
const LOWEST = -127 * Math.LN2;
const ROUNDER = 1.5 * 2 ** 23 + 127;
const MANTISSA_BITS = 23;
const LN2_HIGH = 0.693359375;
const LN2_LOW = Math.LN2 - LN2_HIGH;

/** The cubic c: e^x to 2.1e-7 of its value, but `e^x - 1` near 0 only to 1e-6. Highest power first. */
export const CUBIC: Coefficients = [
  0.008312520571053028,
  0.04189015552401543,
  0.16667114198207855,
  0.499992311000824,
];

/** The quartic c, fitted likewise: error 3e-9 before rounding, so that `e^x - 1` keeps its digits near 0. */
export const QUARTIC: Coefficients = [
  0.0013814609264954925,
  0.008368716575205326,
  0.04166838899254799,
  0.1666652113199234,
  0.4999999403953552,
];

/** Coefficients of c, highest power first. */
export type Coefficients = readonly [number, ...number[]];

/**
 * `x = e^x` for each vector, in place; relative error below 3e-7.
 *
 * For x up to 88; below -87.7 the result is 0, also for minus infinity.
 */
export function exp(machine: VectorMachine, xs: readonly Vector[]): void {
  machine.scope(() => {
    const parts = exponentialParts(machine, xs, CUBIC);
    xs.forEach((x, i) => {
      const { power, rest } = parts[i]!;
      machine.copy(x, power);
      machine.fma(x, rest, power);
    });
  });
}

/** `e^x = power * (1 + rest)`, `power` a power of two. */
export interface ExponentialParts {
  /** 2^n. */
  readonly power: Vector;
  /** `e^r - 1`, |r| <= ln 2 / 2. */
  readonly rest: Vector;
}

/** Splits `e^x`; clobbers `xs`, takes the registers of the result from the caller's scope. */
export function exponentialParts(
  machine: VectorMachine,
  xs: readonly Vector[],
  coefficients: Coefficients,
): readonly ExponentialParts[] {
  const parts = xs.map(() => ({ power: machine.vector(), rest: machine.vector() }));
  machine.scope(() => {
    const a = machine.vector();
    const b = machine.vector();
    const each = (body: (x: Vector, power: Vector, rest: Vector) => void): void =>
      parts.forEach(({ power, rest }, i) => body(xs[i]!, power, rest));
    machine.constant(a, LOWEST);
    each((x) => machine.maximum(x, a, x));
    machine.constant(a, Math.LOG2E);
    machine.constant(b, ROUNDER);
    each((x, power) => {
      machine.copy(power, x);
      machine.horner(power, a, b);
    });
    each((_, power, n) => {
      machine.subtract(n, power, b);
      machine.shiftLeftInt32(power, power, MANTISSA_BITS);
    });
    machine.constant(a, -LN2_HIGH);
    each((x, _, n) => machine.fma(x, n, a));
    machine.constant(a, -LN2_LOW);
    each((x, _, n) => machine.fma(x, n, a));
    emitRest(machine, coefficients, each, a);
  });
  return parts;
}

/** `rest = r + r² * c(r)`, where `x` holds r. */
function emitRest(
  machine: VectorMachine,
  [highest, ...others]: Coefficients,
  each: (body: (x: Vector, power: Vector, rest: Vector) => void) => void,
  temporary: Vector,
): void {
  each((_x, _power, rest) => machine.constant(rest, highest));
  for (const coefficient of others) {
    machine.constant(temporary, coefficient);
    each((x, _, rest) => machine.horner(rest, x, temporary));
  }
  each((x, _, rest) => {
    machine.multiply(rest, rest, x);
    machine.horner(rest, x, x);
  });
}
