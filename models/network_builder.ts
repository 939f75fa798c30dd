/**
 * Writes networks layer by layer: each method adds a layer's parameters and its nodes. Values have the names that PyTorch gives the
 * modules, so that checkpoints fit.
 *
 * @module
 */
import { float32, sizeOf } from "../core/mod.ts";
import { createGraphBuilder, float, type GraphBuilder, int, ints } from "./graph_builder.ts";
import type { ParameterSource, Start } from "./parameter_source.ts";

/** Sizes of a convolution with a square kernel. */
export interface ConvolutionSizes {
  /** Input channels. */
  readonly from: number;
  /** Output channels. */
  readonly to: number;
  /** Rows and columns of the kernel. */
  readonly kernel: number;
  /** Pixels between windows; 1 unless given. */
  readonly stride?: number;
  /** Zeros on all four sides; 0 unless given. */
  readonly pad?: number;
  /** Groups of channels that do not see each other; 1 unless given. */
  readonly groups?: number;
  /** Whether there is a bias, or how it starts, at 0 if that is not said; none unless given. */
  readonly bias?: boolean | Start;
  /** How the weight starts; for a ReLU behind it (He et al. 2015) unless given. */
  readonly weight?: Start;
}

/** Sizes of a fully connected layer. */
export interface DenseSizes {
  /** Input features. */
  readonly from: number;
  /** Output features. */
  readonly to: number;
  /** How the weight starts; for a ReLU behind it (He et al. 2015) unless given. */
  readonly weight?: Start;
  /** How the bias starts; at 0 unless given. */
  readonly bias?: Start;
}

/** A graph builder that knows layers. */
export interface NetworkBuilder extends GraphBuilder {
  /** Adds a parameter of the source under its own name, which is given back. */
  values(name: string, shape: readonly number[], start: Start): string;
  /** A convolution `<name>.weight` `[to, from / groups, kernel, kernel]`, `<name>.bias` if wanted. */
  conv(x: string, name: string, sizes: ConvolutionSizes): string;
  /**
   * A batch normalisation.
   *
   * @param gain Where `<name>.weight` starts, 1 unless given. `fixed` stands for a gain of 1 and a bias of 0 that are never trained,
   * PyTorch's `affine=False`.
   */
  batchNorm(x: string, name: string, channels: number, gain?: number | "fixed"): string;
  /** The larger of 0 and x. */
  relu(x: string, name: string): string;
  /** The largest of square windows. */
  maxPool(x: string, name: string, kernel: number, stride: number, pad?: number): string;
  /** A fully connected layer on `[B, from]` as a `Gemm`, with `<name>.weight` `[to, from]` and `<name>.bias`. */
  dense(x: string, name: string, sizes: DenseSizes): string;
}

/** Starts a network whose parameters come from `source`. */
export function createNetworkBuilder(name: string, source: ParameterSource): NetworkBuilder {
  const builder = createGraphBuilder(name);
  const network: NetworkBuilder = {
    ...builder,
    values: (name, shape, start) => builder.parameter(name, source(name, shape, start)),
    conv(x, name, sizes): string {
      const { from, to, kernel, stride = 1, pad = 0, groups = 1, bias = false } = sizes;
      const shape = [to, from / groups, kernel, kernel];
      const start = sizes.weight ?? heNormal(shape);
      const inputs = [x, network.values(`${name}.weight`, shape, start)];
      if (bias) inputs.push(network.values(`${name}.bias`, [to], bias === true ? ZERO : bias));
      return builder.node("Conv", `${name}/Conv`, inputs, {
        kernel_shape: ints(kernel, kernel),
        strides: ints(stride, stride),
        pads: ints(pad, pad, pad, pad),
        group: int(groups),
      });
    },
    batchNorm(x, name, channels, gain = 1): string {
      const [scale, bias] = gain === "fixed"
        ? [
          builder.constant(`ones [${channels}]`, float32([channels], filled(channels, 1))),
          builder.constant(`zeros [${channels}]`, float32([channels])),
        ]
        : [
          network.values(`${name}.weight`, [channels], { kind: "constant", value: gain }),
          network.values(`${name}.bias`, [channels], ZERO),
        ];
      const mean = network.values(`${name}.running_mean`, [channels], ZERO);
      const variance = network.values(`${name}.running_var`, [channels], ONE);
      return builder.node("BatchNormalization", name, [x, scale, bias, mean, variance], {
        epsilon: float(1e-5),
      });
    },
    relu: (x, name) => builder.node("Relu", name, [x]),
    maxPool: (x, name, kernel, stride, pad = 0) =>
      builder.node("MaxPool", name, [x], {
        kernel_shape: ints(kernel, kernel),
        strides: ints(stride, stride),
        pads: ints(pad, pad, pad, pad),
      }),
    dense(x, name, sizes): string {
      const { from, to } = sizes;
      const shape = [to, from];
      const start = sizes.weight ?? heNormal(shape);
      const weight = network.values(`${name}.weight`, shape, start);
      const bias = network.values(`${name}.bias`, [to], sizes.bias ?? ZERO);
      return builder.node("Gemm", `${name}/Gemm`, [x, weight, bias], { transB: int(1) });
    },
  };
  return network;
}

const ZERO: Start = { kind: "constant", value: 0 };
const ONE: Start = { kind: "constant", value: 1 };

/** Keeps the size of activations through ReLU (He et al. 2015, equation 10). */
function heNormal(shape: readonly number[]): Start {
  return { kind: "normal", deviation: Math.sqrt(2 / sizeOf(shape.slice(1))) };
}

/**
 * Where PyTorch starts weights and biases of its layers unless told otherwise: evenly between ±1 / √inputs (`reset_parameters` of
 * `Linear` and `Conv2d`).
 *
 * @param inputs What an output adds up, zeros included.
 */
export function torchStart(inputs: number, nonZeros?: number): Start {
  const bound = 1 / Math.sqrt(inputs);
  return { kind: "uniform", bound, ...(nonZeros === undefined ? {} : { nonZeros }) };
}

function filled(length: number, value: number): Float32Array<ArrayBuffer> {
  return new Float32Array(length).fill(value);
}
