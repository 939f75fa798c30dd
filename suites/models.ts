/**
 * Suite `models`: whole networks, sparse against the best dense engines.
 *
 * Its list: the figures that networks are to reach; the networks of the recipes at their batch sizes, with the accuracies that were
 * published for them; the talk's slides: ResNet-50 at three sparsities from one image to 32, and the sparse speech network in every
 * engine; every other network without zeros. A quick run takes the figures, each at one number of threads, and the recipes' headline
 * batches where a run is short.
 *
 * @module
 */
import { NETWORKS } from "../models/mod.ts";
import type { Recipe } from "../recipes/mod.ts";
import { networkName, networkOf, type NetworkSpec } from "./network.ts";
import { networkCells, type WantedNetwork } from "./network_cells.ts";
import { slowestRun, type Tier } from "./network_effort.ts";
import {
  denseNetwork,
  findNetwork,
  isSparseByDesign,
  NETWORK_FIGURES,
  type NetworkFigure,
} from "./network_figures.ts";
import { type Cell, FULL_EFFORT, QUICK_EFFORT, type Suite, type SuiteRequest } from "./suite.ts";

/** Whole networks. */
export const models: Suite = {
  id: "models",
  summary: "whole networks: the sparse engine against every dense one, per batch size and threads",
  cells,
  effort: ({ quick }) => quick ? QUICK_EFFORT : FULL_EFFORT,
};

function cells(request: SuiteRequest): readonly Cell[] {
  const { quick, recipesOnly } = request;
  const wanted = recipesOnly
    ? ofRecipes(request)
    : quick
    ? [...figures(request), ...headlines(request)]
    : [...figures(request), ...ofRecipes(request), ...slides(request), ...denseOnes(request)];
  return networkCells(wanted, quick);
}

const BOTH: readonly Tier[] = ["native", "wasm"];

function figures({ recipes, threads, quick }: SuiteRequest): WantedNetwork[] {
  const seen = new Set<string>();
  return NETWORK_FIGURES.flatMap((figure) => {
    const { name, batch, goal } = figure;
    const network = findNetwork(figure, recipes);
    const wanted = { network, batch, goal, tags: ["figures"] };
    if (!quick) return threads.map((count) => ({ ...wanted, threads: count, tiers: BOTH }));
    const count = figure.slow ? Math.max(...threads) : Math.min(...threads);
    // Of the dense engine's figure there is one for each network.
    const dense = !seen.has(name);
    seen.add(name);
    return [{ ...wanted, threads: count, tiers: quickTiers(figure), dense }];
  });
}

function quickTiers({ quickWasm }: NetworkFigure): readonly Tier[] {
  return quickWasm ? BOTH : ["native"];
}

/** The networks of the recipes at all of their batch sizes. */
function ofRecipes(request: SuiteRequest): WantedNetwork[] {
  return request.recipes.flatMap((recipe) =>
    request.threads.flatMap((threads) =>
      recipe.benchmark.batches.map((batch) => ofRecipe(recipe, batch, threads, request))
    )
  );
}

function ofRecipe(
  recipe: Recipe,
  batch: number,
  threads: number,
  { weights, threads: all, quick }: SuiteRequest,
): WantedNetwork {
  const network = networkOf(recipe, weights.get(recipe.name) ?? null);
  const fewest = threads === Math.min(...all);
  // Slow dense engines take most of a run's time: in a quick one they race on the fewest threads only, and where they end soon.
  const tiers: readonly Tier[] = [
    "native",
    ...!quick || (fewest && isShort(network, batch, "wasm")) ? ["wasm" as const] : [],
    ...fewest && isShort(network, batch, "tfjs") ? ["tfjs" as const] : [],
  ];
  return { network, batch, threads, tiers, acrossTiers: true, ...describedBy(recipe) };
}

/** The recipe's tags, and what was published. Networks of sequences are points of accuracy against speed. */
function describedBy(recipe: Recipe): Pick<WantedNetwork, "tags" | "published"> {
  const { metric, kind, dense, sparse } = recipe.claim;
  const isSequence = recipe.model.name.startsWith("bert");
  return {
    tags: ["recipes", recipe.name, ...isSequence ? ["frontier"] : []],
    published: { recipe: recipe.name, metric, kind, dense, sparse },
  };
}

/** Seconds of the slowest engine's run from which on a tier is left out. A race is some twenty runs. */
const SHORT_SECONDS: Readonly<Record<Tier, number>> = { native: 0.3, wasm: 2, tfjs: 0.3 };

function isShort(network: NetworkSpec, batch: number, tier: Tier): boolean {
  return slowestRun({ network, batch, threads: 1 }, tier) <= SHORT_SECONDS[tier];
}

/** Seconds of the slowest engine's run up to which a quick run takes a recipe's headline. */
const HEADLINE_SECONDS = 0.1;

/** What a quick run takes of the recipes: one batch size each, natively, where it is short. */
function headlines({ recipes, threads }: SuiteRequest): WantedNetwork[] {
  return recipes.flatMap((recipe) => {
    const network = networkOf(recipe);
    const { headline: batch } = recipe.benchmark;
    if (slowestRun({ network, batch, threads: 1 }, "native") > HEADLINE_SECONDS) return [];
    const fewest = Math.min(...threads);
    const tiers: readonly Tier[] = ["native"];
    return [{ network, batch, threads: fewest, tiers, dense: false, ...describedBy(recipe) }];
  });
}

/** Batch sizes of the talk's slide about ResNet-50. */
const SLIDE_BATCHES = [1, 2, 4, 8, 16, 32];

/** The talk's slides about CPUs. */
function slides({ recipes, threads }: SuiteRequest): WantedNetwork[] {
  const resnets = [0.5, 0.75, 0.98].flatMap((sparsity) => {
    const network = findNetwork({ name: "resnet50", pattern: "unstructured", sparsity }, recipes);
    return SLIDE_BATCHES.map((batch) => ({ network, batch, tags: ["talk-deepsparse"] }));
  });
  const key = { name: "gsc-cnn-2.1m", pattern: "unstructured", sparsity: 0.95 };
  const speech = [1, 64, 256].map((batch) => ({
    network: findNetwork(key, recipes),
    batch,
    tags: ["talk-cpu"],
  }));
  return threads.flatMap((count) => [
    ...resnets.map((one) => ({ ...one, threads: count, tiers: ["native" as const] })),
    ...speech.map((one) => ({ ...one, threads: count, tiers: [...BOTH, "tfjs" as const] })),
  ]);
}

/** Every network without its zeros: what our dense engine is worth. */
function denseOnes({ threads }: SuiteRequest): WantedNetwork[] {
  const raced = new Set(NETWORK_FIGURES.map(({ name }) => name));
  const others = NETWORKS.map(({ name }) => denseNetwork(name))
    .filter((network) => !isSparseByDesign(network) && !raced.has(networkName(network)));
  return threads.flatMap((count) =>
    others.map((network) => ({
      network,
      batch: 1,
      threads: count,
      tiers: BOTH,
      tags: ["dense"],
    }))
  );
}
