/**
 * From layers to cells: who races whom on which layer.
 *
 * @module
 */
import { FAMILIES, type TargetFamily } from "../kernels/mod.ts";
import type { Pair } from "./job.ts";
import { layerCell, type LayerSpec } from "./layer_spec.ts";
import type { Cell, Group } from "./suite.ts";

/** A layer and what is wanted of it. */
export interface WantedLayer {
  /** The layer. */
  readonly layer: LayerSpec;
  /** What it belongs to. */
  readonly tags: readonly string[];
  /** Tiers that race. */
  readonly tiers: readonly TargetFamily[];
  /** Ratios aimed at, by tier and baseline. */
  readonly goals?: readonly {
    readonly tier: TargetFamily;
    readonly over: string;
    readonly ratio: number;
  }[];
  /** Whether kernels that skip zeros of the activations race too. */
  readonly skipsActivations?: boolean;
  /** Whether finding the k largest activations is timed too: with the product, and by itself. */
  readonly findsWinners?: boolean;
  /** Whether our dense kernel races too; default true. */
  readonly dense?: boolean;
}

/** What layers are described by where nothing else is said. */
export const PLAIN = { activationSparsity: 0, copies: 1, mask: null, seed: 1 } as const;

/** Cells of the layers that some family of kernels computes. Equal cells become one, with the tags and tiers of all. */
export function layerCells(wanted: readonly WantedLayer[], threads: number): Cell[] {
  const possible = wanted.filter(({ layer }) => FAMILIES.some(({ op }) => op === layer.op));
  const byName = Map.groupBy(possible, ({ layer }) => layerCell(layer));
  return [...byName].map(([name, all]): Cell => {
    const tiers = [...new Set(all.flatMap((one) => one.tiers))];
    return {
      name,
      threads,
      tags: [...new Set(all.flatMap((one) => one.tags))],
      work: { kind: "layer", layer: all[0]!.layer },
      groups: tiers.map((tier) => groupOf(tier, all)),
    };
  });
}

const BASELINES = {
  native: ["onnxruntime-node"],
  wasm: ["onnxruntime-web", "onnxruntime-node"],
} as const;

function groupOf(tier: TargetFamily, all: readonly WantedLayer[]): Group {
  const { layer } = all[0]!;
  const [sparse, dense, both] = ["", "-dense", "-sparse-sparse"].map((kind) =>
    `skipzero-${tier}${kind}`
  ) as [string, string, string];
  // Finding k winners with the product, and by itself where the layer has that part apart.
  const finding = all.some(({ findsWinners }) => findsWinners)
    ? [`skipzero-${tier}-k-winners`, `skipzero-${tier}-finding`]
    : [];
  const isDense = layer.pattern === "dense";
  const skips = all.some(({ skipsActivations }) => skipsActivations) &&
    FAMILIES.some(({ op, skipsActivations }) => op === layer.op && skipsActivations);
  const own = [
    ...isDense ? [dense] : [sparse],
    ...skips ? [both, ...finding] : [],
    ...!isDense && all.some((one) => one.dense ?? true) ? [dense] : [],
  ];
  const goals = all.flatMap(({ goals = [] }) => goals).filter((goal) => goal.tier === tier);
  const [subject] = own;
  const raced = own.filter((id) => !id.endsWith("-finding"));
  const pairs = raced.flatMap((id): Pair[] => [
    ...BASELINES[tier].map((baseline): Pair => {
      const goal = goals.find(({ over }) => over === baseline)?.ratio;
      const aimed = id === (skips ? both : subject) && goal !== undefined ? { goal } : {};
      return { subject: id, baseline, ...aimed };
    }),
    ...raced.slice(raced.indexOf(id) + 1).map((baseline) => ({
      subject: id,
      baseline,
    })),
  ]);
  return {
    name: tier === "native" ? "native" : "WebAssembly",
    contestants: [...own, ...BASELINES[tier]],
    pairs,
  };
}
