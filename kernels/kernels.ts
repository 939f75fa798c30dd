/**
 * Every kernel there is, as data: conformance tests and benchmarks walk this list, so that no kernel exists untested or
 * unmeasured.
 *
 * @module
 */
import { formatPattern, parsePattern, type Pattern } from "../core/mod.ts";
import type { Pair } from "./formats/mod.ts";
import {
  makesQuads,
  POST_OPS,
  type PostOp,
  QUANTIZED_OUTPUTS,
  type QuantizedOutput,
  TOKEN_OUTPUTS,
  type TokenOutput,
} from "./ops/mod.ts";

/** A kernel without its target and sizes. */
export type KernelCase =
  | {
    /** Linear layer. */
    readonly op: "spmm";
    /** Pattern of the weights. */
    readonly pattern: Pattern;
    /** Applied to the sums. */
    readonly post: PostOp;
    /** Whether a residual is added. */
    readonly residual: boolean;
  }
  | {
    /** Linear layer on a few tokens, lanes along outputs. */
    readonly op: "broadcast";
    /** Rows of a block. */
    readonly rowsPerBlock: 4 | 8 | 16;
    /** Whether every column is stored. */
    readonly dense: boolean;
    /** Applied to the sums. */
    readonly post: PostOp;
  }
  | {
    /** INT8 linear layer of a few tokens, lanes along outputs. */
    readonly op: "broadcast_u8s8";
    /** What becomes of the sums. */
    readonly output: TokenOutput;
    /** Whether every block is stored. */
    readonly dense: boolean;
  }
  | {
    /** INT8 linear layer. */
    readonly op: "spmm_u8s8";
    /** Pattern of the weights. */
    readonly pattern: Pattern;
    /** What becomes of the sums. */
    readonly output: QuantizedOutput;
  }
  | {
    /** Linear layer on a few tokens, lanes along runs of inputs. */
    readonly op: "dot";
    /** Applied to the sums. */
    readonly post: PostOp;
  }
  | {
    /** Product of a list of activations and columns along the outputs. */
    readonly op: "sparse_sparse";
    /** Outputs of a column. */
    readonly rowsPerBlock: 1 | 4 | 8 | 16 | 32;
    /** Whether outputs are far apart. */
    readonly wide: boolean;
  }
  | {
    /** Activations that count, as a list. */
    readonly op: "compress_row";
    /** Which they are. */
    readonly keep: "non-zeros" | "winners";
  }
  | {
    /** Linear layer on a few tokens, activations looked up in registers. */
    readonly op: "permute";
    /** Applied to the sums. */
    readonly post: PostOp;
  }
  | {
    /** Layer normalisation. */
    readonly op: "layer_norm";
    /** Whether a residual is added. */
    readonly residual: boolean;
  }
  | {
    /** A post-op by itself. */
    readonly op: "elementwise";
    /** The function. */
    readonly post: PostOp;
  }
  | {
    /** Convolution of planes. */
    readonly op: "convolution";
    /** Output channels of a block: 1, 2 or 4. */
    readonly rows: number;
    /** Applied to the sums. */
    readonly post: PostOp;
    /** Whether a residual is added. */
    readonly residual: boolean;
    /** Whether pads between rows are cleared. */
    readonly masked: boolean;
    /** Window of a max pooling of the sums, if there is one. */
    readonly pool?: Pair;
  }
  | {
    /** Pooling of planes. */
    readonly op: "pooling";
    /** What is computed of a window. */
    readonly pooling: "max" | "average";
    /** Whether pads between rows are cleared. */
    readonly masked: boolean;
  }
  | {
    /** Pooling of whole images. */
    readonly op: "global_pooling";
    /** What is computed of a channel. */
    readonly pooling: "max" | "average";
  }
  | {
    /** Copies planes into views. */
    readonly op: "copy_planes";
    /** Pixels from one cell to the next. */
    readonly step: number;
  }
  | {
    /** Rows of a table into a panel. */
    readonly op: "gather_rows";
    /** Whether the table is given by the place of its address. */
    readonly indirect: boolean;
  }
  | {
    /** Kernels that exist once. */
    readonly op:
      | "attention_scores"
      | "attention_context"
      | "softmax"
      | "embed"
      | "pair_products"
      | "kth_largest"
      | "fill_rows"
      | "clear_pads"
      | "evaluate_rows"
      | "softmax_rows"
      | "scatter_cells";
  };

/** Patterns that `spmm` is tested and measured with; it takes any. */
export const SPMM_PATTERNS: readonly Pattern[] = [
  "dense",
  "unstructured",
  "2x1",
  "4x1",
  "8x1",
  "16x1",
  "1x4",
  "4x4",
  "2:4",
  "1:4",
].map(parsePattern);

/** Patterns that `spmm_u8s8` is tested and measured with; it takes any. */
export const SPMM_U8S8_PATTERNS: readonly Pattern[] = [
  ...SPMM_PATTERNS,
  parsePattern("dlrm-4x16"),
];

/** Every kernel. */
export const KERNELS: readonly KernelCase[] = [
  ...SPMM_PATTERNS.flatMap((pattern) =>
    POST_OPS.flatMap((post) =>
      [false, true].map((residual) => ({ op: "spmm", pattern, post, residual }) as const)
    )
  ),
  ...[1, 2, 4].flatMap((rows) => [
    ...POST_OPS.map((post) =>
      ({ op: "convolution", rows, post, residual: false, masked: false }) as const
    ),
    { op: "convolution", rows, post: "none", residual: false, masked: true } as const,
    { op: "convolution", rows, post: "relu", residual: true, masked: true } as const,
  ]),
  ...([[1, [2, 2]], [1, [3, 1]], [2, [1, 2]]] as const).map(([rows, pool]) =>
    ({ op: "convolution", rows, post: "relu", residual: false, masked: false, pool }) as const
  ),
  ...(["max", "average"] as const).flatMap((pooling) => [
    { op: "pooling", pooling, masked: false } as const,
    { op: "pooling", pooling, masked: true } as const,
    { op: "global_pooling", pooling } as const,
  ]),
  ...[1, 2, 3].map((step) => ({ op: "copy_planes", step }) as const),
  ...([4, 8, 16] as const).flatMap((rowsPerBlock) => [
    ...POST_OPS.map((post) => ({ op: "broadcast", rowsPerBlock, dense: false, post }) as const),
    { op: "broadcast", rowsPerBlock, dense: true, post: "none" } as const,
  ]),
  ...SPMM_U8S8_PATTERNS.flatMap((pattern) =>
    QUANTIZED_OUTPUTS
      .filter((output) => output !== "quads" || makesQuads(pattern))
      .map((output) => ({ op: "spmm_u8s8", pattern, output }) as const)
  ),
  ...POST_OPS.map((post) => ({ op: "permute", post }) as const),
  ...POST_OPS.map((post) => ({ op: "dot", post }) as const),
  ...([1, 4, 8, 16, 32] as const).flatMap((rowsPerBlock) =>
    [false, true].map((wide) => ({ op: "sparse_sparse", rowsPerBlock, wide }) as const)
  ),
  { op: "compress_row", keep: "non-zeros" },
  { op: "compress_row", keep: "winners" },
  { op: "kth_largest" },
  { op: "fill_rows" },
  { op: "clear_pads" },
  { op: "evaluate_rows" },
  { op: "softmax_rows" },
  { op: "scatter_cells" },
  ...TOKEN_OUTPUTS.flatMap((output) =>
    [false, true].map((dense) => ({ op: "broadcast_u8s8", output, dense }) as const)
  ),
  { op: "attention_scores" },
  { op: "attention_context" },
  { op: "softmax" },
  { op: "layer_norm", residual: false },
  { op: "layer_norm", residual: true },
  ...POST_OPS.map((post) => ({ op: "elementwise", post }) as const),
  { op: "embed" },
  { op: "gather_rows", indirect: false },
  { op: "gather_rows", indirect: true },
  { op: "pair_products" },
];

/**
 * A kernel's id without target and sizes.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * assertEquals(kernelName({ op: "layer_norm", residual: true }), "layer_norm_f32_residual");
 * ```
 */
export function kernelName(kernel: KernelCase): string {
  switch (kernel.op) {
    case "spmm":
      return [
        "spmm_f32",
        formatPattern(kernel.pattern),
        ...kernel.residual ? ["residual"] : [],
        ...kernel.post === "none" ? [] : [kernel.post],
      ].join("_");
    case "broadcast":
      return [
        "broadcast_f32",
        `${kernel.rowsPerBlock}x1`,
        ...kernel.dense ? ["dense"] : [],
        ...kernel.post === "none" ? [] : [kernel.post],
      ].join("_");
    case "broadcast_u8s8":
      return ["broadcast_u8s8_16x4", kernel.output, ...kernel.dense ? ["dense"] : []].join("_");
    case "spmm_u8s8":
      return ["spmm_u8s8", formatPattern(kernel.pattern), kernel.output].join("_");
    case "sparse_sparse":
      return `sparse_sparse_f32_${kernel.rowsPerBlock}x1${kernel.wide ? "_wide" : ""}`;
    case "compress_row":
      return `compress_row_f32_${kernel.keep === "winners" ? "winners" : "nonzeros"}`;
    case "dot":
      return ["dot_f32", ...kernel.post === "none" ? [] : [kernel.post]].join("_");
    case "permute":
      return [
        "permute_f32",
        ...kernel.post === "none" ? [] : [kernel.post],
      ].join("_");
    case "layer_norm":
      return kernel.residual ? "layer_norm_f32_residual" : "layer_norm_f32";
    case "convolution":
      return [
        `convolution_f32_${kernel.rows}x1`,
        ...kernel.residual ? ["residual"] : [],
        ...kernel.post === "none" ? [] : [kernel.post],
        ...kernel.masked ? ["masked"] : [],
        ...kernel.pool ? [`max${kernel.pool.join("x")}`] : [],
      ].join("_");
    case "pooling":
      return `pooling_f32_${kernel.pooling}${kernel.masked ? "_masked" : ""}`;
    case "global_pooling":
      return `global_pooling_f32_${kernel.pooling}`;
    case "copy_planes":
      return `copy_planes_f32_${kernel.step}`;
    case "gather_rows":
      return `gather_rows_f32${kernel.indirect ? "_indirect" : ""}`;
    case "elementwise":
      return `${kernel.post === "none" ? "copy" : kernel.post}_f32`;
    default:
      return `${kernel.op}_f32`;
  }
}
