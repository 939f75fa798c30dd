/**
 * A post-op by itself, on any array of activations: for graphs in which it does not follow a product.
 *
 * Cost: the operations of the function (relu 1, gelu 16, tanh 19 and a division) and one load and store a vector. Limits:
 * arithmetic, except relu, which is bound by memory.
 *
 * @module
 */
import type { Target } from "../machine.ts";
import { takeVectors } from "./columns.ts";
import { defineOp, type Op } from "./op.ts";
import { applyPostOp, type PostOp } from "./post_op.ts";

/** Which `elementwise` kernel. */
export interface ElementwiseOptions {
  /** Instruction set. */
  readonly target: Target;
  /** The function. */
  readonly post: Exclude<PostOp, "none">;
}

/** What one call of `elementwise` works on. */
export interface ElementwiseArguments {
  /** `length` float32. */
  readonly x: number;
  /** `length` float32; overwritten. May be x. */
  readonly y: number;
  /** Number of float32, a multiple of 16: whole panels always are. */
  readonly length: number;
}

const FLOATS_AT_ONCE = 16;

/** `y = post(x)`; the id begins with the function's name. */
export function elementwise({ target, post }: ElementwiseOptions): Op<ElementwiseArguments> {
  return defineOp({
    id: `${post}_f32_${target}`,
    slots: ["x", "y", "turns"],
    derive: ({ x, y, length }: ElementwiseArguments) => ({ x, y, turns: length / FLOATS_AT_ONCE }),
    emit: (machine, argument) => {
      const [x, y] = [argument("x"), argument("y")];
      const bytes = machine.lanes * 4;
      const values = takeVectors(machine, FLOATS_AT_ONCE / machine.lanes);
      machine.repeat(argument("turns"), () => {
        values.forEach((value, v) => machine.load(value, { base: x, disp: v * bytes }));
        applyPostOp(machine, post, values, values.length);
        values.forEach((value, v) => machine.store({ base: y, disp: v * bytes }, value));
        for (const pointer of [x, y]) machine.increase(pointer, FLOATS_AT_ONCE * 4);
      });
    },
  });
}
