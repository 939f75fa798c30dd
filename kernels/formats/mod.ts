/**
 * How weights and activations lie in memory.
 *
 * @module
 */
export * from "./indices.ts";
export * from "./packed_weights.ts";
export * from "./panels.ts";
export * from "./smtx.ts";
export * from "./structure.ts";
