/**
 * How weights and activations lie in memory.
 *
 * @module
 */
export * from "./packed_weights.ts";
export * from "./panels.ts";
