/**
 * tfjs set up for training.
 *
 * @module
 */
import { type Heap, openTfjs } from "./heap.ts";
import { fastLoops, type LoopsOptions } from "./fast_loops.ts";
import type { Target } from "../../kernels/mod.ts";
import type { Loops } from "./loops.ts";
import type { Ops } from "./ops.ts";
import { restoreKernels } from "./own_kernel.ts";
import { registerOwnKernels } from "./own_kernels.ts";
import { ownOps } from "./own_ops.ts";
import {
  type FrozenWeight,
  type FrozenWeights,
  openFrozenTable,
  type WantedGradients,
} from "./sparse/frozen.ts";

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
  /** Threads of the loops. */
  readonly threads: number;
  /**
   * Says that masks of weights, of linear layers or convolutions, no longer change, so that products skip what is pruned. In place of
   * those said before.
   *
   * Weights may change as they like where they are kept; each pass takes them over.
   */
  freeze(weights: readonly FrozenWeight[], wanted: WantedGradients): FrozenWeights;
  /** Has tfjs run these kernels again, after another opening or {@linkcode TrainingTfjs.release} took them away. */
  take(): void;
  /** Leaves tfjs to its own kernels. */
  release(): void;
}

/**
 * Starts tfjs with our own kernels. There is one tfjs in a process: opening it again takes the kernels away from the one before.
 *
 * Seeds that train side by side, one process each, want one thread each; a seed alone wants one a core.
 */
export async function openTraining(options: LoopsOptions = {}): Promise<TrainingTfjs> {
  const { tf, heap } = await openTfjs();
  const loops = fastLoops(options);
  const frozen = openFrozenTable(loops);
  const take = (): void => registerOwnKernels(tf, heap, loops, frozen);
  take();
  return {
    ops: ownOps(tf, heap),
    heap,
    loops,
    target: loops.target,
    threads: loops.threads,
    freeze: frozen.freeze,
    take,
    release: () => restoreKernels(tf),
    [Symbol.dispose]: () => loops[Symbol.dispose](),
  };
}
