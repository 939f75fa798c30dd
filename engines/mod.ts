/**
 * Ways to run a graph.
 *
 * @module
 */
export * from "./check_inputs.ts";
export * from "./engine.ts";
export * from "./engine_memory.ts";
export * from "./engines.ts";
export * from "./onnxruntime_node.ts";
export * from "./onnxruntime_web.ts";
export * from "./skipzero/mod.ts";
export * from "./tfjs/mod.ts";
