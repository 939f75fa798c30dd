/**
 * From an entry of the list of kernels to a kernel that can be emitted, with the sizes of a small transformer.
 *
 * @module
 */
import { type KernelCase, KERNELS } from "./kernels.ts";
import type { Kernel, Target } from "./machine.ts";
import {
  attentionContext,
  attentionScores,
  broadcastSpmm,
  broadcastU8S8,
  clearPads,
  compressRow,
  convolution,
  convolutionTile,
  copyPlanes,
  dotSpmm,
  elementwise,
  embed,
  evaluateRows,
  fillRows,
  gatherRows,
  globalPooling,
  kthLargest,
  layerNorm,
  pairProducts,
  permuteSpmm,
  pooling,
  scatterCells,
  softmax,
  softmaxRows,
  sparseSparse,
  spmm,
  spmmU8S8,
  WIDEST_POOLING,
  widestPanel,
  widestPooledPanel,
} from "./ops/mod.ts";

/** Width of the layers of BERT-mini, and one over the root of its attention heads' 64 features. */
const HIDDEN = 256;
const SCALE = 1 / 8;
const EPSILON = 1e-12;

/**
 * The kernel of an entry on a target.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * assertEquals(kernelOf({ op: "softmax" }, "avx2").id, "softmax_f32_avx2_64");
 * ```
 */
export function kernelOf(entry: KernelCase, target: Target): Kernel {
  switch (entry.op) {
    case "spmm":
      return spmm({ ...entry, target });
    case "broadcast_u8s8":
      return broadcastU8S8({
        ...entry,
        target,
        tokens: 1,
        xStride: HIDDEN,
        yStride: 4 * HIDDEN,
      });
    case "spmm_u8s8":
      return spmmU8S8({ ...entry, target });
    case "broadcast":
      return broadcastSpmm({
        ...entry,
        target,
        tokens: 1,
        xStride: 4 * HIDDEN,
        yStride: 4 * HIDDEN,
      });
    case "convolution": {
      const { rows, pool } = entry;
      const vectors = pool ? widestPooledPanel(target, rows, pool) : widestPanel(target, rows);
      return convolution({ ...entry, target, tile: convolutionTile(rows, vectors, pool) });
    }
    case "copy_planes":
      return copyPlanes({ target, step: entry.step });
    case "sparse_sparse":
      return sparseSparse({ ...entry, target });
    case "compress_row":
      return compressRow({ ...entry, target });
    case "kth_largest":
      return kthLargest({ target });
    case "fill_rows":
      return fillRows({ target });
    case "softmax_rows":
      return softmaxRows({ target });
    case "evaluate_rows": {
      const sum = { op: "add", a: { op: "x", row: 0 }, b: { op: "constants", row: 0 } } as const;
      return evaluateRows({ target, rows: [{ op: "exp", a: sum }], rowBytes: 4 * HIDDEN });
    }
    case "clear_pads":
      return clearPads({ target });
    case "scatter_cells":
      return scatterCells({ target });
    case "pooling":
      return pooling({ ...entry, target, vectors: WIDEST_POOLING });
    case "global_pooling":
      return globalPooling({ target, pooling: entry.pooling });
    case "dot":
      return dotSpmm({ ...entry, target, tokens: 1, xStride: 4 * HIDDEN, yStride: 4 * HIDDEN });
    case "permute":
      return permuteSpmm({ ...entry, target, tokens: 1, xStride: 4 * HIDDEN, yStride: 4 * HIDDEN });
    case "layer_norm":
      return layerNorm({ target, rows: HIDDEN, epsilon: EPSILON, residual: entry.residual });
    case "elementwise":
      return elementwise({ target, post: entry.post });
    case "attention_scores":
      return attentionScores({ target, scale: SCALE });
    case "attention_context":
      return attentionContext({ target });
    case "softmax":
      return softmax({ target });
    case "embed":
      return embed({ target, hidden: HIDDEN });
    case "gather_rows":
      return gatherRows({ ...entry, target });
    case "pair_products":
      return pairProducts({ target, features: 128, count: 27 });
  }
}

/** Every kernel of the list on a target. */
export function kernelsOf(target: Target): readonly Kernel[] {
  return KERNELS.map((entry) => kernelOf(entry, target));
}
