/**
 * The loops of training on a kernel back end.
 *
 * @module
 */
import type { Target } from "../../kernels/mod.ts";
import { type Loops, plainLoops } from "./loops.ts";
import { openMultiplier } from "./product.ts";

/** Loops on a back end. Disposing them frees its memory and code. */
export interface FastLoops extends Loops, Disposable {
  /** Instruction set in use. */
  readonly target: Target;
}

/** {@linkcode Loops} on an instruction set; unless told otherwise, on the fastest that works here. */
export function fastLoops(target?: Target): FastLoops {
  const multiplier = openMultiplier(target);
  return {
    ...plainLoops,
    target: multiplier.target,
    matMul: multiplier.multiply,
    [Symbol.dispose]: () => multiplier[Symbol.dispose](),
  };
}
