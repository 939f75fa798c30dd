/**
 * Kernels, written once against the vector machine.
 *
 * @module
 */
export * from "./attention.ts";
export * from "./broadcast_spmm.ts";
export * from "./broadcast_u8s8.ts";
export * from "./byte_panel.ts";
export * from "./clear_pads.ts";
export * from "./compress_row.ts";
export * from "./convolution.ts";
export * from "./copy_planes.ts";
export * from "./elementwise.ts";
export * from "./embed.ts";
export { exp, EXP_REGISTERS_PER_VECTOR, EXP_REGISTERS_SHARED } from "./exp.ts";
export * from "./evaluate_rows.ts";
export * from "./fill_rows.ts";
export * from "./gather_rows.ts";
export * from "./global_pooling.ts";
export * from "./kth_largest.ts";
export * from "./layer_norm.ts";
export * from "./op.ts";
export * from "./pair_products.ts";
export * from "./panel.ts";
export * from "./permute_spmm.ts";
export * from "./pooling.ts";
export { emitPass, POST_OPS, type PostOp } from "./post_op.ts";
export * from "./probe.ts";
export * from "./quad_tile.ts";
export * from "./scatter_cells.ts";
export * from "./softmax.ts";
export * from "./sparse_sparse.ts";
export * from "./spmm.ts";
export * from "./spmm_u8s8.ts";
export * from "./tile.ts";
export * from "./transpose.ts";
export * from "./dot_spmm.ts";
