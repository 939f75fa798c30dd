/**
 * Element-wise kernels of training: GELU and its gradient, and the scores of SNIP.
 *
 * Each element depends on nothing but its own; all work in turns of {@linkcode TURN_FLOATS}. Limits: arithmetic for the GELU, memory for the
 * others.
 *
 * @module
 */
import {
  emitPass,
  type Scalar,
  type Target,
  type Vector,
  type VectorMachine,
} from "../../kernels/mod.ts";
import { type BlockKernel, defineBlockKernel } from "./block_kernel.ts";

/** Elements of a turn: whole vectors on every target. */
export const TURN_FLOATS = 16;

/** Bytes of an element. */
export const FLOAT = 4;
const ALL_BUT_SIGN = 0x7fff_ffff;

/** Runs `body` for every vector of `turns` turns, then moves the pointers on. */
export function forEachVector(
  machine: VectorMachine,
  turns: Scalar,
  pointers: readonly Scalar[],
  body: (disp: number) => void,
): void {
  machine.repeat(turns, () => {
    for (let i = 0; i < TURN_FLOATS; i += machine.lanes) machine.scope(() => body(i * FLOAT));
    for (const pointer of pointers) machine.increase(pointer, TURN_FLOATS * FLOAT);
  });
}

/** `y = gelu(x)`. */
export function gelu(target: Target): BlockKernel<"x" | "y" | "turns"> {
  return defineBlockKernel(`gelu_turns_f32_${target}`, ["x", "y", "turns"], (machine, load) => {
    const vectors = load.value("turns");
    machine.shiftLeft(vectors, Math.log2(TURN_FLOATS / machine.lanes));
    emitPass(machine, load.address("x"), load.address("y"), vectors);
  });
}

/** |x| is clamped here; the gradient is 0 or 1 to 4e-8 beyond. */
const CLAMP = 6;
/** e^(-u/16) for u in [0, 36]: minimax under the weight 8 · e^(-7u/16), error of its eighth power 1.2e-8. Highest power first. */
const EIGHTH_ROOT = [
  5.2263592759116406e-11,
  -7.409437063898849e-9,
  6.312805567176838e-7,
  -0.00004067221379955299,
  0.0019530942663550377,
  -0.06249998137354851,
  1,
] as const;
/** R below for t in [0, 6]: minimax under the weight e^(-t²/2), error 2.6e-7. Highest power first. */
const RATIO = [
  -0.000008062741471803747,
  0.00015193730359897017,
  -0.0012711361050605774,
  0.00638272799551487,
  -0.02223074622452259,
  0.059496667236089706,
  -0.13177281618118286,
  0.24975228309631348,
  -0.7978649139404297,
  0.4999997317790985,
] as const;

/**
 * `dx = dy · gelu'(x)`.
 *
 * Idea: with t = |x|, `gelu'(-t) = 1 - gelu'(t) = e^(-t²/2) · R(t)`, where `R(t) = e^(t²/2) · Q(t) - t / √2π` and Q is the upper tail of the
 * normal distribution. R is smooth, so a polynomial follows it; so does the eighth root of the exponential, which is squared three
 * times. No division, no exponential. Absolute error below 1e-6. Both fits: Lawson's algorithm in float64, coefficients then
 * rounded to float32.
 */
export function geluGradient(target: Target): BlockKernel<"x" | "dy" | "dx" | "turns"> {
  return defineBlockKernel(
    `gelu_gradient_f32_${target}`,
    ["x", "dy", "dx", "turns"],
    (machine, load) => {
      const [x, dy, dx] = [load.address("x"), load.address("dy"), load.address("dx")];
      forEachVector(machine, load.value("turns"), [x, dy, dx], (disp) => {
        const [value, t, tail, constant] = Array.from(
          { length: 4 },
          () => machine.vector(),
        ) as [Vector, Vector, Vector, Vector]; // four were taken
        machine.load(value, { base: x, disp });
        machine.constantBits(constant, ALL_BUT_SIGN);
        machine.and(t, value, constant);
        machine.constant(constant, CLAMP);
        machine.minimum(t, t, constant);
        machine.scope(() => emitTail(machine, t, tail, constant));
        // tail = gelu'(-t); t = 1 - tail = gelu'(t).
        machine.constant(constant, 1);
        machine.subtract(t, constant, tail);
        machine.zero(constant);
        machine.select(t, value, "lt", constant, tail, t);
        machine.load(tail, { base: dy, disp });
        machine.multiply(t, t, tail);
        machine.store({ base: dx, disp }, t);
      });
    },
  );
}

/** `tail = e^(-t²/2) · R(t)`. */
function emitTail(machine: VectorMachine, t: Vector, tail: Vector, constant: Vector): void {
  const [square, power] = [machine.vector(), machine.vector()];
  machine.multiply(square, t, t);
  emitPolynomial(machine, power, square, EIGHTH_ROOT, constant);
  for (let i = 0; i < 3; i++) machine.multiply(power, power, power);
  emitPolynomial(machine, tail, t, RATIO, constant);
  machine.multiply(tail, tail, power);
}

function emitPolynomial(
  machine: VectorMachine,
  to: Vector,
  x: Vector,
  [highest, ...others]: readonly [number, ...number[]],
  constant: Vector,
): void {
  machine.constant(to, highest);
  for (const coefficient of others) {
    machine.constant(constant, coefficient);
    machine.horner(to, x, constant);
  }
}

/** `scores = keep · scores + |weights · gradient|`; `keep` is the address of a vector of it. */
export function snip(
  target: Target,
): BlockKernel<"scores" | "weights" | "gradient" | "keep" | "turns"> {
  return defineBlockKernel(
    `snip_f32_${target}`,
    ["scores", "weights", "gradient", "keep", "turns"],
    (machine, load) => {
      const arrays = [load.address("scores"), load.address("weights"), load.address("gradient")];
      const [scores, weights, gradient] = arrays as [Scalar, Scalar, Scalar]; // three were loaded
      const [keep, sign] = [machine.vector(), machine.vector()];
      machine.scope(() => machine.load(keep, { base: load.address("keep") }));
      machine.constantBits(sign, ALL_BUT_SIGN);
      forEachVector(machine, load.value("turns"), arrays, (disp) => {
        const [product, other] = [machine.vector(), machine.vector()];
        machine.load(product, { base: weights, disp });
        machine.load(other, { base: gradient, disp });
        machine.multiply(product, product, other);
        machine.and(product, product, sign);
        machine.load(other, { base: scores, disp });
        machine.fma(product, other, keep);
        machine.store({ base: scores, disp }, product);
      });
    },
  );
}
