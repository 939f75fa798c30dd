/**
 * What a network is: an ONNX graph in memory, built by one file per architecture.
 *
 * @module
 */
export * from "./graph.ts";
export * from "./op_specs.ts";
export * from "./onnx_dtypes.ts";
export { broadcastShapes, normaliseAxis, type ValueType } from "./shape_rules.ts";
export * from "./shapes.ts";
export * from "./spatial.ts";
export * from "./validate.ts";
export * from "./graph_builder.ts";
export * from "./graph_layers.ts";
export * from "./parameter_source.ts";
export * from "./network_builder.ts";
export * from "./bert_config.ts";
export * from "./bert.ts";
export { buildResNet, type ResNetConfig, resNetConfigs, type ResNetName } from "./resnet.ts";
export * from "./cifar_resnet.ts";
export { type SsdConfig, ssdConfigs, type SsdName } from "./ssd_config.ts";
export * from "./ssd.ts";
export * from "./ssd_detect.ts";
export * from "./dlrm_config.ts";
export * from "./dlrm.ts";
export * from "./numenta_cnn.ts";
export * from "./width_family.ts";
export * from "./networks.ts";
export * from "./draw_inputs.ts";
export { encodeOnnx, type OnnxGraph, type OnnxNode } from "./onnx.ts";
export * from "./onnx_split.ts";
export * from "./onnx_decode.ts";
export type { ExternalPlace, ExternalReader } from "./onnx_external.ts";
export * from "./onnx_file.ts";
export * from "./safetensors.ts";
export * from "./pytorch.ts";
export * from "./checkpoint.ts";
export * from "./bert_checkpoint.ts";
export * from "./graph_memory.ts";
export { runReference } from "./reference.ts";
