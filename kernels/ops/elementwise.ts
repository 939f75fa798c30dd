/**
 * A post-op by itself, on any array of activations: for graphs in which it does not follow a product.
 *
 * Cost: the operations of the function (relu 1, gelu 14, tanh 19 and a division) and one load and store a vector. Limits:
 * arithmetic, except relu, which is bound by memory.
 *
 * @module
 */
import type { Target } from "../machine.ts";
import { defineOp, type Op } from "./op.ts";
import { applyPostOp, emitPass, type PostOp, prefersPass } from "./post_op.ts";
import { LANES } from "./tile.ts";

/** Which `elementwise` kernel. */
export interface ElementwiseOptions {
  /** Instruction set. */
  readonly target: Target;
  /** The function; `none` copies. */
  readonly post: PostOp;
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

/** `y = post(x)`; the id begins with the function's name, or `copy`. */
export function elementwise({ target, post }: ElementwiseOptions): Op<ElementwiseArguments> {
  const lanes = LANES[target];
  return defineOp({
    id: `${post === "none" ? "copy" : post}_f32_${target}`,
    slots: ["x", "y", "vectors"],
    derive: ({ x, y, length }: ElementwiseArguments) => ({ x, y, vectors: length / lanes }),
    emit: (machine, argument) => {
      const [x, y, vectors] = [argument("x"), argument("y"), argument("vectors")];
      if (prefersPass(machine, post)) return emitPass(machine, x, y, vectors);
      const value = machine.vector();
      machine.repeat(vectors, () => {
        machine.load(value, { base: x });
        applyPostOp(machine, post, [value], 1);
        machine.store({ base: y }, value);
        for (const pointer of [x, y]) machine.increase(pointer, 4 * lanes);
      });
    },
  });
}
