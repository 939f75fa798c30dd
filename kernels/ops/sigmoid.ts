/**
 * The logistic function on registers.
 *
 * Idea: `sigmoid(x) = 1 / (1 + e^-x)`. From x = -88 on e^-x would leave float32; the result there is 6e-39, where 0 is meant.
 * Relative error below 4e-7 for x > -87. Cost: 16 operations and a division.
 *
 * @module
 */
import type { Vector, VectorMachine } from "../machine.ts";
import { exp } from "./exp.ts";

const LARGEST_EXPONENT = 88;

/** `x = sigmoid(x)` for each vector, in place. Takes 2 registers for each vector and 2 besides. */
export function sigmoid(machine: VectorMachine, xs: readonly Vector[]): void {
  machine.scope(() => {
    const constant = machine.vector();
    machine.zero(constant);
    xs.forEach((x) => machine.subtract(x, constant, x));
    machine.constant(constant, LARGEST_EXPONENT);
    xs.forEach((x) => machine.minimum(x, constant, x)); // in this order NaN stays NaN
  });
  exp(machine, xs);
  machine.scope(() => {
    const one = machine.vector();
    machine.constant(one, 1);
    xs.forEach((x) => {
      machine.add(x, x, one);
      machine.divide(x, one, x);
    });
  });
}
