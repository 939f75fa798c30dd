/**
 * How much memory an engine needs for a graph, beside the graph itself: known before anything is loaded.
 *
 * The factors were fitted to the peak memory of processes that load and run BERT-large (384 tokens), ResNet-50 (32 images),
 * SSD-ResNet34 (1200 pixels) and DLRM (2048 samples); a test holds them against such processes.
 *
 * @module
 */
import { type Graph, type GraphMemory, graphMemory } from "../models/mod.ts";
import type { EngineId } from "./engine.ts";

/** Memory of a session of an engine, in bytes. */
export interface EngineMemory {
  /** All of it, the engine's own code included. */
  readonly bytes: number;
  /** The part that lies in WebAssembly's memory, of which a session has {@linkcode HEAP_BYTES} at most; 0 in native engines. */
  readonly heapBytes: number;
}

/** What an engine makes of a graph. */
interface Factors {
  /** Code, threads and tables of the engine, whatever it loads. */
  readonly own: number;
  /** Copies of the weights of layers: in the engine's layout, and those that packing leaves behind. */
  readonly layers: number;
  /** Copies of all other initializers. */
  readonly others: number;
  /** Peaks of activations. */
  readonly peaks: number;
  /** Whether it lies in WebAssembly's memory. */
  readonly heap: boolean;
}

const MIB = 2 ** 20;

/** Most that a 32-bit WebAssembly memory holds. */
export const HEAP_BYTES: number = 2 ** 32;

/** ONNX Runtime keeps a transposed or blocked copy beside each weight; the allocator does not give the first one back. */
const ONNXRUNTIME_NODE: Factors = {
  own: 75 * MIB,
  layers: 2.25,
  others: 1,
  peaks: 2,
  heap: false,
};

const ONNXRUNTIME_WEB: Factors = {
  ...ONNXRUNTIME_NODE,
  own: 150 * MIB,
  layers: 1.25,
  peaks: 1.25,
  heap: true,
};

/** Weights are packed where kernels read them; planes of convolutions have their padding. */
const SKIPZERO: Factors = {
  own: 60 * MIB,
  layers: 1.1,
  others: 1,
  peaks: 2,
  heap: false,
};

const FACTORS: Readonly<Record<EngineId, Factors>> = {
  "onnxruntime-node": ONNXRUNTIME_NODE,
  "onnxruntime-web": ONNXRUNTIME_WEB,
  "skipzero-native": SKIPZERO,
  "skipzero-native-dense": SKIPZERO,
  "skipzero-wasm": { ...SKIPZERO, heap: true },
  "skipzero-wasm-dense": { ...SKIPZERO, heap: true },
  // XNNPACK packs weights once more; images are turned to [N, H, W, C] and back around every layer
  "tfjs": { own: 60 * MIB, layers: 2, others: 1, peaks: 4.25, heap: true },
};

/**
 * What a session takes that loads the graph and has run once.
 *
 * @param memory Of the graph, from `graphMemory`.
 */
export function engineMemory(engine: EngineId, memory: GraphMemory): EngineMemory {
  const { own, layers, others, peaks, heap } = FACTORS[engine];
  const { weights, layerWeights, activationPeak, ends } = memory;
  const moved = layers * layerWeights + others * (weights - layerWeights) +
    peaks * activationPeak;
  return { bytes: own + moved + ends, heapBytes: heap ? moved : 0 };
}

/**
 * Refuses a graph that cannot fit the memory of WebAssembly, before the engine aborts on it.
 *
 * @throws {RangeError} If it needs more than {@linkcode HEAP_BYTES}.
 */
export function checkHeap(engine: EngineId, graph: Graph): void {
  const { heapBytes } = engineMemory(engine, graphMemory(graph));
  if (heapBytes <= HEAP_BYTES) return;
  throw new RangeError(
    `Cannot load ${graph.name} in ${engine}: it needs about ${
      (heapBytes / 2 ** 30).toFixed(1)
    } GiB, expected at most ${
      HEAP_BYTES / 2 ** 30
    } GiB, the most that WebAssembly can address; a smaller batch, or a native engine, may fit`,
  );
}
