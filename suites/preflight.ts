/**
 * Whether a network fits this machine, known before anything large is made.
 *
 * @module
 */
import { type EngineId, engineMemory } from "../engines/mod.ts";
import { type Graph, type GraphMemory, graphMemory } from "../models/mod.ts";
import type { AvailableMemory } from "./available_memory.ts";
import { graphMacs } from "./graph_macs.ts";

/** Who runs a network: an engine, or the plain interpreter of `models`. */
export type PreflightRunner = EngineId | "reference";

/** What a process is to do with a graph. */
export interface PreflightRequest {
  /** Everyone who is loaded at the same time; one that is loaded twice stands here twice. */
  readonly engines: readonly PreflightRunner[];
  /** Threads of every engine. */
  readonly threads: number;
  /** What there is, from `availableMemory`. */
  readonly available: AvailableMemory;
  /** Seconds that one run may take at most; no limit unless given. */
  readonly mostSeconds?: number;
}

/** What it takes. */
export interface Preflight {
  /** Peak memory of the process, in bytes. */
  readonly bytes: number;
  /** What that is made of; the largest first. */
  readonly parts: readonly { readonly what: string; readonly bytes: number }[];
  /** Seconds of one run of the slowest; right within a factor of three or so. */
  readonly seconds: number;
  /** Why it should not be tried, and what may fit instead; `null` if it fits. */
  readonly refusal: string | null;
}

/** Deno and its heap before anything is loaded. */
const PROCESS_BYTES = 70 * 2 ** 20;

/** Some memory is left to others, since what is free now may not be in a minute. */
const USABLE = 0.9;

/** Multiply-accumulates a second and thread that the engines reach on large networks, rounded down. */
const MACS_PER_SECOND: Readonly<Record<PreflightRunner, number>> = {
  "skipzero-native": 20e9,
  "skipzero-native-dense": 20e9,
  "onnxruntime-node": 20e9,
  "skipzero-wasm": 5e9,
  "skipzero-wasm-dense": 5e9,
  "onnxruntime-web": 5e9,
  "tfjs": 3e9,
  "reference": 0.15e9,
};

/** Engines that use more than one thread. */
function threadsOf(runner: PreflightRunner, threads: number): number {
  return runner === "reference" || runner === "tfjs" ? 1 : threads;
}

/**
 * Estimates memory and time. Reads shapes only: build the graph with `zeroParameters()`, which takes next to no memory.
 *
 * @example
 * ```ts
 * import { assertStringIncludes } from "@std/assert";
 * import { networkNamed, zeroParameters } from "../models/mod.ts";
 * const graph = networkNamed("bert-large").build({ batch: 64 }, zeroParameters());
 * const available = { bytes: 2 ** 31, limit: "free memory of the machine" } as const;
 * const { refusal } = preflight(graph, { engines: ["onnxruntime-node"], threads: 1, available });
 * assertStringIncludes(refusal ?? "", "Cannot run bert-large: it needs about ");
 * ```
 */
export function preflight(graph: Graph, request: PreflightRequest): Preflight {
  const { engines, threads, available, mostSeconds = Infinity } = request;
  const memory = graphMemory(graph);
  const parts = [
    { what: "weights", bytes: memory.weights },
    ...engines.map((what) => ({ what, bytes: runnerBytes(what, memory) })),
    { what: "inputs, outputs and Deno", bytes: PROCESS_BYTES + memory.ends },
  ].sort((a, b) => b.bytes - a.bytes);
  const bytes = parts.reduce((sum, part) => sum + part.bytes, 0);
  const macs = graphMacs(graph);
  const seconds = Math.max(
    0,
    ...engines.map((id) => macs / (MACS_PER_SECOND[id] * threadsOf(id, threads))),
  );
  const refusal = bytes > USABLE * available.bytes
    ? tooLarge(graph, bytes, parts, available)
    : seconds > mostSeconds
    ? tooSlow(graph, seconds, mostSeconds)
    : null;
  return { bytes, parts, seconds, refusal };
}

/** The interpreter holds activations as doubles, and weights as they are. */
function runnerBytes(runner: PreflightRunner, memory: GraphMemory): number {
  return runner === "reference" ? 2 * memory.activationPeak : engineMemory(runner, memory).bytes;
}

function tooLarge(
  { name }: Graph,
  bytes: number,
  parts: Preflight["parts"],
  available: AvailableMemory,
): string {
  const list = parts.map(({ what, bytes }) => `${what} ${gibibytes(bytes)}`).join(", ");
  return `Cannot run ${name}: it needs about ${gibibytes(bytes)} GiB (${list}), expected at most ${
    gibibytes(USABLE * available.bytes)
  } GiB, ${USABLE * 100} % of the ${available.limit}; a smaller batch, a shorter sequence, fewer ` +
    "engines at once or a smaller network may fit";
}

function tooSlow({ name }: Graph, seconds: number, most: number): string {
  return `Cannot run ${name}: one run takes about ${Math.round(seconds)} s, expected at most ${
    Math.round(most)
  } s; a smaller batch, a shorter sequence, more threads or a smaller network may do`;
}

function gibibytes(bytes: number): string {
  return (bytes / 2 ** 30).toFixed(bytes < 2 ** 30 / 10 ? 2 : 1);
}
