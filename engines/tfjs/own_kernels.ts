/**
 * Kernels that tfjs' WebAssembly backend lacks or does slowly, with their gradients, registered under names of our own.
 *
 * tfjs records them on its tape like its own, so a graph made of both differentiates as one. Gradients are asked for one input at a
 * time, and only where someone wants them.
 *
 * @module
 */
import type { Heap, Tf } from "./heap.ts";
import type { Loops } from "./loops.ts";
import { elementKernels } from "./own_elements.ts";
import { type FrozenLayers, NOTHING_FROZEN } from "./sparse/frozen.ts";
import { registerOwn, replaceKernel } from "./own_kernel.ts";
import { moveKernels } from "./own_moves.ts";
import { convolutionKernels } from "./own_convolution.ts";
import { normKernels } from "./own_norm.ts";
import { productKernels } from "./own_products.ts";
import { rowKernels } from "./own_rows.ts";

/**
 * Registers all kernels, in place of those of an earlier call.
 *
 * @param loops What does the heavy work.
 * @param frozen Weights of which layers skip what is pruned; default none.
 */
export function registerOwnKernels(
  tf: Tf,
  heap: Heap,
  loops: Loops,
  frozen: FrozenLayers = NOTHING_FROZEN,
): void {
  const specs = [
    ...productKernels(tf, heap, loops, frozen),
    ...rowKernels(tf, heap, loops),
    ...elementKernels(tf, heap, loops),
    ...convolutionKernels(tf, heap, loops, frozen),
    ...normKernels(tf, heap, loops),
    ...moveKernels(tf, heap, loops),
  ];
  // tfjs' own copies the elements, for every tensor that a gradient keeps: 8 ms a step of BERT-mini.
  replaceKernel(tf, "Identity", ({ x }) => heap.share(x!));
  for (const spec of specs) registerOwn(tf, spec);
}
