/**
 * How weights and activations lie in memory.
 *
 * @module
 */
export * from "./bitmap.ts";
export * from "./bsr.ts";
export * from "./byte_panels.ts";
export * from "./column_records.ts";
export * from "./complementary.ts";
export * from "./convolution_weights.ts";
export * from "./coo.ts";
export * from "./csr.ts";
export * from "./ell.ts";
export * from "./format_bytes.ts";
export * from "./indices.ts";
export * from "./lane_panels.ts";
export * from "./n_of_m.ts";
export * from "./packed_convolution.ts";
export * from "./packed_quads.ts";
export * from "./packed_weights.ts";
export * from "./panels.ts";
export * from "./permute_slots.ts";
export * from "./plane_values.ts";
export * from "./planes.ts";
export * from "./pooling_factors.ts";
export * from "./quantize.ts";
export * from "./row_blocks.ts";
export * from "./smtx.ts";
export * from "./sparse_matrix.ts";
export * from "./structure.ts";
export * from "./unpack_weights.ts";
export * from "./window.ts";
export * from "./tap_records.ts";
export * from "./row_masks.ts";
export * from "./row_segments.ts";
