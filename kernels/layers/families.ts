/**
 * Every family of kernels that makes layers, as data: suites time this list, the fuzz test tries it, and the table of the
 * documentation is made from it.
 *
 * A family is added by one entry: what it is, which tasks it takes, and a call of its `prepare...` function.
 *
 * @module
 */
import { unitOf } from "../../core/mod.ts";
import type { Backend } from "../backend.ts";
import type { Target } from "../machine.ts";
import { kernelSupport } from "../open.ts";
import { type ByteLayout, byteLayoutOf, makesQuads } from "../ops/mod.ts";
import { prepareBroadcast } from "./broadcast_layer.ts";
import { type ConvolutionLayer, prepareConvolution } from "./convolution.ts";
import type { Layer, LayerPlace } from "./layer.ts";
import { chooseForm } from "./linear.ts";
import { preparePanel } from "./panel_layer.ts";
import { preparePermute } from "./permute_layer.ts";
import { prepareSparseSparseConvolution } from "./sparse_sparse_convolution.ts";
import { prepareSparseSparse } from "./sparse_sparse_layer.ts";
import { prepareQuantizedBroadcast } from "./quantized_broadcast.ts";
import { prepareDot } from "./dot_layer.ts";
import { prepareQuantizedLinear } from "./quantized_linear.ts";
import type { ConvolutionTask, LayerTask, LinearTask, QuantizedLinearTask } from "./task.ts";

/** Kernels that share a layout and a way to pack. */
export interface LayerFamily {
  /** Id in results, e.g. `panel`. */
  readonly id: string;
  /** What its lanes are and when it is good, in one line. */
  readonly summary: string;
  /** The kind of task that it computes. */
  readonly op: LayerTask["op"];
  /** Whether zeros of the activations are skipped too. */
  readonly skipsActivations: boolean;
  /** Patterns that it is tried, measured and documented with. */
  readonly patterns: readonly string[];
  /** Why it does not compute a task on a target; `null` if it does. */
  refuses(task: LayerTask, target: Target): string | null;
  /**
   * Packs a task that it does not refuse.
   *
   * @throws {RangeError} If the arena is exhausted.
   */
  prepare(backend: Backend, task: LayerTask, place: LayerPlace): Layer;
}

/** What a family is for. */
interface Description<Task extends LayerTask> {
  readonly id: string;
  readonly summary: string;
  readonly skipsActivations?: boolean;
  readonly patterns: readonly string[];
  readonly op: Task["op"];
  readonly refuses?: (task: Task, target: Target) => string | null;
  readonly prepare: (backend: Backend, task: Task, place: LayerPlace) => Layer;
}

/** A family that takes one kind of task. */
function family<Task extends LayerTask>(description: Description<Task>): LayerFamily {
  const { id, summary, skipsActivations = false, patterns, op, refuses, prepare } = description;
  const isOwn = (task: LayerTask): task is Task => task.op === op;
  return {
    id,
    summary,
    op,
    skipsActivations,
    patterns,
    refuses: (task, target) =>
      isOwn(task) ? refuses?.(task, target) ?? null : `${task.op} is not ${op}`,
    prepare(backend, task, place): Layer {
      if (isOwn(task)) return prepare(backend, task, place);
      throw new RangeError(`Cannot prepare ${task.op} with ${id}: expected ${op}`);
    },
  };
}

/** Tokens up to which lanes along output rows are faster than panels, which are padded to 16. */
const FEW_LANES = 14;

/** Every family, the one to be preferred first. */
export const FAMILIES: readonly LayerFamily[] = [
  family<LinearTask>({
    id: "broadcast",
    summary:
      "lanes are output rows, activations are broadcast; blocks of 4 rows and more, few tokens",
    patterns: ["dense", "4x1", "8x1", "16x1", "4x4", "16x4"],
    op: "linear",
    refuses: ({ lanes, pattern }) => {
      if (lanes > FEW_LANES) return `${lanes} lanes, expected at most ${FEW_LANES}`;
      const { rows } = unitOf(pattern);
      if (pattern.kind === "dense" || rows % 4 === 0) return null;
      return `blocks of ${rows} rows, expected a multiple of 4`;
    },
    prepare: (backend, task, place) => prepareBroadcast(backend, { ...task, ...place }),
  }),
  family<LinearTask>({
    id: "permute",
    summary: "lanes are output rows that look their activations up in a register; few tokens",
    patterns: [
      "unstructured",
      "2x1",
      "4x1",
      "2:4",
      "1:4",
      "partitioned-x-4:16",
      "partitioned-xy-1:16",
    ],
    op: "linear",
    refuses: ({ lanes, pattern }) => {
      if (lanes > FEW_LANES) return `${lanes} lanes, expected at most ${FEW_LANES}`;
      return pattern.kind === "dense" ? "every weight is there, expected zeros" : null;
    },
    prepare: (backend, task, place) => preparePermute(backend, { ...task, ...place }),
  }),
  family<LinearTask>({
    id: "dot",
    summary:
      "lanes are runs of inputs, added up at the end of a row; 1x8, 4x16 and such, few tokens",
    patterns: ["1x4", "4x4", "1x16", "4x16"],
    op: "linear",
    refuses: ({ lanes, pattern }) => {
      if (lanes > FEW_LANES) return `${lanes} lanes, expected at most ${FEW_LANES}`;
      const { cols } = unitOf(pattern);
      return cols >= 4 ? null : `runs of ${cols} inputs, expected at least 4`;
    },
    prepare: (backend, task, place) => prepareDot(backend, { ...task, ...place }),
  }),
  family<LinearTask>({
    id: "sparse-sparse",
    summary: "walks the activations that are not zero and the columns of their inputs; few tokens",
    skipsActivations: true,
    patterns: ["dense", "unstructured", "4x1", "8x1", "16x1", "partitioned-y-4:16"],
    op: "linear",
    prepare: (backend, task, place) => prepareSparseSparse(backend, { ...task, ...place }),
  }),
  family<LinearTask>({
    id: "panel",
    summary: "lanes are tokens; data-driven blocks, for 16 lanes and more",
    patterns: ["dense", "unstructured", "2x1", "4x1", "8x1", "16x1", "1x4", "4x4", "2:4", "1:4"],
    op: "linear",
    prepare: (backend, task, place) => preparePanel(backend, { ...task, ...place }),
  }),
  family<QuantizedLinearTask>({
    id: "byte-broadcast",
    summary: "lanes are output rows, bytes of 4 inputs are broadcast; 16x4 blocks, few tokens",
    patterns: ["dense", "dlrm-4x16"],
    op: "quantized_linear",
    refuses: ({ lanes, pattern }, target) => {
      if (lanes > FEW_LANES) return `${lanes} lanes, expected at most ${FEW_LANES}`;
      const { rows, cols } = unitOf(pattern);
      if (pattern.kind !== "dense" && (rows % 16 !== 0 || cols % 4 !== 0)) {
        return `blocks of ${rows}x${cols}, expected a multiple of 16x4`;
      }
      return kernelSupport().bytes[target] ?? null;
    },
    prepare: (backend, task, place) =>
      prepareQuantizedBroadcast(backend, { ...task, ...place, result: resultOf(task, "uint8") }),
  }),
  family<QuantizedLinearTask>({
    id: "byte-panel",
    summary: "lanes are tokens, activations unsigned bytes; dot products of four inputs at once",
    patterns: ["dense", "unstructured", "2x1", "4x1", "16x1", "1x4", "4x4", "2:4", "dlrm-4x16"],
    op: "quantized_linear",
    refuses: (_, target) => kernelSupport().bytes[target] ?? null,
    prepare: (backend, task, place) =>
      prepareQuantizedLinear(backend, { ...task, ...place, result: resultOf(task, bytesOf(task)) }),
  }),
  family<ConvolutionTask>({
    id: "convolution",
    summary: "lanes are pixels of padded planes; any kernel, stride and groups by offset lists",
    patterns: ["dense", "unstructured", "2x1", "4x1", "16x1", "2:4"],
    op: "convolution",
    prepare: (backend, task, place) =>
      prepareConvolution(backend, { ...place, ...convolved(task) }),
  }),
  family<ConvolutionTask>({
    id: "sparse-sparse-convolution",
    summary: "walks the channels of each pixel that are not zero, for all windows that see it",
    skipsActivations: true,
    patterns: ["unstructured", "4x1", "8x1", "16x1", "partitioned-y-4:16"],
    op: "convolution",
    prepare: (backend, task, place) =>
      prepareSparseSparseConvolution(backend, {
        ...place,
        ...convolved(task),
        ...task.winners !== undefined && { winners: task.winners },
        ...task.active !== undefined && { active: task.active / task.inChannels },
      }),
  }),
];

/** What becomes of the sums of a task: bytes of a kind if it asks for bytes. */
function resultOf<Bytes extends string>({ requantize, rows }: QuantizedLinearTask, kind: Bytes):
  | { readonly kind: "int32" }
  | { readonly kind: Bytes; readonly scales: Float32Array; readonly zeroPoint: number } {
  if (requantize === undefined) return { kind: "int32" };
  const { scale, zeroPoint } = requantize;
  return { kind, scales: new Float32Array(rows).fill(scale), zeroPoint };
}

/** The layout that a layer of the same pattern reads, where the kernel of the pattern can write it. */
function bytesOf({ pattern }: QuantizedLinearTask): ByteLayout {
  return byteLayoutOf(pattern) === "quads" && makesQuads(pattern) ? "quads" : "rows";
}

/** A task as both convolution layers take it. */
function convolved(
  task: ConvolutionTask,
): Pick<ConvolutionLayer, "weights" | "bias" | "window" | "images" | "pattern"> {
  const { kernel, stride, padding, height, width, images, pattern, bias } = task;
  return {
    weights: {
      values: task.weights,
      outputChannels: task.outChannels,
      inputChannels: task.inChannels,
      groups: task.groups,
    },
    bias,
    window: {
      image: [height, width],
      kernel: [kernel, kernel],
      stride: [stride, stride],
      pads: { top: padding, left: padding, bottom: padding, right: padding },
    },
    images,
    pattern,
  };
}

/**
 * The families that compute a task on a target, the one to be preferred first: for linear layers in the order of
 * {@linkcode chooseForm}'s predicted costs.
 *
 * @param skipsActivations Whether families are wanted that skip zeros of the activations, or those that do not.
 */
export function familiesFor(
  task: LayerTask,
  target: Target,
  skipsActivations = false,
): LayerFamily[] {
  const families = FAMILIES.filter((family) =>
    family.skipsActivations === skipsActivations && family.refuses(task, target) === null
  );
  if (task.op !== "linear") return families;
  const costs: Readonly<Record<string, number>> = chooseForm(task, target).costs;
  return families.toSorted((a, b) => (costs[a.id] ?? Infinity) - (costs[b.id] ?? Infinity));
}
