/**
 * `.onnx` files on disk. Weights that one file cannot hold lie in a second one beside it; neither is ever whole in memory.
 *
 * @module
 */
import { dirname, join } from "@std/path";
import { fileFailure, type Tensor, writeAtomic } from "../core/mod.ts";
import type { Graph } from "./graph.ts";
import { bytesIn, modelParts, MOST_ONNX_BYTES, type OnnxGraph } from "./onnx.ts";
import { decodeOnnx, type DecodeOptions } from "./onnx_decode.ts";
import { externalName, openExternal } from "./onnx_external.ts";
import { encodePlacedTensor, encodeTensor } from "./onnx_tensor.ts";
import { bytesOf } from "./tensor_bytes.ts";

/** Where weights go: beside the model if one file cannot hold all, or always. */
export interface WriteOptions {
  /** `auto` unless given. */
  readonly weights?: "auto" | "beside";
}

/** Smaller tensors stay in the model, so that runtimes can read shapes and axes without the second file. */
const LEAST_BYTES = 1024;

/** Offsets are multiples of a page, so that runtimes can map the file; as the format advises. */
const PAGE_BYTES = 4096;

/**
 * Writes a graph, weights beside it if need be in `<name>.onnx.data`. No second copy of the weights is made.
 *
 * The weights are written before the model that names them, and an older model is removed before its weights are replaced: a
 * process that is killed leaves no model rather than one with wrong weights.
 *
 * @returns Paths of the files written.
 * @throws {EnvironmentError} If a file cannot be written.
 */
export async function writeOnnx(
  path: string,
  graph: OnnxGraph,
  { weights = "auto" }: WriteOptions = {},
): Promise<readonly string[]> {
  const whole = modelParts(graph, encodeTensor);
  if (weights === "auto" && bytesIn(whole) <= MOST_ONNX_BYTES) {
    await writeAtomic(path, whole);
    return [path];
  }
  const beside = join(dirname(path), externalName(path));
  const parts: Uint8Array[] = [];
  let offset = 0;
  const model = modelParts(graph, (name, tensor: Tensor) => {
    const { byteLength } = tensor.data;
    if (byteLength < LEAST_BYTES) return encodeTensor(name, tensor);
    const place = { location: externalName(path), offset };
    const padding = -byteLength & (PAGE_BYTES - 1);
    parts.push(bytesOf(tensor), new Uint8Array(padding));
    offset += byteLength + padding;
    return [encodePlacedTensor(name, tensor, place)];
  });
  await removeOld(path);
  await writeAtomic(beside, parts);
  await writeAtomic(path, model);
  return [path, beside];
}

async function removeOld(path: string): Promise<void> {
  try {
    await Deno.remove(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw fileFailure("write", path, error);
  }
}

/**
 * Reads a graph, and its weights from wherever they lie.
 *
 * @throws {EnvironmentError} If a file cannot be read.
 * @throws {SyntaxError} If it is no ONNX model, or one that is cut off.
 * @throws {RangeError} If it uses what is not supported, or names files outside its folder or too short ones.
 * @throws {TypeError} If element types do not fit together.
 */
export async function readOnnx(path: string, options: DecodeOptions = {}): Promise<Graph> {
  const bytes = await readBytes(path);
  return decodeOnnx(bytes, path, { external: openExternal(path), ...options });
}

async function readBytes(path: string): Promise<Uint8Array> {
  let sizeBytes: number;
  try {
    sizeBytes = (await Deno.stat(path)).size;
    if (sizeBytes <= MOST_ONNX_BYTES) return await Deno.readFile(path);
  } catch (error) {
    throw fileFailure("read", path, error);
  }
  throw new RangeError(
    `Cannot read ${path}: ${sizeBytes} bytes, expected at most ${MOST_ONNX_BYTES}, protobuf's limit; ` +
      "larger models keep their weights in files beside them",
  );
}
