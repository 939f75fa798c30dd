/**
 * The truth that kernels are compared with: each operation in readable float64, and a back end that interprets kernels.
 *
 * @module
 */
export * from "./activations.ts";
export * from "./attention.ts";
export * from "./convolution.ts";
export * from "./embedding.ts";
export * from "./guarded_arena.ts";
export * from "./guarded_backend.ts";
export * from "./interpreter.ts";
export * from "./layer.ts";
export * from "./linear.ts";
export * from "./normalisation.ts";
export * from "./pair_products.ts";
export * from "./quantized_linear.ts";
export * from "./random_weights.ts";
