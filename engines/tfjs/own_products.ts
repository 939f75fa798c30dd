/**
 * Kernels of linear layers and matrix products, with their gradients, which are products again.
 *
 * @module
 */
import { sizeOf } from "../../core/mod.ts";
import type { Heap, Tf, TfInfo, TfTensor } from "./heap.ts";
import type { Loops, Product } from "./loops.ts";
import type { FrozenLayers } from "./sparse/frozen.ts";
import { type KernelSpec, runOwn } from "./own_kernel.ts";

/** `[rows, last]` of a tensor seen as a matrix. */
function matrixOf({ shape }: TfInfo): [rows: number, cols: number] {
  const cols = shape.at(-1) ?? 1;
  return [sizeOf(shape) / cols, cols];
}

/** Linear, its gradients, and MatMul. */
export function productKernels(
  tf: Tf,
  heap: Heap,
  loops: Loops,
  frozen: FrozenLayers,
): readonly KernelSpec[] {
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
        const shape = [...x!.shape.slice(0, -1), n];
        frozen.refresh(weight!, heap.float32(weight!), heap.float32(bias!));
        const sparse = frozen.layerOf(weight!, "forward", m);
        if (sparse) {
          const y = heap.allocate(shape);
          sparse.forward(heap.float32(x!), heap.float32(y));
          return y;
        }
        const sizes = { m, n, k, transposeA: false, transposeB: true, batch: 1 };
        return product(x!, weight!, bias!, sizes, shape);
      },
      gradient: {
        save: ["x", "weight"],
        by: (dy, [x, weight]) => ({
          x: () => runOwn(tf, "LinearByInput", { dy, weight: weight! }),
          weight: () => runOwn(tf, "LinearByWeight", { dy, x: x!, weight: weight! }),
          bias: () => runOwn(tf, "ColumnSums", { x: dy }),
        }),
      },
    },
    {
      name: "LinearByInput",
      run: ({ dy, weight }) => {
        const [m, k] = matrixOf(dy!);
        const n = weight!.shape[1]!;
        const shape = [...dy!.shape.slice(0, -1), n];
        const sparse = frozen.layerOf(weight!, "byInput", m);
        if (sparse) {
          const dx = heap.allocate(shape);
          sparse.byInput(heap.float32(dy!), heap.float32(dx));
          return dx;
        }
        const sizes = { m, n, k, transposeA: false, transposeB: false, batch: 1 };
        return product(dy!, weight!, null, sizes, shape);
      },
    },
    {
      name: "LinearByWeight",
      run: ({ dy, x, weight }) => {
        const [k, m] = matrixOf(dy!);
        const [, n] = matrixOf(x!);
        const sparse = frozen.layerOf(weight!, "byWeight", k);
        if (sparse) {
          const dw = heap.allocate([m, n]);
          sparse.byWeight(heap.float32(dy!), heap.float32(x!), heap.float32(dw));
          return dw;
        }
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
