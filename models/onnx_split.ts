/**
 * A `.onnx` model without its weights, and the weights beside it: what runtimes load without copies in between, and what passes
 * protobuf's limit of 2 GiB.
 *
 * @module
 */
import type { Tensor } from "../core/mod.ts";
import { modelParts, type OnnxGraph } from "./onnx.ts";
import { encodePlacedTensor, encodeTensor } from "./onnx_tensor.ts";
import { bytesOf, concatenate } from "./tensor_bytes.ts";

/** A model in parts. */
export interface SplitOnnx {
  /** The bytes of a `.onnx` file whose larger initializers lie elsewhere. */
  readonly model: Uint8Array<ArrayBuffer>;
  /** The elements by the location that the model names; they share memory with the graph's tensors. */
  readonly elements: ReadonlyMap<string, Uint8Array>;
}

/**
 * Smaller tensors stay in the message: scalars, shapes and axes are read by runtimes while they load, before they look elsewhere.
 */
const LEAST_BYTES = 1024;

/**
 * Splits a graph; copies small tensors only.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { networkNamed } from "./mod.ts";
 * const { model, elements } = splitOnnx(networkNamed("gsc-cnn").build({ batch: 1 }));
 * assertEquals([model.length < 10_000, elements.get("weight 0")?.length], [true, 64 * 25 * 4]);
 * ```
 */
export function splitOnnx(graph: OnnxGraph): SplitOnnx {
  const elements = new Map<string, Uint8Array>();
  const parts = modelParts(graph, (name, tensor: Tensor) => {
    if (tensor.data.byteLength < LEAST_BYTES) return encodeTensor(name, tensor);
    // a number, since names of tensors may be anything, and runtimes take locations for paths
    const location = `weight ${elements.size}`;
    elements.set(location, bytesOf(tensor));
    return [encodePlacedTensor(name, tensor, { location, offset: 0 })];
  });
  return { model: concatenate(parts), elements };
}
