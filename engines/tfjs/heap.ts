/**
 * tfjs with its WebAssembly backend, and the backend's heap, where our own loops read and write tensors in place.
 *
 * tfjs' threaded build starts its workers through a Node path that Deno refuses, so everything runs on one thread (SIMD build).
 *
 * @module
 */
import type * as tfjs from "@tensorflow/tfjs";
import { EnvironmentError, gigabytes, sizeOf } from "../../core/mod.ts";

/** The tfjs module; loaded at the place of use, since it takes 70 ms. */
export type Tf = typeof tfjs;
/** A tensor of tfjs. */
export type TfTensor = tfjs.Tensor;
/** A tensor as kernels see it. */
export type TfInfo = tfjs.TensorInfo;

/** The memory in which tensors live. It moves when it grows: take views after the last allocation. */
export interface Heap {
  /** Float32 elements of a tensor, in place. */
  float32(tensor: TfInfo): Float32Array<ArrayBuffer>;
  /** Int32 elements of a tensor, in place. */
  int32(tensor: TfInfo): Int32Array<ArrayBuffer>;
  /** A tensor with undefined content, freed as any tensor of tfjs. */
  allocate(shape: readonly number[], dtype?: "float32" | "int32"): TfInfo;
  /** Another tensor on the same elements; they are freed with the last of both. */
  share(tensor: TfInfo): TfInfo;
}

/** tfjs, ready on the WebAssembly backend. */
export interface Tfjs {
  /** The module. */
  readonly tf: Tf;
  /** Memory of its backend. */
  readonly heap: Heap;
  /** Version of tfjs. */
  readonly version: string;
}

/** The compiled module of the backend. */
interface WasmModule {
  readonly HEAPU8: Uint8Array<ArrayBuffer>;
  /** Gives a place for so many bytes, or 0 where there is none. */
  _malloc(bytes: number): number;
  /** Frees a place. */
  _free(place: number): void;
}

/** What we use of the backend object, whose own types leave the memory out. */
interface WasmBackend {
  readonly wasm: WasmModule;
  readonly dataIdMap: { get(dataId: object): { readonly memoryOffset: number } };
  makeOutput(shape: readonly number[], dtype: string): TfInfo;
  incRef(dataId: object): void;
}

/**
 * Loads tfjs on its WebAssembly backend.
 *
 * @throws {EnvironmentError} If the backend does not start, e.g. without `--allow-read` of Deno's npm cache.
 */
export async function openTfjs(): Promise<Tfjs> {
  const tf = await import("@tensorflow/tfjs");
  const { setWasmPaths } = await import("@tensorflow/tfjs-backend-wasm");
  // The entry lies in `dist/`, beside the .wasm files.
  setWasmPaths(new URL("./", import.meta.resolve("@tensorflow/tfjs-backend-wasm")).href);
  try {
    if (!await tf.setBackend("wasm")) throw new Error("the backend does not start");
  } catch (error) {
    throw new EnvironmentError(
      `Cannot load tfjs: ${messageOf(error)}, expected its WebAssembly backend`,
      { remedy: "deno install, and allow reading Deno's npm cache", cause: error },
    );
  }
  return { tf, heap: heapOf(tf), version: tf.version_core };
}

function messageOf(error: unknown): string {
  if (error instanceof Error) return error.message;
  const { message } = (error ?? {}) as { message?: unknown }; // tfjs rejects with plain objects
  return String(message ?? error);
}

function heapOf(tf: Tf): Heap {
  const backend = tf.backend() as unknown as WasmBackend; // set just now
  const { wasm } = backend;
  refuseWhenFull(wasm);
  return {
    float32: ({ dataId, shape }) =>
      new Float32Array(
        wasm.HEAPU8.buffer,
        backend.dataIdMap.get(dataId).memoryOffset,
        sizeOf(shape),
      ),
    int32: ({ dataId, shape }) =>
      new Int32Array(
        wasm.HEAPU8.buffer,
        backend.dataIdMap.get(dataId).memoryOffset,
        sizeOf(shape),
      ),
    allocate: (shape, dtype = "float32") => backend.makeOutput([...shape], dtype),
    share({ dataId, shape, dtype }): TfInfo {
      backend.incRef(dataId);
      return { dataId, shape, dtype };
    },
  };
}

const REFUSING = new WeakSet<WasmModule>();

/** Makes full memory an error: tfjs itself takes no notice, and puts tensors at 0, over each other. */
function refuseWhenFull(wasm: WasmModule): void {
  if (REFUSING.has(wasm)) return;
  REFUSING.add(wasm);
  // The first call replaces the function.
  wasm._free(wasm._malloc(1));
  const { _malloc: allocate } = wasm;
  wasm._malloc = (bytes) => {
    const place = allocate(bytes);
    if (place !== 0 || bytes === 0) return place;
    throw new EnvironmentError(
      `Cannot hold a tensor of ${
        gigabytes(bytes)
      }: the memory of WebAssembly is full, expected room for all of a step`,
      { remedy: "a recipe with smaller batches, or the quick profile" },
    );
  };
}

/** Runs `body` and frees every tensor made in it that is not kept with `tf.keep`. Unlike `tf.tidy`, gives any value. */
export function tidied<T>(tf: Tf, body: () => T): T {
  const engine = tf.engine();
  engine.startScope();
  try {
    return body();
  } finally {
    engine.endScope();
  }
}
