/**
 * tfjs set up for training.
 *
 * @module
 */
import { type Heap, openTfjs } from "./heap.ts";
import { fastLoops } from "./fast_loops.ts";
import type { Target } from "../../kernels/mod.ts";
import type { Loops } from "./loops.ts";
import type { Ops } from "./ops.ts";
import { registerOwnKernels } from "./own_kernels.ts";
import { ownOps } from "./own_ops.ts";

/** What training runs on. Disposing it frees the loops; tfjs stays. */
export interface TrainingTfjs extends Disposable {
  /** Differentiable operators. */
  readonly ops: Ops;
  /** Memory of the tensors. */
  readonly heap: Heap;
  /** Heavy loops. */
  readonly loops: Loops;
  /** Instruction set of the loops. */
  readonly target: Target;
}

/**
 * Starts tfjs with our own kernels. There is one tfjs in a process: opening it again takes the kernels away from the one before.
 *
 * @param target Instruction set; default: the fastest that works here.
 */
export async function openTraining(target?: Target): Promise<TrainingTfjs> {
  const { tf, heap } = await openTfjs();
  const loops = fastLoops(target);
  registerOwnKernels(tf, heap, loops);
  return {
    ops: ownOps(tf),
    heap,
    loops,
    target: loops.target,
    [Symbol.dispose]: () => loops[Symbol.dispose](),
  };
}
