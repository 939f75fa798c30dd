/**
 * Kernels that work row by row, with their gradients: layer normalisation, softmax, sums of columns.
 *
 * @module
 */
import type { Heap, Tf } from "./heap.ts";
import type { Loops, MaskedRows } from "./loops.ts";
import { type KernelAttributes, type KernelSpec, runOwn } from "./own_kernel.ts";

/** LayerNorm, Softmax and ColumnSums. */
export function rowKernels(tf: Tf, heap: Heap, loops: Loops): readonly KernelSpec[] {
  const { float32 } = heap;
  const masked = ({ keys, rowsPerMask, scale }: KernelAttributes): MaskedRows => ({
    keys: Number(keys),
    rowsPerMask: Number(rowsPerMask),
    scale: Number(scale),
  });
  return [
    {
      name: "LayerNorm",
      run: ({ x, gain, bias }, { epsilon }) => {
        const y = heap.allocate(x!.shape);
        loops.layerNorm(float32(x!), float32(gain!), float32(bias!), Number(epsilon), float32(y));
        return y;
      },
      gradient: {
        save: ["x", "gain"],
        by: (dy, [x, gain], attributes) => {
          const part = (name: string) => () =>
            runOwn(tf, "LayerNormSums", { x: x!, dy, gain: gain! }, {
              ...attributes,
              bias: name === "bias",
            });
          return {
            x: () => runOwn(tf, "LayerNormByInput", { x: x!, gain: gain!, dy }, attributes),
            gain: part("gain"),
            bias: part("bias"),
          };
        },
      },
    },
    {
      name: "LayerNormByInput",
      run: ({ x, gain, dy }, { epsilon }) => {
        const dx = heap.allocate(x!.shape);
        loops.layerNormGradient(
          float32(x!),
          float32(gain!),
          float32(dy!),
          Number(epsilon),
          float32(dx),
        );
        return dx;
      },
    },
    {
      name: "LayerNormSums",
      run: ({ x, dy, gain }, { epsilon, bias }) => {
        const out = heap.allocate(gain!.shape);
        if (bias) loops.columnSums(float32(dy!), float32(out));
        else loops.layerNormSums(float32(x!), float32(dy!), Number(epsilon), float32(out));
        return out;
      },
    },
    {
      name: "Softmax",
      run: ({ x, mask }, attributes) => {
        const y = heap.allocate(x!.shape);
        loops.softmax(float32(x!), float32(mask!), masked(attributes), float32(y));
        return y;
      },
      gradient: {
        save: [],
        saveOutput: 1,
        by: (dy, [y], attributes) => ({
          // The mask comes from the inputs and has no gradient.
          x: () => runOwn(tf, "SoftmaxByInput", { y: y!, dy }, attributes),
        }),
      },
    },
    {
      name: "SoftmaxByInput",
      run: ({ y, dy }, attributes) => {
        const dx = heap.allocate(y!.shape);
        loops.softmaxGradient(float32(y!), float32(dy!), masked(attributes), float32(dx));
        return dx;
      },
    },
    {
      name: "ColumnSums",
      run: ({ x }) => {
        const sums = heap.allocate(x!.shape.slice(-1));
        loops.columnSums(float32(x!), float32(sums));
        return sums;
      },
    },
  ];
}
