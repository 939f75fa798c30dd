/**
 * Kernels of convolutions of images, with their gradients.
 *
 * @module
 */
import { type Node, numberAttribute, spatialWindow } from "../../models/mod.ts";
import type { ConvolutionLoops, ConvolutionSizes } from "./convolution_loops.ts";
import type { Heap, Tf, TfTensor } from "./heap.ts";
import type { Floats } from "./loops.ts";
import type { NormLoops } from "./norm_loops.ts";
import type { NodeCall } from "./ops.ts";
import { type KernelAttributes, type KernelSpec, runOwn } from "./own_kernel.ts";

/** Conv and its gradients. */
export function convolutionKernels(
  tf: Tf,
  heap: Heap,
  loops: ConvolutionLoops & NormLoops,
): readonly KernelSpec[] {
  const { float32, allocate } = heap;
  return [
    {
      name: "Conv",
      run: ({ x, weights, bias }, attributes) => {
        const sizes = sizesOf(x!.shape, weights!.shape, attributes);
        const y = allocate([x!.shape[0]!, weights!.shape[0]!, ...sizes.window.output]);
        const added = bias ? float32(bias) : null;
        loops.convolve(float32(x!), float32(weights!), added, sizes, float32(y));
        return y;
      },
      gradient: {
        save: ["x", "weights"],
        by: (dy, [x, weights], attributes) => {
          const { shape } = weights!;
          return {
            x: () =>
              runOwn(tf, "ConvByInput", { dy, weights: weights! }, {
                ...attributes,
                xShape: x!.shape,
              }),
            weights: () => runOwn(tf, "ConvByWeights", { x: x!, dy }, { ...attributes, shape }),
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
        loops.convolveByInput(float32(dy!), float32(weights!), sizes, float32(dx));
        return dx;
      },
    },
    {
      name: "ConvByWeights",
      run: ({ x, dy }, attributes) => {
        const shape = attributes["shape"] as readonly number[]; // set above
        const dWeights = allocate(shape);
        const sizes = sizesOf(x!.shape, shape, attributes);
        loops.convolveByWeights(float32(x!), float32(dy!), sizes, float32(dWeights));
        return dWeights;
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

function windowAttributes(
  node: Node,
  [, , ...image]: readonly number[],
  weights: readonly number[],
): KernelAttributes {
  const { kernel, strides, dilations, pads, output } = spatialWindow(node, image, weights.slice(2));
  const groups = numberAttribute(node, "group");
  return { kernel, strides, dilations, pads, output, groups };
}

function sizesOf(
  [images, , height, width]: readonly number[],
  [outputs, inputs]: readonly number[],
  attributes: KernelAttributes,
): ConvolutionSizes {
  const pair = (name: string) => attributes[name] as readonly [number, number]; // by windowAttributes()
  const groups = Number(attributes["groups"]);
  return {
    images: images!,
    groups,
    inputs: inputs!,
    outputs: outputs! / groups,
    image: [height!, width!],
    window: {
      kernel: pair("kernel"),
      strides: pair("strides"),
      dilations: pair("dilations"),
      pads: attributes["pads"] as readonly [number, number, number, number], // by windowAttributes()
      output: pair("output"),
    },
  };
}
