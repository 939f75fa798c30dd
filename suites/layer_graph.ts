/**
 * A chain of layers as an ONNX graph: what the dense baselines run.
 *
 * @module
 */
import { float32, type Tensor } from "../core/mod.ts";
import {
  type ConvolutionTask,
  type LayerTask,
  type LinearTask,
  outputLanes,
  type QuantizedLinearTask,
} from "../kernels/mod.ts";
import { type Attribute, int, ints, type OnnxGraph, type OnnxNode } from "../models/mod.ts";

/** Name of the graph's only input. */
export const GRAPH_INPUT = "x";

/** Name of the graph's only output. */
export const GRAPH_OUTPUT = "y";

/** The graph of a chain; each layer reads what the one before wrote. */
export function layerGraph(tasks: readonly LayerTask[]): OnnxGraph {
  const initializers = new Map<string, Tensor>();
  const nodes = tasks.map((task, index): OnnxNode => {
    const name = `layer ${index}`;
    const { op, tensors, attributes } = nodeOf(task);
    const names = tensors.map((tensor, place) => {
      const own = `${name} ${place}`;
      initializers.set(own, tensor);
      return own;
    });
    const input = index === 0 ? GRAPH_INPUT : `layer ${index - 1} output`;
    const output = index === tasks.length - 1 ? GRAPH_OUTPUT : `${name} output`;
    return { op, name, inputs: [input, ...names], outputs: [output], attributes };
  });
  const [first, last] = [tasks[0]!, tasks.at(-1)!];
  return {
    name: "layers",
    inputs: [{
      name: GRAPH_INPUT,
      dtype: first.op === "quantized_linear" ? "uint8" : "float32",
      shape: inputShape(first),
    }],
    outputs: [{
      name: GRAPH_OUTPUT,
      dtype: last.op === "quantized_linear" ? "uint8" : "float32",
      shape: outputShape(last),
    }],
    nodes,
    initializers,
  };
}

interface NodeParts {
  readonly op: string;
  /** Inputs after the activations. */
  readonly tensors: readonly Tensor[];
  readonly attributes: Readonly<Record<string, Attribute>>;
}

function nodeOf(task: LayerTask): NodeParts {
  switch (task.op) {
    case "linear":
      return matMul(task);
    case "quantized_linear":
      return qLinearMatMul(task);
    case "convolution":
      return convolution(task);
  }
}

/** The product alone, which is a tenth faster than Gemm: the bias of these layers is zero. */
function matMul({ rows, cols, weights }: LinearTask): NodeParts {
  const data = transposed(weights, new Float32Array(weights.length), rows, cols);
  return { op: "MatMul", tensors: [float32([cols, rows], data)], attributes: {} };
}

/** The fastest form of a quantised product in ONNX Runtime: bytes in, bytes out. */
function qLinearMatMul(task: QuantizedLinearTask): NodeParts {
  const { rows, cols, weights, zeroPoint, requantize } = task;
  if (requantize === undefined) {
    throw new RangeError("Cannot make a graph: the layer stores sums, expected bytes");
  }
  const data = transposed(weights, new Int8Array(weights.length), rows, cols);
  return {
    op: "QLinearMatMul",
    tensors: [
      scale(1),
      uint8(zeroPoint),
      { dtype: "int8", shape: [cols, rows], data },
      scale(requantize.scale),
      { dtype: "int8", shape: [], data: Int8Array.of(0) },
      scale(1),
      uint8(requantize.zeroPoint),
    ],
    attributes: {},
  };
}

function scale(value: number): Tensor {
  return float32([], Float32Array.of(value));
}

function uint8(value: number): Tensor {
  return { dtype: "uint8", shape: [], data: Uint8Array.of(value) };
}

function transposed<T extends Float32Array | Int8Array>(
  weights: T,
  to: T,
  rows: number,
  cols: number,
): T {
  for (let row = 0; row < rows; row++) {
    for (let col = 0; col < cols; col++) to[col * rows + row] = weights[row * cols + col]!;
  }
  return to;
}

function convolution(task: ConvolutionTask): NodeParts {
  const { outChannels, inChannels, groups, kernel, stride, padding, weights, bias } = task;
  return {
    op: "Conv",
    tensors: [
      float32([outChannels, inChannels / groups, kernel, kernel], weights),
      float32([outChannels], bias),
    ],
    attributes: {
      kernel_shape: ints(kernel, kernel),
      strides: ints(stride, stride),
      pads: ints(padding, padding, padding, padding),
      group: int(groups),
    },
  };
}

function inputShape(task: LayerTask): readonly number[] {
  if (task.op !== "convolution") return [task.lanes, task.cols];
  return [task.images, task.inChannels, task.height, task.width];
}

function outputShape(task: LayerTask): readonly number[] {
  if (task.op !== "convolution") return [task.lanes, task.rows];
  const pixels = outputLanes(task) / task.images;
  const down = Math.floor((task.height + 2 * task.padding - task.kernel) / task.stride) + 1;
  return [task.images, task.outChannels, down, pixels / down];
}
