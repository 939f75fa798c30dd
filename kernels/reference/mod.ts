/**
 * The truth that kernels are compared with: each operation in readable float64, and a back end that interprets kernels.
 *
 * @module
 */
export * from "./activations.ts";
export * from "./attention.ts";
export * from "./embedding.ts";
export * from "./interpreter.ts";
export * from "./linear.ts";
export * from "./normalisation.ts";
