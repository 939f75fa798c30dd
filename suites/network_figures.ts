/**
 * What whole networks are to reach, as ratios to native ONNX Runtime on the same dense graph, and the networks of the talk's
 * slides.
 *
 * @module
 */
import type { Recipe } from "../recipes/mod.ts";
import { networkName, networkOf, type NetworkSpec, openNetwork } from "./network.ts";

/** A network by what decides its cell's name. */
export interface NetworkKey {
  /** Name in `models/networks.ts`. */
  readonly name: string;
  /** Pattern of the zeros. */
  readonly pattern: string;
  /** Fraction of zeros in the pruned layers, 0 to 1. */
  readonly sparsity: number;
}

/** A ratio that is aimed at. */
export interface NetworkFigure extends NetworkKey {
  /** Sequences, images or samples of a run. */
  readonly batch: number;
  /** Time of ONNX Runtime over ours, the same number of threads on both sides. */
  readonly goal: number;
  /** Whether a dense run takes seconds: a quick suite gives it all threads. */
  readonly slow?: boolean;
  /** Whether a quick suite races it in WebAssembly too. */
  readonly quickWasm?: boolean;
}

/** The figures, the largest network first. */
export const NETWORK_FIGURES: readonly NetworkFigure[] = [
  { name: "bert-large", pattern: "2x1", sparsity: 0.7, batch: 1, goal: 2.6, slow: true },
  { name: "bert-large", pattern: "4x1", sparsity: 0.8, batch: 1, goal: 3.6, slow: true },
  { name: "bert-mini", pattern: "4x1", sparsity: 0.9, batch: 32, goal: 5, quickWasm: true },
  { name: "bert-base", pattern: "unstructured", sparsity: 0.9, batch: 1, goal: 3 },
  { name: "resnet50", pattern: "2x1", sparsity: 0.78, batch: 1, goal: 2.2, quickWasm: true },
  { name: "resnet50", pattern: "2x1", sparsity: 0.78, batch: 32, goal: 2.4, slow: true },
  { name: "resnet50", pattern: "unstructured", sparsity: 0.98, batch: 32, goal: 5, slow: true },
  { name: "resnext101-32x8d", pattern: "2x1", sparsity: 0.73, batch: 1, goal: 1.8 },
  { name: "ssd-resnet34-300", pattern: "2x1", sparsity: 0.75, batch: 1, goal: 2.4 },
  {
    name: "dlrm-mlp",
    pattern: "dlrm-4x16",
    sparsity: 0.85,
    batch: 2048,
    goal: 1.6,
    quickWasm: true,
  },
  {
    name: "gsc-cnn-2.1m",
    pattern: "unstructured",
    sparsity: 0.95,
    batch: 64,
    goal: 12,
    quickWasm: true,
  },
];

/** Names of weights that are pruned where no recipe says it: all but stems, heads for few classes and embeddings. */
const PRUNED: readonly (readonly [network: RegExp, include: readonly string[]])[] = [
  [/^bert/, ["encoder"]],
  [/^res/, ["layer"]],
  [/^ssd/, ["model", "additional_blocks", "loc", "conf"]],
  [/^dlrm/, ["top_l.2", "top_l.4"]],
  [/^(gsc|mnist)/, ["cnn", "linear"]],
];

/** A network as a recipe describes it, if one has this pattern and sparsity; else by its name. */
export function findNetwork(
  { name, pattern, sparsity }: NetworkKey,
  recipes: readonly Recipe[],
): NetworkSpec {
  const recipe = recipes.find((one) =>
    one.model.name === name && one.sparsity.pattern === pattern && one.sparsity.target === sparsity
  );
  const [, include] = PRUNED.find(([network]) => network.test(name)) ?? ["", [""]];
  const plain: NetworkSpec = {
    model: { architecture: "network", name },
    pattern,
    sparsity,
    include,
    exclude: [],
    sequence: null,
    weights: null,
    seed: 1,
  };
  return recipe ? networkOf(recipe) : { ...plain, sequence: openNetwork(plain).sequence };
}

/** The same network without zeros. */
export function denseNetwork(name: string): NetworkSpec {
  return findNetwork({ name, pattern: "dense", sparsity: 0 }, []);
}

/** Whether a network has its own zeros, which a dense cell of it would not be rid of. */
export function isSparseByDesign(network: NetworkSpec): boolean {
  return networkName(network).includes("sparse");
}
