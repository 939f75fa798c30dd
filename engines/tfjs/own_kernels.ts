/**
 * Kernels that tfjs' WebAssembly backend lacks or does slowly, with their gradients, registered under names of our own.
 *
 * tfjs records them on its tape like its own, so a graph made of both differentiates as one. Gradients are asked for one input at a
 * time, and only where someone wants them.
 *
 * @module
 */
import type * as tfjs from "@tensorflow/tfjs";
import { sizeOf } from "../../core/mod.ts";
import { dropMask, gatherRows, permute, scatterRows } from "./data_loops.ts";
import type { Heap, Tf, TfInfo, TfTensor } from "./heap.ts";
import type { Loops, MaskedRows, Product } from "./loops.ts";

/** Attributes of a kernel call; each kernel reads its own. */
export type KernelAttributes = Readonly<
  Record<string, number | boolean | readonly number[]>
>;

/** Tensors of a kernel call by name. */
type Infos = Readonly<Record<string, TfInfo>>;

interface KernelSpec {
  readonly name: string;
  readonly run: (inputs: Infos, attributes: KernelAttributes) => TfInfo;
  /** Absent for kernels that only gradients use. */
  readonly gradient?: {
    readonly save: readonly string[];
    readonly saveOutput?: boolean;
    readonly by: (
      dy: TfTensor,
      saved: readonly TfTensor[],
      attributes: KernelAttributes,
    ) => Readonly<Record<string, () => TfTensor>>;
  };
}

/** Prefix of the names under which kernels are registered. */
const PREFIX = "Skipzero";

/**
 * Registers all kernels, in place of those of an earlier call.
 *
 * @param loops What does the heavy work.
 */
export function registerOwnKernels(tf: Tf, heap: Heap, loops: Loops): void {
  const specs = [
    ...matrixKernels(tf, heap, loops),
    ...rowKernels(tf, heap, loops),
    ...elementKernels(tf, heap, loops),
    ...dataKernels(tf, heap),
  ];
  // tfjs' own copies the elements, for every tensor that a gradient keeps: 8 ms a step of BERT-mini.
  replaceKernel(tf, "Identity", ({ x }) => heap.share(x!));
  for (const { name, run, gradient } of specs) {
    const kernelName = PREFIX + name;
    replaceKernel(tf, kernelName, run);
    if (tf.getGradient(kernelName)) tf.unregisterGradient(kernelName);
    if (!gradient) continue;
    tf.registerGradient({
      kernelName,
      inputsToSave: [...gradient.save],
      outputsToSave: gradient.saveOutput ? [true] : [],
      // One output each, so dy is one tensor.
      gradFunc: (dy, saved, attrs) =>
        gradient.by(dy as TfTensor, saved as TfTensor[], attrs as KernelAttributes),
    });
  }
}

function replaceKernel(tf: Tf, kernelName: string, run: KernelSpec["run"]): void {
  if (tf.getKernel(kernelName, "wasm")) tf.unregisterKernel(kernelName, "wasm");
  tf.registerKernel({
    kernelName,
    backendName: "wasm",
    kernelFunc: ({ inputs, attrs }) => run(inputs as Infos, (attrs ?? {}) as KernelAttributes), // as called below
  });
}

/** Runs one of our kernels. */
export function runOwn(
  tf: Tf,
  name: string,
  inputs: Readonly<Record<string, TfTensor>>,
  attributes: KernelAttributes = {},
): TfTensor {
  return tf.engine().runKernel(
    PREFIX + name,
    inputs as tfjs.NamedTensorMap,
    attributes as tfjs.NamedAttrMap, // plain numbers, booleans and lists
  ) as TfTensor; // one output each
}

/** `[rows, last]` of a tensor seen as a matrix. */
function matrixOf({ shape }: TfInfo): [rows: number, cols: number] {
  const cols = shape.at(-1) ?? 1;
  return [sizeOf(shape) / cols, cols];
}

function matrixKernels(tf: Tf, heap: Heap, loops: Loops): readonly KernelSpec[] {
  /** `a · b` of matrices given as tensors of any rank; the result's shape is an attribute. */
  function product(
    a: TfInfo,
    b: TfInfo,
    bias: TfInfo | null,
    sizes: Product,
    shape: readonly number[],
  ): TfInfo {
    const out = heap.allocate(shape);
    loops.matMul(
      heap.float32(a),
      heap.float32(b),
      bias && heap.float32(bias),
      sizes,
      heap.float32(out),
    );
    return out;
  }
  return [
    {
      name: "Linear",
      run: ({ x, weight, bias }) => {
        const [m, k] = matrixOf(x!);
        const n = weight!.shape[0]!;
        const sizes = { m, n, k, transposeA: false, transposeB: true, batch: 1 };
        return product(x!, weight!, bias!, sizes, [...x!.shape.slice(0, -1), n]);
      },
      gradient: {
        save: ["x", "weight"],
        by: (dy, [x, weight]) => ({
          x: () => runOwn(tf, "LinearByInput", { dy, weight: weight! }),
          weight: () => runOwn(tf, "LinearByWeight", { dy, x: x! }),
          bias: () => runOwn(tf, "ColumnSums", { x: dy }),
        }),
      },
    },
    {
      name: "LinearByInput",
      run: ({ dy, weight }) => {
        const [m, k] = matrixOf(dy!);
        const n = weight!.shape[1]!;
        const sizes = { m, n, k, transposeA: false, transposeB: false, batch: 1 };
        return product(dy!, weight!, null, sizes, [...dy!.shape.slice(0, -1), n]);
      },
    },
    {
      name: "LinearByWeight",
      run: ({ dy, x }) => {
        const [k, m] = matrixOf(dy!);
        const [, n] = matrixOf(x!);
        const sizes = { m, n, k, transposeA: true, transposeB: false, batch: 1 };
        return product(dy!, x!, null, sizes, [m, n]);
      },
    },
    {
      name: "MatMul",
      run: ({ a, b }, { transposeA, transposeB }) => {
        const sizes = productOf(a!, b!, transposeA === true, transposeB === true);
        return product(a!, b!, null, sizes, [...a!.shape.slice(0, -2), sizes.m, sizes.n]);
      },
      gradient: {
        save: ["a", "b"],
        by: (dy, [a, b], { transposeA, transposeB }) => ({
          // The four cases of d(op(a) · op(b)), each a product again.
          a: () =>
            transposeA
              ? matMul(tf, b!, dy, transposeB === true, true)
              : matMul(tf, dy, b!, false, !transposeB),
          b: () =>
            transposeB
              ? matMul(tf, dy, a!, true, transposeA === true)
              : matMul(tf, a!, dy, !transposeA, false),
        }),
      },
    },
  ];
}

/** Batched product; all but the last two axes of both are equal. */
export function matMul(
  tf: Tf,
  a: TfTensor,
  b: TfTensor,
  transposeA: boolean,
  transposeB: boolean,
): TfTensor {
  return runOwn(tf, "MatMul", { a, b }, { transposeA, transposeB });
}

function productOf(a: TfInfo, b: TfInfo, transposeA: boolean, transposeB: boolean): Product {
  const [aRows, aCols] = a.shape.slice(-2) as [number, number];
  const [bRows, bCols] = b.shape.slice(-2) as [number, number];
  const [m, k] = transposeA ? [aCols, aRows] : [aRows, aCols];
  const [inner, n] = transposeB ? [bCols, bRows] : [bRows, bCols];
  if (inner !== k || a.shape.slice(0, -2).join() !== b.shape.slice(0, -2).join()) {
    throw new RangeError(
      `Cannot multiply [${a.shape}]${transposeA ? "ᵀ" : ""} by [${b.shape}]${
        transposeB ? "ᵀ" : ""
      }: sizes do not fit`,
    );
  }
  return { m, n, k, transposeA, transposeB, batch: sizeOf(a.shape.slice(0, -2)) };
}

function rowKernels(tf: Tf, heap: Heap, loops: Loops): readonly KernelSpec[] {
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
        saveOutput: true,
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

function elementKernels(tf: Tf, heap: Heap, loops: Loops): readonly KernelSpec[] {
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
        dropMask(heap.float32(x!), Number(rate), Number(seed), heap.float32(y));
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

function dataKernels(tf: Tf, heap: Heap): readonly KernelSpec[] {
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
        permute(float32(x!), x!.shape, axes, float32(out));
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
