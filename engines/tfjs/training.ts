/**
 * tfjs set up for training.
 *
 * @module
 */
import { type Heap, openTfjs } from "./heap.ts";
import { type Loops, plainLoops } from "./loops.ts";
import type { Ops } from "./ops.ts";
import { registerOwnKernels } from "./own_kernels.ts";
import { ownOps } from "./own_ops.ts";

/** What training runs on. */
export interface TrainingTfjs {
  /** Differentiable operators. */
  readonly ops: Ops;
  /** Memory of the tensors. */
  readonly heap: Heap;
  /** Heavy loops. */
  readonly loops: Loops;
}

/** Starts tfjs with our own kernels. */
export async function openTraining(): Promise<TrainingTfjs> {
  const { tf, heap } = await openTfjs();
  const loops = plainLoops;
  registerOwnKernels(tf, heap, loops);
  return { ops: ownOps(tf), heap, loops };
}
