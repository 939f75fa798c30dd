/**
 * What a layer is to compute, whatever kernel does it: weights with their zeros, and sizes.
 *
 * @module
 */
import type { Pattern } from "../../core/mod.ts";

/** What every linear layer has. */
export interface LinearShape {
  /** Outputs. */
  readonly rows: number;
  /** Inputs. */
  readonly cols: number;
  /** Tokens, pixels or batch items of one call. */
  readonly lanes: number;
  /** Pattern of the weights; `dense` asks for a kernel that skips nothing. */
  readonly pattern: Pattern;
}

/** A float32 linear layer `y = W · x + bias`. */
export interface LinearTask extends LinearShape {
  /** Tells the kinds apart. */
  readonly op: "linear";
  /** Row-major `rows × cols`, zeros included. */
  readonly weights: Float32Array<ArrayBuffer>;
  /** `rows` values. */
  readonly bias: Float32Array<ArrayBuffer>;
  /** Activations of each token that are not zero, where that is known: for models of what a call costs. */
  readonly active?: number;
  /** k: of each token the k largest activations are to be found, and the others taken for zero. */
  readonly winners?: number;
}

/** How sums become unsigned bytes: `round(sum * scale) + zeroPoint`, saturated, as ONNX's `QLinearMatMul` does. */
export interface Requantize {
  /** `xScale * wScale / yScale`; positive. */
  readonly scale: number;
  /** The byte that stands for 0, 0 to 127. */
  readonly zeroPoint: number;
}

/** An integer linear layer `y = W · (x - zeroPoint) + bias`: unsigned bytes in, int32 sums or unsigned bytes out. */
export interface QuantizedLinearTask extends LinearShape {
  /** Tells the kinds apart. */
  readonly op: "quantized_linear";
  /** Row-major `rows × cols`, zeros included. */
  readonly weights: Int8Array<ArrayBuffer>;
  /** `rows` values. */
  readonly bias: Int32Array<ArrayBuffer>;
  /** Activation that stands for 0, 0 to 255. */
  readonly zeroPoint: number;
  /** How sums become bytes again; without it they are the output. */
  readonly requantize?: Requantize;
}

/** Sizes of a convolution, as ONNX's `Conv` names them. */
export interface ConvolutionShape {
  /** Images of one call. */
  readonly images: number;
  /** Channels in. */
  readonly inChannels: number;
  /** Channels out. */
  readonly outChannels: number;
  /** Height of the input plane. */
  readonly height: number;
  /** Width of the input plane. */
  readonly width: number;
  /** Side of the square kernel. */
  readonly kernel: number;
  /** Step of the kernel in both directions. */
  readonly stride: number;
  /** Zeros on each side of the plane. */
  readonly padding: number;
  /** Groups of channels that do not mix. */
  readonly groups: number;
}

/** A float32 convolution. */
export interface ConvolutionTask extends ConvolutionShape {
  /** Tells the kinds apart. */
  readonly op: "convolution";
  /** Pattern of the weights, flattened to `[outChannels, inChannels / groups · kernel²]`; `dense` skips nothing. */
  readonly pattern: Pattern;
  /** `[outChannels][inChannels / groups][kernel][kernel]`, zeros included. */
  readonly weights: Float32Array<ArrayBuffer>;
  /** `outChannels` values. */
  readonly bias: Float32Array<ArrayBuffer>;
  /** Channels of each pixel that are not zero, where that is known: for models of what a call costs. */
  readonly active?: number;
  /** k: of each pixel the k largest channels are to be found, and the others taken for zero. */
  readonly winners?: number;
}

/** What a layer is to compute. */
export type LayerTask = LinearTask | QuantizedLinearTask | ConvolutionTask;

/** Side of the output plane for an input plane of side `size`. */
export function outputSide(
  size: number,
  { kernel, stride, padding }: Pick<ConvolutionShape, "kernel" | "stride" | "padding">,
): number {
  return Math.floor((size + 2 * padding - kernel) / stride) + 1;
}
