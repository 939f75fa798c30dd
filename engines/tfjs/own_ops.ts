/**
 * Operators for training: our own kernels where they are faster or differentiable, tfjs' where they are not the point.
 *
 * @module
 */
import { numberAttribute, stringAttribute } from "../../models/mod.ts";
import type { Heap, Tf, TfTensor } from "./heap.ts";
import { type NodeCall, type Ops, permutation, stockOps } from "./ops.ts";
import { conv, pool } from "./own_convolution.ts";
import { runOwn } from "./own_kernel.ts";
import { transpose } from "./own_moves.ts";
import { normalise } from "./own_norm.ts";
import { matMul } from "./own_products.ts";

/** {@linkcode Ops} for training; `registerOwnKernels` comes first. */
export function ownOps(tf: Tf, heap: Heap): Ops {
  const stock = stockOps(tf);
  return {
    tf,
    node: (call) => {
      const own = ownNode(tf, call);
      return own ? [own] : stock.node(call);
    },
    linear: (x, weight, bias) => runOwn(tf, "Linear", { x, weight, bias }),
    product: (a, b, perm) => matMul(tf, a, transpose(tf, b, perm), false, true),
    softmax: (x, scale, mask) =>
      runOwn(tf, "Softmax", { x, mask }, {
        scale,
        keys: x.shape.at(-1)!,
        rowsPerMask: x.size / mask.size,
      }),
    normalise: (call) => normalise(tf, heap, call),
    dropout: (x, rate, seed) => runOwn(tf, "Dropout", { x }, { rate, seed }),
  };
}

function ownNode(tf: Tf, call: NodeCall): TfTensor | null {
  const { node, count, input } = call;
  switch (node.op) {
    case "Gelu":
      return stringAttribute(node, "approximate") === "none"
        ? runOwn(tf, "Gelu", { x: input(0) })
        : null;
    case "Gather":
      return input(0).dtype === "float32"
        ? gather(tf, input(0), input(1), numberAttribute(node, "axis"))
        : null;
    case "LayerNormalization": {
      const axis = numberAttribute(node, "axis");
      if (count < 3 || (axis !== -1 && axis !== input(0).rank - 1)) return null;
      const epsilon = numberAttribute(node, "epsilon");
      return runOwn(tf, "LayerNorm", { x: input(0), gain: input(1), bias: input(2) }, { epsilon });
    }
    case "Conv":
      return conv(tf, call);
    case "MaxPool":
      return pool(tf, call);
    case "Relu":
      return runOwn(tf, "Relu", { x: input(0) });
    case "MatMul": {
      const batches = [input(0), input(1)].map(({ shape }) => shape.slice(0, -2).join());
      return batches[0] === batches[1] ? matMul(tf, input(0), input(1), false, false) : null;
    }
    case "Transpose":
      return transpose(
        tf,
        input(0),
        permutation(node) ?? [...input(0).shape.keys()].reverse(),
      );
    default:
      return null;
  }
}

function gather(tf: Tf, data: TfTensor, indices: TfTensor, axis: number): TfTensor {
  const at = axis < 0 ? axis + data.rank : axis;
  const shape = [...data.shape.slice(0, at), ...indices.shape, ...data.shape.slice(at + 1)];
  return runOwn(tf, "Gather", { data, indices }, { axis: at, shape });
}
