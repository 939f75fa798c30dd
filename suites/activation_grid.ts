/**
 * Suite `activation-grid`: zeros of weights times zeros of activations times lanes, measured beside what they promise,
 * 1 / ((1 - weight sparsity)(1 - activation sparsity)).
 *
 * Sparse-dense kernels skip weights only; sparse-sparse ones list the activations that are not zero and skip both; k-winners
 * ones first find the k largest of each token. Their times include the finding, which is also timed by itself. Weights are blocks of 16 along the outputs, the layout that both kinds are good at. Lanes are tokens of a linear
 * layer and pixels of a convolution. A quick run takes the corners and the middle of the surface.
 *
 * @module
 */
import type { ConvolutionShape, TargetFamily } from "../kernels/mod.ts";
import { layerCells, PLAIN, type WantedLayer } from "./layer_cells.ts";
import type { LayerSpec } from "./layer_spec.ts";
import type { Cell, Suite, SuiteRequest } from "./suite.ts";

/** Weight sparsity x activation sparsity x lanes. */
export const activationGrid: Suite = {
  id: "activation-grid",
  summary: "weight x activation sparsity x lanes: the measured speed-up beside the theoretical",
  cells,
  effort: ({ quick }) => ({
    processes: 2,
    plan: quick
      ? { turnNs: 5e6, blocks: 4, minRounds: 3, maxRounds: 4, budgetNs: 0.5e9, halfWidth: 0.05 }
      : { turnNs: 10e6, blocks: 4, minRounds: 4, maxRounds: 10, budgetNs: 2e9, halfWidth: 0.01 },
  }),
};

/** Sparsities and lanes of a run. */
interface Axes {
  readonly weights: readonly number[];
  readonly activations: readonly number[];
  readonly lanes: readonly number[];
  readonly tiers: readonly TargetFamily[];
}

const FULL: Axes = {
  weights: [0, 0.5, 0.75, 0.9, 0.95, 0.98],
  activations: [0, 0.5, 0.75, 0.9, 0.95],
  lanes: [1, 8, 64],
  tiers: ["native", "wasm"],
};

const QUICK: Axes = {
  weights: [0, 0.75, 0.95],
  activations: [0, 0.75, 0.95],
  lanes: [1, 64],
  tiers: ["native"],
};

function cells({ quick, threads }: SuiteRequest): readonly Cell[] {
  const { weights, activations, lanes, tiers } = quick ? QUICK : FULL;
  const wanted = weights.flatMap((sparsity) =>
    activations.flatMap((activationSparsity) =>
      lanes.flatMap((count) =>
        layersOf(sparsity, activationSparsity, count).map((layer): WantedLayer => ({
          layer,
          tags: [layer.op],
          tiers,
          skipsActivations: true,
          findsWinners: activationSparsity > 0,
          dense: false,
        }))
      )
    )
  );
  return layerCells(wanted, threads[0] ?? 1);
}

const SIDE = 1024;
const CHANNELS = 128;

/** Layers enough that weights of small lanes come from beyond the second-level cache. */
const CHAIN = 16;

function layersOf(sparsity: number, activationSparsity: number, lanes: number): LayerSpec[] {
  const both = { ...PLAIN, pattern: "16x1", sparsity, activationSparsity };
  const copies = lanes < 64 ? CHAIN : 1;
  return [
    { ...both, copies, op: "linear", rows: SIDE, cols: SIDE, lanes },
    { ...both, op: "convolution", shape: planeOf(lanes) },
  ];
}

/** A 3x3 convolution with so many output pixels: 1, 8 or a square. */
function planeOf(lanes: number): ConvolutionShape {
  const [down, across] = lanes === 8 ? [2, 4] : [Math.sqrt(lanes), Math.sqrt(lanes)];
  return {
    images: 1,
    inChannels: CHANNELS,
    outChannels: CHANNELS,
    height: down + 2,
    width: across + 2,
    kernel: 3,
    stride: 1,
    padding: 0,
    groups: 1,
  };
}
