/**
 * Suite `models`: whole networks, sparse against the best dense engines.
 *
 * @module
 */
import { networkCell, networkOf, type NetworkSpec } from "./network.ts";
import {
  type Cell,
  FULL_EFFORT,
  type Group,
  QUICK_EFFORT,
  type Suite,
  type SuiteRequest,
} from "./suite.ts";

/** Native code. Every dense engine of the tier meets the sparse one. */
const NATIVE: Group = {
  name: "native",
  contestants: ["skipzero-native", "skipzero-native-dense", "onnxruntime-node"],
  pairs: [
    { subject: "skipzero-native", baseline: "onnxruntime-node" },
    { subject: "skipzero-native", baseline: "skipzero-native-dense" },
    { subject: "skipzero-native-dense", baseline: "onnxruntime-node" },
  ],
};

/** WebAssembly, and the native baseline that it may still beat. */
const WASM: Group = {
  name: "WebAssembly",
  contestants: ["skipzero-wasm", "skipzero-wasm-dense", "onnxruntime-web", "onnxruntime-node"],
  pairs: [
    { subject: "skipzero-wasm", baseline: "onnxruntime-web" },
    { subject: "skipzero-wasm", baseline: "skipzero-wasm-dense" },
    { subject: "skipzero-wasm", baseline: "onnxruntime-node" },
    { subject: "skipzero-wasm-dense", baseline: "onnxruntime-web" },
  ],
};

/** The training engine, many times slower; met where a run is short. */
const TFJS: Group = {
  name: "tfjs",
  contestants: ["skipzero-wasm", "tfjs"],
  pairs: [{ subject: "skipzero-wasm", baseline: "tfjs" }],
};

/** Whole networks. */
export const models: Suite = {
  id: "models",
  summary: "whole networks: the sparse engine against every dense one, per batch size and threads",
  cells,
  effort: ({ quick }) => quick ? QUICK_EFFORT : FULL_EFFORT,
};

function cells(request: SuiteRequest): readonly Cell[] {
  const all = request.recipes.flatMap((recipe) => {
    const network = networkOf(recipe, request.weights.get(recipe.name) ?? null);
    return request.threads.flatMap((threads) =>
      recipe.benchmark.batches.map((batch) => cellOf(network, batch, threads, request))
    );
  });
  // Recipes that differ in the data set only have the same network.
  return [...new Map(all.map((cell) => [`${cell.name} ${cell.threads}`, cell])).values()];
}

function cellOf(
  network: NetworkSpec,
  batch: number,
  threads: number,
  { threads: all, quick }: SuiteRequest,
): Cell {
  const fewest = threads === Math.min(...all);
  const groups = [
    NATIVE,
    // Slow dense engines take most of a run's time: in a quick one they race on the fewest threads only.
    ...!quick || fewest ? [WASM] : [],
    ...batch === 1 && fewest ? [TFJS] : [],
  ];
  return {
    name: networkCell(network, batch),
    threads,
    work: { kind: "network", network, batch },
    groups,
  };
}
