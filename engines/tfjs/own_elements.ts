/**
 * Kernels that work element by element, with their gradients: GELU and dropout.
 *
 * @module
 */
import type { Heap, Tf } from "./heap.ts";
import type { Loops } from "./loops.ts";
import { type KernelSpec, runOwn } from "./own_kernel.ts";

/** Gelu and Dropout. */
export function elementKernels(tf: Tf, heap: Heap, loops: Loops): readonly KernelSpec[] {
  return [
    {
      name: "Gelu",
      run: ({ x }) => {
        const y = heap.allocate(x!.shape);
        loops.gelu(heap.float32(x!), heap.float32(y));
        return y;
      },
      gradient: {
        save: ["x"],
        by: (dy, [x]) => ({ x: () => runOwn(tf, "GeluByInput", { x: x!, dy }) }),
      },
    },
    {
      name: "GeluByInput",
      run: ({ x, dy }) => {
        const dx = heap.allocate(x!.shape);
        loops.geluGradient(heap.float32(x!), heap.float32(dy!), heap.float32(dx));
        return dx;
      },
    },
    {
      name: "Dropout",
      run: ({ x }, { rate, seed }) => {
        const y = heap.allocate(x!.shape);
        loops.dropout(heap.float32(x!), Number(rate), Number(seed), heap.float32(y));
        return y;
      },
      gradient: {
        save: [],
        // The same seed drops the same elements of the gradient.
        by: (dy, _, attributes) => ({ x: () => runOwn(tf, "Dropout", { x: dy }, attributes) }),
      },
    },
  ];
}
