/**
 * Kernels that move data, with their gradients: look-ups and permutations.
 *
 * @module
 */
import { sizeOf } from "../../core/mod.ts";
import { gatherRows, scatterRows } from "./data_loops.ts";
import type { Heap, Tf, TfTensor } from "./heap.ts";
import type { Loops } from "./loops.ts";
import { type KernelSpec, runOwn } from "./own_kernel.ts";

/** Gather and Transpose. */
export function moveKernels(tf: Tf, heap: Heap, loops: Loops): readonly KernelSpec[] {
  const { float32 } = heap;
  return [
    {
      name: "Gather",
      run: ({ data, indices }, { axis, shape }) => {
        const out = heap.allocate(shape as readonly number[]); // set by gather()
        const inner = sizeOf(data!.shape.slice(Number(axis) + 1));
        const sizes = { size: data!.shape[Number(axis)]!, inner };
        gatherRows(float32(data!), heap.int32(indices!), sizes, float32(out));
        return out;
      },
      gradient: {
        save: ["data", "indices"],
        by: (dy, [data, indices], attributes) => ({
          data: () =>
            runOwn(tf, "GatherByData", { dy, indices: indices! }, {
              ...attributes,
              shape: data!.shape,
            }),
        }),
      },
    },
    {
      name: "GatherByData",
      run: ({ dy, indices }, { axis, shape }) => {
        const sizes = shape as readonly number[]; // set just above
        const out = heap.allocate(sizes);
        const inner = sizeOf(sizes.slice(Number(axis) + 1));
        const places = { size: sizes[Number(axis)]!, inner };
        scatterRows(float32(dy!), heap.int32(indices!), places, float32(out));
        return out;
      },
    },
    {
      name: "Transpose",
      run: ({ x }, { perm }) => {
        const axes = perm as readonly number[]; // set by transpose()
        const out = heap.allocate(axes.map((axis) => x!.shape[axis]!));
        loops.permute(float32(x!), x!.shape, axes, float32(out));
        return out;
      },
      gradient: {
        save: [],
        by: (dy, _, { perm }) => ({ x: () => transpose(tf, dy, inverse(perm as number[])) }), // as above
      },
    },
  ];
}

/** Permutes axes. */
export function transpose(tf: Tf, x: TfTensor, perm: readonly number[]): TfTensor {
  return runOwn(tf, "Transpose", { x }, { perm });
}

function inverse(perm: readonly number[]): number[] {
  return perm.map((_, axis) => perm.indexOf(axis));
}
