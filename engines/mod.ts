/**
 * Ways to run a graph.
 *
 * @module
 */
export * from "./check_inputs.ts";
export * from "./engine.ts";
export * from "./onnxruntime_node.ts";
export * from "./onnxruntime_web.ts";
