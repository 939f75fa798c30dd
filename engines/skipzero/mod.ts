/**
 * skipzero's own engine: it compiles a graph to machine code that skips zeros.
 *
 * @module
 */
export * from "./engine.ts";
