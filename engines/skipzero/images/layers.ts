/**
 * What the compiler makes of the part of a graph that works on images: layers over planes.
 *
 * @module
 */
import type { Pair, PlacedWindow } from "../../../kernels/mod.ts";
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

/** A layer that reads planes. */
export type ImageLayer = ConvolutionLayer | PoolLayer | GlobalPoolLayer | FlattenLayer;

/** The image part of a plan. */
export interface ImagePlan {
  /** Graph inputs by the value that stands for them. */
  readonly inputs: ReadonlyMap<ImageValue, string>;
  /** Layers in an order that respects their inputs. */
  readonly layers: readonly ImageLayer[];
}

/** Planes that a layer reads. */
export function imagesOf(layer: ImageLayer): readonly ImageValue[] {
  return layer.kind === "convolution" && layer.residual !== null
    ? [layer.x, layer.residual]
    : [layer.x];
}

/** Planes that a layer writes; `null` if it writes features of the batch. */
export function imageOutOf(layer: ImageLayer): ImageValue | null {
  return layer.kind === "convolution" || layer.kind === "pool" ? layer.out : null;
}

/** What a layer is called in dispatch tables and profiles. */
export function nameOfImageLayer(layer: ImageLayer): string {
  return layer.kind === "convolution" ? layer.weight : layer.out.name;
}
