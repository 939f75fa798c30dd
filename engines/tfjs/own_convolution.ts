/**
 * Kernels of convolutions of images and of max pooling, with their gradients.
 *
 * @module
 */
import { type Node, numberAttribute, type SpatialWindow, spatialWindow } from "../../models/mod.ts";
import type { ConvolutionLoops, ConvolutionSizes } from "./convolution_loops.ts";
import type { Heap, Tf, TfInfo, TfTensor } from "./heap.ts";
import type { Floats } from "./loops.ts";
import type { NormLoops } from "./norm_loops.ts";
import type { NodeCall } from "./ops.ts";
import { type KernelAttributes, type KernelSpec, runOwn } from "./own_kernel.ts";
import type { FrozenLayers } from "./sparse/frozen.ts";
import { maxPool, maxPoolGradient } from "./pool_loops.ts";

/** Conv and its gradients. */
export function convolutionKernels(
  tf: Tf,
  heap: Heap,
  loops: ConvolutionLoops & NormLoops,
  frozen: FrozenLayers,
): readonly KernelSpec[] {
  const { float32, allocate } = heap;
  return [
    {
      name: "Conv",
      run: ({ x, weights, bias }, attributes) => {
        const sizes = sizesOf(x!.shape, weights!.shape, attributes);
        const y = allocate([x!.shape[0]!, weights!.shape[0]!, ...sizes.window.output]);
        const added = bias ? float32(bias) : null;
        const kept = frozen.keptOf(weights!, "forward");
        loops.convolve(float32(x!), float32(weights!), added, sizes, float32(y), kept);
        return y;
      },
      gradient: {
        save: ["x", "weights"],
        by: (dy, [x, weights], attributes) => {
          return {
            x: () =>
              runOwn(tf, "ConvByInput", { dy, weights: weights! }, {
                ...attributes,
                xShape: x!.shape,
              }),
            weights: () =>
              runOwn(tf, "ConvByWeights", { x: x!, dy, weights: weights! }, attributes),
            bias: () => runOwn(tf, "ChannelSums", { dy }),
          };
        },
      },
    },
    {
      name: "ConvByInput",
      run: ({ dy, weights }, attributes) => {
        const xShape = attributes["xShape"] as readonly number[]; // set above
        const dx = allocate(xShape);
        const sizes = sizesOf(xShape, weights!.shape, attributes);
        const kept = frozen.keptOf(weights!, "byInput");
        loops.convolveByInput(float32(dy!), float32(weights!), sizes, float32(dx), kept);
        return dx;
      },
    },
    {
      name: "ConvByWeights",
      run: ({ x, dy, weights }, attributes) => {
        const dWeights = allocate(weights!.shape);
        const sizes = sizesOf(x!.shape, weights!.shape, attributes);
        const kept = frozen.keptOf(weights!, "byWeight");
        loops.convolveByWeights(float32(x!), float32(dy!), sizes, float32(dWeights), kept);
        return dWeights;
      },
    },
    {
      name: "MaxPool",
      run: ({ x }, attributes) => {
        const window = windowOf(attributes);
        const y = allocate([...x!.shape.slice(0, 2), ...window.output]);
        maxPool(float32(x!), imageOf(x!), window, float32(y));
        return y;
      },
      gradient: {
        save: ["x"],
        by: (dy, [x], attributes) => ({
          x: () => runOwn(tf, "MaxPoolByInput", { x: x!, dy }, attributes),
        }),
      },
    },
    {
      name: "MaxPoolByInput",
      run: ({ x, dy }, attributes) => {
        const dx = allocate(x!.shape);
        const window = windowOf(attributes);
        maxPoolGradient(float32(x!), float32(dy!), imageOf(x!), window, float32(dx));
        return dx;
      },
    },
    {
      name: "ChannelSums",
      run: ({ dy }) => {
        const [images, channels, height, width] = dy!.shape as [number, number, number, number]; // of a Conv
        const out = allocate([channels]);
        const sums: Floats = new Float32Array(2 * channels);
        const sizes = { images, channels, plane: height * width };
        const gradient = float32(dy!);
        loops.channelSums(gradient, gradient, null, new Float32Array(channels), sizes, sums);
        float32(out).set(sums.subarray(0, channels));
        return out;
      },
    },
  ];
}

/** `Conv` on kernels of our own. */
export function conv(tf: Tf, { node, count, input }: NodeCall): TfTensor {
  const [x, weights] = [input(0), input(1)];
  const inputs = { x, weights, ...(count > 2 && { bias: input(2) }) };
  return runOwn(tf, "Conv", inputs, windowAttributes(node, x.shape, weights.shape));
}

/** `MaxPool` on kernels of our own. */
export function pool(tf: Tf, { node, input }: NodeCall): TfTensor {
  const x = input(0);
  const { kernel, strides, dilations, pads, output } = spatialWindow(node, x.shape.slice(2));
  return runOwn(tf, "MaxPool", { x }, { kernel, strides, dilations, pads, output });
}

function windowAttributes(
  node: Node,
  [, , ...image]: readonly number[],
  weights: readonly number[],
): KernelAttributes {
  const { kernel, strides, dilations, pads, output } = spatialWindow(node, image, weights.slice(2));
  const groups = numberAttribute(node, "group");
  return { kernel, strides, dilations, pads, output, groups };
}

function windowOf(attributes: KernelAttributes): SpatialWindow {
  const pair = (name: string) => attributes[name] as readonly [number, number]; // by those who run the kernels
  return {
    kernel: pair("kernel"),
    strides: pair("strides"),
    dilations: pair("dilations"),
    pads: attributes["pads"] as readonly [number, number, number, number], // likewise
    output: pair("output"),
  };
}

/** Height and width. */
function imageOf({ shape: [, , height, width] }: TfInfo): [number, number] {
  return [height!, width!];
}

function sizesOf(
  [images, , height, width]: readonly number[],
  [outputs, inputs]: readonly number[],
  attributes: KernelAttributes,
): ConvolutionSizes {
  const groups = Number(attributes["groups"]);
  return {
    images: images!,
    groups,
    inputs: inputs!,
    outputs: outputs! / groups,
    image: [height!, width!],
    window: windowOf(attributes),
  };
}
