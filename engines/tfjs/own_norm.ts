/**
 * Kernels of batch normalisation with what follows it (a residual, ReLU), with their gradients; and of ReLU by itself.
 *
 * All gradients of a normalisation rest on the same sums, so they are computed together.
 *
 * @module
 */
import { sizeOf } from "../../core/mod.ts";
import { numberAttribute } from "../../models/mod.ts";
import type { Heap, Tf, TfInfo, TfTensor } from "./heap.ts";
import type { Floats } from "./loops.ts";
import type { ChannelSizes, NormLoops } from "./norm_loops.ts";
import type { NormCall } from "./ops.ts";
import { type KernelSpec, runOwn, runOwnAll } from "./own_kernel.ts";

/** BatchNorm, Relu and their gradients. */
export function normKernels(tf: Tf, heap: Heap, loops: NormLoops): readonly KernelSpec[] {
  const { float32, allocate } = heap;
  const allocateLike = ({ shape }: TfInfo): TfInfo => allocate(shape);
  return [
    {
      name: "BatchNorm",
      run: ({ x, gain, bias, beside, mean, variance }, { epsilon, relu }) => {
        const sizes = channelSizes(x!);
        const [y, moments] = [allocateLike(x!), allocate([2, sizes.channels])];
        const found = float32(moments);
        if (mean && variance) {
          found.set(float32(mean));
          found.set(float32(variance), sizes.channels);
        } else {
          loops.channelMoments(float32(x!), sizes, found);
        }
        const factors = scaling(found, float32(gain!), float32(bias!), Number(epsilon));
        const ending = { beside: beside ? float32(beside) : null, relu: relu === true };
        loops.scaleChannels(float32(x!), factors, ending, sizes, float32(y));
        return [y, moments];
      },
      gradient: {
        save: ["x", "gain"],
        saveOutput: 2,
        by: (dy, [x, gain, y, moments], attributes) => {
          const all = runOwnAll(
            tf,
            "BatchNormGradient",
            { x: x!, dy, y: y!, gain: gain!, moments: moments! },
            attributes,
          );
          dy.dispose(); // nobody else has it, and its memory serves the next gradient
          const [dx, dGain, dBias, dBeside] = all as [TfTensor, TfTensor, TfTensor, TfTensor]; // as many are given
          // Moments of the batch are no inputs; running ones have no gradient.
          return { x: () => dx, gain: () => dGain, bias: () => dBias, beside: () => dBeside };
        },
      },
    },
    {
      name: "BatchNormGradient",
      run: ({ x, dy, y, gain, moments }, { epsilon, relu, beside, batch }) => {
        const sizes = channelSizes(x!);
        const [dx, dGain, dBias] = [
          allocateLike(x!),
          allocateLike(gain!),
          allocateLike(gain!),
        ];
        const dz = beside ? (relu ? allocateLike(x!) : heap.share(dy!)) : null;
        const output = relu ? float32(y!) : null;
        const [means, sums] = [
          float32(moments!).subarray(0, sizes.channels),
          new Float32Array(2 * sizes.channels),
        ];
        const factors = new Float32Array(3 * sizes.channels);
        loops.channelSums(float32(x!), float32(dy!), output, means, sizes, sums);
        const task = { sums, moments: float32(moments!), gain: float32(gain!) };
        const count = batch ? sizes.images * sizes.plane : Infinity;
        gradientFactors(task, Number(epsilon), count, factors, float32(dGain), float32(dBias));
        loops.channelGradient(
          float32(x!),
          float32(dy!),
          output,
          factors,
          sizes,
          float32(dx),
          dz && relu ? float32(dz) : null,
        );
        return dz ? [dx, dGain, dBias, dz] : [dx, dGain, dBias];
      },
    },
    {
      name: "Relu",
      run: ({ x }) => {
        const y = allocateLike(x!);
        loops.relu(float32(x!), float32(y));
        return y;
      },
      gradient: {
        save: [],
        saveOutput: 1,
        by: (dy, [y]) => ({ x: () => runOwn(tf, "ReluByInput", { y: y!, dy }) }),
      },
    },
    {
      name: "ReluByInput",
      run: ({ y, dy }) => {
        const dx = allocateLike(y!);
        loops.reluGradient(float32(y!), float32(dy!), float32(dx));
        return dx;
      },
    },
  ];
}

/** A tensor `[N, C, ...]` as images, channels and planes. */
export function channelSizes({ shape }: TfInfo): ChannelSizes {
  const [images, channels, ...plane] = shape as [number, number, ...number[]]; // as the graph's checks say
  return { images, channels, plane: sizeOf(plane) };
}

/** Scale and shift of each channel. */
function scaling(moments: Floats, gain: Floats, bias: Floats, epsilon: number): Floats {
  const channels = gain.length;
  const factors = new Float32Array(2 * channels);
  for (let c = 0; c < channels; c++) {
    const scale = gain[c]! / Math.sqrt(moments[channels + c]! + epsilon);
    factors[c] = scale;
    factors[channels + c] = bias[c]! - moments[c]! * scale;
  }
  return factors;
}

/**
 * Gradients by gain and bias, and the factors of the gradient by x.
 *
 * @param count Elements of a channel; infinite if the moments are no function of x.
 */
function gradientFactors(
  { sums, moments, gain }: Readonly<Record<"sums" | "moments" | "gain", Floats>>,
  epsilon: number,
  count: number,
  factors: Floats,
  dGain: Floats,
  dBias: Floats,
): void {
  const channels = gain.length;
  for (let c = 0; c < channels; c++) {
    const inverse = 1 / Math.sqrt(moments[channels + c]! + epsilon);
    const scale = gain[c]! * inverse;
    const slope = -scale * inverse ** 2 * sums[channels + c]! / count;
    factors[c] = scale;
    factors[channels + c] = slope;
    factors[2 * channels + c] = -scale * sums[c]! / count - slope * moments[c]!;
    dGain[c] = sums[channels + c]! * inverse;
    dBias[c] = sums[c]!;
  }
}

/** Batch normalisation on kernels of our own. */
export function normalise(tf: Tf, heap: Heap, call: NormCall): TfTensor {
  const { node, input, beside, relu, training } = call;
  const x = input(0);
  const [y, moments] = runOwnAll(
    tf,
    "BatchNorm",
    {
      x,
      gain: input(1),
      bias: input(2),
      ...(beside && { beside }),
      ...(training ? {} : { mean: input(3), variance: input(4) }),
    },
    {
      epsilon: numberAttribute(node, "epsilon"),
      relu,
      beside: beside !== null,
      batch: training !== undefined,
    },
  );
  training && tf.tidy(() => {
    const { channels, images, plane } = channelSizes(x);
    const found = heap.float32(moments!).slice();
    const unbiased = images * plane / Math.max(1, images * plane - 1);
    training.batchStatistics(
      node,
      tf.tensor1d(found.subarray(0, channels)),
      tf.tensor1d(found.subarray(channels).map((variance) => variance * unbiased)),
    );
  });
  return y!;
}
