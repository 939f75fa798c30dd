/**
 * Fusion: from an ONNX graph to {@linkcode LayerPlan}.
 *
 * @module
 */
import type { Graph } from "../../models/mod.ts";
import {
  concatFeatures,
  lookUp,
  multiplyVectors,
  selectProducts,
  splitVectors,
  transposeVectors,
} from "./batch/fuse.ts";
import { context, reinterpret, scale, softmax, splitHeads } from "./fuse_attention.ts";
import { gather, split } from "./fuse_embeddings.ts";
import {
  addImages,
  convolve,
  flatten,
  globalPool,
  normalise,
  padChannels,
  pool,
  rectify,
} from "./images/fuse.ts";
import {
  activate,
  add,
  gemm,
  layerNorm,
  matMul,
  normaliseFeatures,
  transpose,
} from "./fuse_linear.ts";
import {
  combineRows,
  exponentiate,
  joinMaps,
  pickRows,
  reshapeMaps,
  softmaxItems,
  turnRows,
} from "./images/fuse_strips.ts";
import { Fusion, type Handlers } from "./fusion.ts";
import type { LayerPlan } from "./layers.ts";

/** Which handlers lower which operator. */
const HANDLERS: Handlers = {
  Add: [combineRows, add, addImages],
  AveragePool: [pool],
  BatchNormalization: [normaliseFeatures, normalise],
  Cast: [reinterpret],
  Concat: [joinMaps, padChannels, concatFeatures],
  Conv: [convolve],
  Div: [combineRows, scale],
  Exp: [exponentiate],
  Flatten: [flatten],
  Gather: [pickRows, lookUp, selectProducts, gather],
  Gelu: [activate],
  Gemm: [gemm],
  GlobalAveragePool: [globalPool],
  GlobalMaxPool: [globalPool],
  LayerNormalization: [layerNorm],
  MatMul: [multiplyVectors, matMul],
  MaxPool: [pool],
  Mul: [combineRows, scale],
  Relu: [rectify, activate],
  Reshape: [reshapeMaps, splitVectors, reinterpret, context, splitHeads],
  Sigmoid: [activate],
  Softmax: [softmaxItems, softmax],
  Split: [split],
  Squeeze: [reinterpret],
  Sub: [combineRows, scale],
  Tanh: [activate],
  Transpose: [turnRows, transposeVectors, transpose],
  Unsqueeze: [reinterpret],
};

/**
 * Plans the layers of a graph.
 *
 * @throws {RangeError} If a node does not fit any layer; names the node and what its inputs were.
 */
export function planLayers(graph: Graph): LayerPlan {
  return new Fusion(graph, HANDLERS).plan();
}
