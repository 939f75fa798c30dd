/**
 * Suite `kernels`: single layers, our kernels against ONNX Runtime and against the roof of the machine.
 *
 * Its list: the figures that kernels are to reach; every pattern of the taxonomy at 75 %; sweeps over sparsity, which show
 * where sparse begins to win; the layers of every network that a claim is about; published masks, if there are any. A
 * quick run takes the first three on one thread, the sweeps for two patterns and one layer, of the masks those that a figure is about, and
 * WebAssembly where a figure asks for it.
 *
 * @module
 */
import { parsePattern, PATTERN_FORMS } from "../core/mod.ts";
import { formatBytes, type TargetFamily } from "../kernels/mod.ts";
import { layerCells, PLAIN, type WantedLayer } from "./layer_cells.ts";
import { convolutionShape, type ConvolutionSize, NETWORKS } from "./layer_shapes.ts";
import type { LayerSpec, LinearSpec } from "./layer_spec.ts";
import { publishedMasks } from "./published_masks.ts";
import type { Cell, Effort, Suite, SuiteRequest } from "./suite.ts";

/** Single layers. */
export const kernels: Suite = {
  id: "kernels",
  summary: "single layers of every pattern against ONNX Runtime and the machine's own peaks",
  cells,
  effort: ({ quick }) => quick ? QUICK : FULL,
  storage: () =>
    STORED.flatMap((name) => formatBytes({ ...STORED_SIZE, pattern: parsePattern(name) })),
};

/** Patterns whose matrices are stored in every format, and their size: the one that most figures are about. */
const STORED = ["unstructured", "4x1"];
const STORED_SIZE = {
  rows: 1024,
  cols: 1024,
  sparsities: [0.5, 0.6, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95, 0.98],
} as const;

const QUICK: Effort = {
  processes: 2,
  plan: { turnNs: 8e6, blocks: 4, minRounds: 3, maxRounds: 6, budgetNs: 1.2e9, halfWidth: 0.02 },
};

const FULL: Effort = {
  processes: 3,
  plan: { turnNs: 20e6, blocks: 8, minRounds: 4, maxRounds: 16, budgetNs: 6e9, halfWidth: 0.005 },
};

const BOTH: readonly TargetFamily[] = ["native", "wasm"];

/** Lanes of a chain, which reads its weights from where those of a deep network come from. */
const CHAIN = 48;

/** The size that most figures are about. */
const SIDE = 1024;
const LANES = 384;

function cells(request: SuiteRequest): readonly Cell[] {
  const { threads, quick, data } = request;
  const tiers = quick ? ["native"] as const : BOTH;
  const first = [
    ...FIGURES,
    ...taxonomy(tiers),
    ...sweeps(quick, tiers),
    ...publishedMasks(data).filter(({ goals }) => !quick || goals !== undefined),
  ];
  const [fewest = 1, ...more] = threads;
  if (quick) return layerCells(first, fewest);
  return [
    ...layerCells([...first, ...networkLayers()], fewest),
    ...more.flatMap((count) => layerCells(FIGURES, count)),
  ];
}

function linear(size: Partial<LinearSpec> & Pick<LinearSpec, "pattern" | "sparsity">): LinearSpec {
  return { ...PLAIN, op: "linear", rows: SIDE, cols: SIDE, lanes: LANES, ...size };
}

/** A figure of native code over native ONNX Runtime. */
function figure(
  pattern: string,
  sparsity: number,
  ratio: number,
  changes: Partial<LinearSpec> = {},
): WantedLayer {
  const lanes = changes.lanes ?? LANES;
  const copies = lanes <= 16 ? CHAIN : 1;
  return {
    layer: linear({ copies, ...changes, pattern, sparsity }),
    tags: ["figures"],
    tiers: ["native"],
    goals: [{ tier: "native", over: "onnxruntime-node", ratio }],
    skipsActivations: (changes.activationSparsity ?? 0) > 0,
    dense: copies === 1,
  };
}

/** A figure of WebAssembly over either build of ONNX Runtime. */
function wasmFigure(
  pattern: string,
  sparsity: number,
  goals: { readonly web?: number; readonly native?: number },
  changes: Partial<LinearSpec> = {},
): WantedLayer {
  const { web, native } = goals;
  return {
    layer: linear({ ...changes, pattern, sparsity }),
    tags: ["figures"],
    tiers: ["wasm"],
    goals: [
      ...web === undefined ? [] : [{ tier: "wasm", over: "onnxruntime-web", ratio: web } as const],
      ...native === undefined
        ? []
        : [{ tier: "wasm", over: "onnxruntime-node", ratio: native } as const],
    ],
  };
}

const BYTES = { op: "quantized_linear" } as const;

/** What kernels are to reach, as ratios to ONNX Runtime's dense product of the same type. */
export const FIGURES: readonly WantedLayer[] = [
  figure("dense", 0, 0.93),
  figure("4x1", 0.7, 3.1),
  figure("4x1", 0.8, 4.6),
  figure("4x1", 0.9, 9),
  figure("4x1", 0.95, 16),
  figure("2x1", 0.7, 2.8),
  figure("2x1", 0.78, 3.8),
  figure("16x1", 0.9, 8.4),
  figure("unstructured", 0.9, 5),
  figure("unstructured", 0.95, 8.5),
  figure("2:4", 0.5, 1.3),
  figure("2:4", 0.5, 1.5, { lanes: 512 }),
  figure("4x1", 0.9, 5.5, { lanes: 16 }),
  figure("4x1", 0.9, 5, { lanes: 1 }),
  figure("16x1", 0.9, 12, { lanes: 1 }),
  // Complementary sets of 16 kernels, each of which owns one column of every 16: no lane has an empty slot.
  figure("partitioned-xy-1:16", 0.9375, 18, { lanes: 1 }),
  figure("partitioned-xy-1:16", 0.9375, 9, { lanes: 8 }),
  figure("unstructured", 0.9, 4, { lanes: 1 }),
  figure("16x1", 0.95, 40, { lanes: 1, activationSparsity: 0.9 }),
  figure("dense", 0, 0.85, BYTES),
  figure("dlrm-4x16", 0.85, 5.5, BYTES),
  figure("4x1", 0.9, 7.5, BYTES),
  wasmFigure("dense", 0, { web: 1.2 }),
  wasmFigure("4x1", 0.9, { web: 12, native: 1.8 }),
  wasmFigure("unstructured", 0.9, { native: 1.2 }),
  // Quads of inputs, in blocks of one row and of four that share what they load.
  wasmFigure("1x4", 0.9, { native: 1.9 }, BYTES),
  wasmFigure("4x4", 0.9, { native: 1.9 }, BYTES),
];

/** The patterns of the talk's taxonomy, each at 75 %. */
function taxonomy(tiers: readonly TargetFamily[]): WantedLayer[] {
  const names = PATTERN_FORMS
    .filter(({ known }) => /^(Unstructured|Block|Partitioned)/.test(known))
    .map(({ example }) => example);
  return names.map((pattern) => ({
    layer: linear({ pattern, sparsity: 0.75 }),
    tags: ["taxonomy"],
    tiers,
  }));
}

const SWEEP = [0.1, 0.3, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95];

/** A layer whose pattern and sparsity are open. */
type Shaped = (pattern: string, sparsity: number) => LayerSpec;

/**
 * Layers that break even at different sparsities: one that caches hold well, a long and a small one, one token whose
 * weights come from afar, and convolutions, wide and pointwise.
 */
const SWEPT: readonly Shaped[] = [
  (pattern, sparsity) => linear({ pattern, sparsity }),
  (pattern, sparsity) => linear({ pattern, sparsity, rows: 4 * SIDE }),
  (pattern, sparsity) => linear({ pattern, sparsity, rows: 256, cols: 256, lanes: 128 }),
  (pattern, sparsity) => linear({ pattern, sparsity, lanes: 1, copies: CHAIN }),
  (pattern, sparsity) => convolved([256, 256, 3, 1, 14], pattern, sparsity),
  (pattern, sparsity) => convolved([64, 256, 1, 1, 56], pattern, sparsity),
];

function sweeps(quick: boolean, tiers: readonly TargetFamily[]): WantedLayer[] {
  const patterns = quick ? ["4x1", "unstructured"] : ["unstructured", "2x1", "4x1", "16x1"];
  const shapes = quick ? SWEPT.slice(0, 1) : SWEPT;
  return patterns.flatMap((pattern) =>
    shapes.flatMap((shaped) =>
      SWEEP.map((sparsity) => ({ layer: shaped(pattern, sparsity), tags: ["break-even"], tiers }))
    )
  );
}

function convolved(size: ConvolutionSize, pattern: string, sparsity: number): LayerSpec {
  return { ...PLAIN, op: "convolution", pattern, sparsity, shape: convolutionShape(size) };
}

function networkLayers(): WantedLayer[] {
  return NETWORKS.flatMap(({ network, quantized, pruned, linear: sizes = [], convolutions = [] }) =>
    pruned.flatMap(([pattern, sparsity]): WantedLayer[] => {
      const wanted = { tags: [network], tiers: BOTH };
      const op = quantized ? "quantized_linear" : "linear";
      const divides = (rows: number): boolean => rows % 2 === 0;
      return [
        ...sizes.map(([rows, cols, lanes]) => ({
          layer: linear({ op, pattern, sparsity, rows, cols, lanes }),
          ...wanted,
        })),
        ...convolutions.filter(([, channels]) => divides(channels)).map((size) => ({
          layer: convolved(size, pattern, sparsity),
          ...wanted,
        })),
      ];
    })
  );
}
