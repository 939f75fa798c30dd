/**
 * Operators on images `[N, C, H, W]` in tfjs' own operations, which want `[N, H, W, C]`.
 *
 * @module
 */
import { type Node, numberAttribute, type SpatialWindow, spatialWindow } from "../../models/mod.ts";
import type { Tf, TfTensor } from "./heap.ts";
import type { NodeCall, NormCall, TrainingCalls } from "./ops.ts";

/** tfjs' types name the rank; every tensor here has rank 4. */
type Images = ReturnType<Tf["tensor4d"]>;

function channelsLast(tf: Tf, x: TfTensor): Images {
  return tf.transpose(x, [0, 2, 3, 1]) as Images;
}

function channelsFirst(tf: Tf, x: TfTensor): TfTensor {
  return tf.transpose(x, [0, 3, 1, 2]);
}

/** The window of a node on `[N, H, W, C]`, and the pads below and on the right that its last places reach. */
function windowOn(
  node: Node,
  [, height, width]: readonly number[],
  weights?: readonly number[],
): { readonly window: SpatialWindow; readonly pads: [number, number][] } {
  const window = spatialWindow(node, [height!, width!], weights);
  const reach = (axis: 0 | 1, size: number): [number, number] => {
    const { kernel, strides, dilations, output, pads } = window;
    const extent = dilations[axis] * (kernel[axis] - 1) + 1;
    const end = (output[axis] - 1) * strides[axis] + extent - pads[axis] - size;
    return [pads[axis], Math.max(pads[axis + 2]!, end)];
  };
  return { window, pads: [[0, 0], reach(0, height!), reach(1, width!), [0, 0]] };
}

/** `Conv`: groups one after the other. */
export function conv(tf: Tf, { node, count, input }: NodeCall): TfTensor {
  const groups = numberAttribute(node, "group");
  const weights = tf.transpose(input(1), [2, 3, 1, 0]); // [KH, KW, IC / groups, OC]
  const x = channelsLast(tf, input(0));
  const { window, pads } = windowOn(node, x.shape, input(1).shape.slice(2));
  const padded = tf.pad(x, pads);
  // tfjs cannot differentiate a split into one.
  const split = (whole: TfTensor) =>
    (groups === 1 ? [whole] : tf.split(whole, groups, 3)) as Images[];
  const xs = split(padded);
  const parts = split(weights).map((part, i) => tapProducts(tf, xs[i]!, part, window));
  const y = channelsFirst(tf, tf.concat(parts, 3));
  return count < 3 ? y : tf.add(y, tf.reshape(input(2), [1, -1, 1, 1]));
}

/** tfjs takes strides or dilations, not both; with both, dilated windows are moved by 1 and places are picked. */
function tapProducts(
  tf: Tf,
  x: Images,
  weights: Images,
  { strides, dilations }: SpatialWindow,
): TfTensor {
  const dilated = Math.max(...dilations) > 1;
  if (!dilated) return tf.conv2d(x, weights, [...strides], "valid");
  const whole = tf.conv2d(x, weights, 1, "valid", "NHWC", [...dilations]);
  return Math.max(...strides) === 1
    ? whole
    : tf.stridedSlice(whole, [0, 0, 0, 0], whole.shape, [1, ...strides, 1]);
}

/** `MaxPool`. */
export function maxPool(tf: Tf, { node, input }: NodeCall): TfTensor {
  const x = channelsLast(tf, input(0));
  const { window, pads } = windowOn(node, x.shape);
  return channelsFirst(tf, reduceWindows(tf, tf.pad(x, pads, -Infinity), window, "max"));
}

/** `AveragePool`: the mean of the padded image, divided by the fraction of cells that count. */
export function averagePool(tf: Tf, { node, input }: NodeCall): TfTensor {
  const x = channelsLast(tf, input(0));
  const { window, pads } = windowOn(node, x.shape);
  const [top, left, bottom, right] = window.pads;
  const withPads = numberAttribute(node, "count_include_pad") !== 0;
  const [, height, width] = x.shape;
  // what ceil mode reaches past the pads never counts
  const counted = withPads
    ? tf.pad(tf.ones([1, top + height + bottom, left + width + right, 1]), [
      [0, 0],
      [0, pads[1]![1] - bottom],
      [0, pads[2]![1] - right],
      [0, 0],
    ])
    : tf.pad(tf.ones([1, height, width, 1]), pads);
  const means = reduceWindows(tf, tf.pad(x, pads), window, "avg");
  return channelsFirst(tf, tf.div(means, reduceWindows(tf, counted, window, "avg")));
}

function reduceWindows(
  tf: Tf,
  padded: TfTensor,
  { kernel, strides, dilations }: SpatialWindow,
  kind: "max" | "avg",
): TfTensor {
  const x = padded as Images;
  if (Math.max(...dilations) === 1) {
    return kind === "max"
      ? tf.maxPool(x, [...kernel], [...strides], "valid")
      : tf.avgPool(x, [...kernel], [...strides], "valid");
  }
  const whole = tf.pool(x, [...kernel], kind, "valid", [...dilations], 1);
  return tf.stridedSlice(whole, [0, 0, 0, 0], whole.shape, [1, ...strides, 1]);
}

/** `BatchNormalization` with the running mean and variance, or while training with those of the batch. */
export function batchNormalization(tf: Tf, { node, input, training }: NodeCall): TfTensor {
  return normalise(tf, { node, input, training, beside: null, relu: false });
}

/** Batch normalisation with what follows it. */
export function normalise(tf: Tf, call: NormCall): TfTensor {
  const { node, input, beside, relu } = call;
  const x = input(0);
  const perChannel = (values: TfTensor): TfTensor =>
    tf.reshape(values, [1, -1, ...Array(x.rank - 2).fill(1)]);
  const [mean, variance] = call.training
    ? batchMoments(tf, call, call.training)
    : [perChannel(input(3)), perChannel(input(4))];
  const deviation = tf.sqrt(tf.add(variance, numberAttribute(node, "epsilon")));
  const normal = tf.div(tf.sub(x, mean), deviation);
  const scaled = tf.add(tf.mul(normal, perChannel(input(1))), perChannel(input(2)));
  const sum = beside ? tf.add(scaled, beside) : scaled;
  return relu ? tf.relu(sum) : sum;
}

/** Mean and variance of each channel over the batch, `[1, C, 1, ...]`. */
function batchMoments(
  tf: Tf,
  { node, input }: NormCall,
  { batchStatistics }: TrainingCalls,
): [TfTensor, TfTensor] {
  const x = input(0);
  const axes = [...x.shape.keys()].filter((axis) => axis !== 1);
  const { mean, variance } = tf.moments(x, axes, true);
  const count = x.size / x.shape[1]!;
  tf.tidy(() => batchStatistics(node, mean, tf.mul(variance, count / Math.max(1, count - 1))));
  return [mean, variance];
}
