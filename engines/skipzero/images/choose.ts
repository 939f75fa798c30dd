/**
 * Which kernel a convolution gets: how many output channels share a load of activations.
 *
 * Idea: the zeros are in the weights, so the weights decide. For blocks of 1, 2 and 4 output channels the columns that are not
 * empty are counted and priced with what the kernel takes for one; the cheapest wins, dense included.
 *
 * @module
 */
import { formatPattern, type Pattern } from "../../../core/mod.ts";
import { BLOCK_HEIGHTS, type RowMasks, type Target } from "../../../kernels/mod.ts";
import { forcedForm } from "../choose.ts";
import type { ConvolutionLayer } from "./layers.ts";

/** A pattern and why it was chosen. */
export interface ConvolutionChoice {
  /** How the weights are packed. */
  readonly pattern: Pattern;
  /** Fraction of zero weights, 0 to 1. */
  readonly sparsity: number;
  /** In words, for the dispatch table of a result. */
  readonly reason: string;
}

/** What the choice depends on besides the layer. */
export interface ConvolutionChoices {
  /** Instruction set. */
  readonly target: Target;
  /** Choose the dense kernel whatever the weights are. */
  readonly unpruned: boolean;
  /** Whether all loads are aligned, as where images lie beside each other in the lanes; default: those of single taps. */
  readonly aligned?: boolean;
  /** Choose this pattern whatever it costs; default what the environment forces. */
  readonly form?: Pattern | null;
}

/** Heights of blocks that are priced. */
const HEIGHTS = [1, 2, 4] as const;

type Height = (typeof HEIGHTS)[number];

/** What a stored weight costs in blocks of each height: 1 = a multiply-add of a dense layer. */
type Costs = Readonly<Record<Height, number>>;

/** Of windows of one tap, whose loads are aligned; and of larger ones, where most loads cross a cache line. */
const COSTS: Readonly<Record<Target, { readonly aligned: Costs; readonly crossing: Costs }>> = {
  avx512: { aligned: { 1: 1.6, 2: 1.1, 4: 1 }, crossing: { 1: 2.3, 2: 1.25, 4: 1 } },
  avx2: { aligned: { 1: 1.2, 2: 1.1, 4: 1 }, crossing: { 1: 1.6, 2: 1.2, 4: 1 } },
  wasm_relaxed: { aligned: { 1: 1.5, 2: 1.1, 4: 1 }, crossing: { 1: 1.6, 2: 1.1, 4: 1 } },
  wasm: { aligned: { 1: 1.5, 2: 1.1, 4: 1 }, crossing: { 1: 1.6, 2: 1.1, 4: 1 } },
};

/** A sparse kernel must be this much cheaper: a tie is not worth irregular loads. */
const LEAST_SAVING = 0.05;

const DENSE: Pattern = { kind: "dense" };

/**
 * Chooses the kernel of a layer.
 *
 * @param masks Of its weights as `[OC, IC / groups · KH · KW]`.
 */
export function chooseConvolution(
  layer: ConvolutionLayer,
  masks: RowMasks,
  { target, unpruned, aligned = false, form = forcedForm() }: ConvolutionChoices,
): ConvolutionChoice {
  const stored = storedFractions(layer, masks);
  const sparsity = 1 - masks.blocks[0]! / layer.values.length;
  if (layer.selects) {
    const reason = "no weights: which channel goes where";
    return { pattern: blockPattern(1), sparsity, reason };
  }
  if (unpruned) return { pattern: DENSE, sparsity, reason: "dense engine" };
  const isAligned = aligned || layer.window.kernel.join() === "1,1";
  const costs = COSTS[target][isAligned ? "aligned" : "crossing"];
  const priced = HEIGHTS.map((height) => ({
    pattern: blockPattern(height),
    cost: stored[height] * costs[height],
  }));
  // the higher block wins a tie: it needs fewer offsets
  const least = priced.reduce((least, next) => next.cost <= least.cost ? next : least);
  const group = layer.out.channels / layer.groups;
  const dense = layer.groups === 1 || group % 4 === 0
    ? costs[4]
    : group % 2 === 0
    ? costs[2]
    : costs[1];
  const best = least.cost < (1 - LEAST_SAVING) * dense ? least : { pattern: DENSE, cost: dense };
  const told = [
    `dense ${dense.toFixed(2)}`,
    ...priced.map(({ pattern, cost }) => `${formatPattern(pattern)} ${cost.toFixed(2)}`),
  ].join(", ");
  const percent = `${(100 * sparsity).toFixed(1)} % zeros`;
  if (form !== null) {
    return { pattern: form, sparsity, reason: `${percent}: as asked; costs ${told}` };
  }
  const why = best.pattern === DENSE
    ? "skipping them would cost more than it saves"
    : `${(dense / best.cost).toFixed(1)}x cheaper than dense by the cost model`;
  return { pattern: best.pattern, sparsity, reason: `${percent}: ${why}; costs ${told}` };
}

function blockPattern(rows: Height): Pattern {
  return rows === 1 ? { kind: "unstructured" } : { kind: "block", rows, cols: 1 };
}

/** Fraction of weight positions in blocks of each height by one column that are not all zero; more than 1 if rows fill up. */
function storedFractions(
  { values, out, groups }: ConvolutionLayer,
  { blocks }: RowMasks,
): Readonly<Record<Height, number>> {
  // blocks may not reach from one group into the next
  const fits = (height: Height): boolean => groups === 1 || out.channels / groups % height === 0;
  const fraction = (height: Height): number =>
    fits(height) ? blocks[BLOCK_HEIGHTS.indexOf(height)]! * height / values.length : Infinity;
  return { 1: fraction(1), 2: fraction(2), 4: fraction(4) };
}
