/**
 * What the compiler makes of the part of a graph that works on images: layers over planes.
 *
 * @module
 */
import {
  type Pair,
  type PlacedWindow,
  type RowExpression,
  SLACK_LANES,
  SOFTMAX_SLACK_LANES,
} from "../../../kernels/mod.ts";
import type { Value } from "../layers.ts";

/** An activation tensor `[batch, channels, height, width]` in planes. */
export interface ImageValue {
  /** Position among the image values of the plan. */
  readonly id: number;
  /** Name of the graph's value. */
  readonly name: string;
  /** Channels. */
  readonly channels: number;
  /** Height and width. */
  readonly size: Pair;
  /** Whether no element is negative, so that pads of zeros do not win a maximum. */
  readonly nonNegative: boolean;
}

/** `out = activation(W * x + bias + residual)`, batch normalisation folded in. */
export interface ConvolutionLayer {
  /** Tells the layers apart. */
  readonly kind: "convolution";
  /** Planes that are written. */
  readonly out: ImageValue;
  /** Planes that are read. */
  readonly x: ImageValue;
  /** Name of the weights, for those who read about the layer. */
  readonly weight: string;
  /** `[OC][IC / groups][KH][KW]`. */
  readonly values: Float32Array;
  /** Factor of each output channel's weights, or none. */
  readonly scale: Float32Array | null;
  /** `[OC]`, or none. */
  readonly bias: Float32Array | null;
  /** Groups of channels that do not see each other. */
  readonly groups: number;
  /** The window. */
  readonly window: PlacedWindow;
  /** Added before the activation. */
  readonly residual: ImageValue | null;
  /** Fused activation. */
  readonly activation: "none" | "relu";
  /** Whether the weights are no weights of the network but say which channel goes where: never taken for dense. */
  readonly selects: boolean;
}

/** The largest or the mean of each window. */
export interface PoolLayer {
  /** Tells the layers apart. */
  readonly kind: "pool";
  /** Planes that are written. */
  readonly out: ImageValue;
  /** Planes that are read. */
  readonly x: ImageValue;
  /** What is computed of a window. */
  readonly pooling: "max" | "average";
  /** The window. */
  readonly window: PlacedWindow;
  /** Whether averages count pads. */
  readonly countPads: boolean;
}

/** The largest or the mean of each channel, as features of the batch. */
export interface GlobalPoolLayer {
  /** Tells the layers apart. */
  readonly kind: "global_pool";
  /** Features that are written. */
  readonly out: Value;
  /** Planes that are read. */
  readonly x: ImageValue;
  /** What is computed of a channel. */
  readonly pooling: "max" | "average";
}

/** Every pixel as a feature of the batch: `[batch, channels · height · width]`. */
export interface FlattenLayer {
  /** Tells the layers apart. */
  readonly kind: "flatten";
  /** Features that are written. */
  readonly out: Value;
  /** Planes that are read. */
  readonly x: ImageValue;
}

/** Rows of lanes, `[batch, rows, length]`: what a detector says about the cells of all its maps. */
export interface StripValue {
  /** Position among the strips of the plan. */
  readonly id: number;
  /** Name of the graph's value. */
  readonly name: string;
  /** Rows. */
  readonly rows: number;
  /** Lanes of a row. */
  readonly length: number;
}

/** A map in strips: its channels are `rows` groups, whose cells lie one behind the other. */
export interface StripPart {
  /** The map. */
  readonly x: ImageValue;
  /** First lane. */
  readonly at: number;
}

/** Maps side by side. */
export interface StripsLayer {
  /** Tells the layers apart. */
  readonly kind: "strips";
  /** Rows that are written. */
  readonly out: StripValue;
  /** The maps. */
  readonly parts: readonly StripPart[];
}

/** Probabilities down the rows, in place. */
export interface SoftmaxRowsLayer {
  /** Tells the layers apart. */
  readonly kind: "softmax_rows";
  /** Rows that are overwritten. */
  readonly x: StripValue;
}

/** Arithmetic between rows. */
export interface EvaluateLayer {
  /** Tells the layers apart. */
  readonly kind: "evaluate";
  /** Rows that are written. */
  readonly out: StripValue;
  /** Rows that are read. */
  readonly x: StripValue;
  /** An expression for each row of `out`. */
  readonly rows: readonly RowExpression[];
}

/** A graph output. */
export interface WriteLayer {
  /** Tells the layers apart. */
  readonly kind: "write";
  /** What is written: planes as `[channels, height, width]`, or strips. */
  readonly x: ImageValue | StripValue;
  /** Whether strips are written as `[length, rows]`. */
  readonly turned: boolean;
  /** Name of the graph output. */
  readonly name: string;
  /** Shape of the graph output. */
  readonly shape: readonly number[];
}

/** A layer that reads planes, or what was made of them. */
export type ImageLayer =
  | ConvolutionLayer
  | PoolLayer
  | GlobalPoolLayer
  | FlattenLayer
  | StripsLayer
  | SoftmaxRowsLayer
  | EvaluateLayer
  | WriteLayer;

/** The image part of a plan. */
export interface ImagePlan {
  /** Graph inputs by the value that stands for them. */
  readonly inputs: ReadonlyMap<ImageValue, string>;
  /** Layers in an order that respects their inputs. */
  readonly layers: readonly ImageLayer[];
  /** Rows of numbers that expressions name. */
  readonly constantRows: readonly Float32Array[];
}

/** Values that a layer reads. */
export function readBy(layer: ImageLayer): readonly (ImageValue | StripValue)[] {
  if (layer.kind === "strips") return layer.parts.map(({ x }) => x);
  return layer.kind === "convolution" && layer.residual !== null
    ? [layer.x, layer.residual]
    : [layer.x];
}

/** What a layer writes for others of its kind to read; `null` if nothing new. */
export function writtenBy(layer: ImageLayer): ImageValue | StripValue | null {
  return layer.kind === "strips" || layer.kind === "evaluate" ? layer.out : imageOutOf(layer);
}

/** Whether a value is planes. */
export function isPlanes(value: ImageValue | StripValue): value is ImageValue {
  return "channels" in value;
}

/** Bytes from one row of strips to the next: room for what kernels write past the end. */
export function stripRowBytes({ length }: StripValue): number {
  return 4 * (SOFTMAX_SLACK_LANES * Math.ceil(length / SOFTMAX_SLACK_LANES) + SLACK_LANES);
}

/** Planes that a layer writes; `null` if it writes features of the batch. */
export function imageOutOf(layer: ImageLayer): ImageValue | null {
  return layer.kind === "convolution" || layer.kind === "pool" ? layer.out : null;
}

/** What a layer is called in dispatch tables and profiles. */
export function nameOfImageLayer(layer: ImageLayer): string {
  switch (layer.kind) {
    case "convolution":
      return layer.weight;
    case "write":
      return layer.name;
    case "softmax_rows":
      return `${layer.x.name}/softmax`;
    default:
      return layer.out.name;
  }
}
