/**
 * Layers: packed weights and the calls that compute with them.
 *
 * @module
 */
export * from "./layer.ts";
