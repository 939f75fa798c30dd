/**
 * Fusion of image layers: convolutions with batch normalisation, residual and activation, and pooling.
 *
 * @module
 */
import type { TensorOf } from "../../../core/mod.ts";
import { foldBatchNormalization, hasPads, type Pair, placeWindow } from "../../../kernels/mod.ts";
import { type Node, spatialWindow } from "../../../models/mod.ts";
import { type Form, number } from "../forms.ts";
import type { Fusion } from "../fusion.ts";
import type { ConvolutionLayer, ImageValue, PoolLayer } from "./layers.ts";

/** A convolution that may still take a normalisation, a residual and an activation. */
export type PendingConvolution = Omit<ConvolutionLayer, "kind" | "out">;

/** A pooling that no layer computes yet. */
export interface PendingPool extends Omit<PoolLayer, "kind" | "out" | "x"> {
  /** Name of the value that is pooled. */
  readonly input: string;
}

/** A convolution. */
export function convolve(fusion: Fusion, node: Node): Form | null {
  const weights = floats(fusion.form(node, 1));
  const hasBias = (node.inputs[2] ?? "") !== "";
  const bias = hasBias ? floats(fusion.form(node, 2)) : null;
  if (weights === null || (hasBias && bias === null)) return null;
  const x = fusion.image(node.inputs[0] ?? "");
  if (x === null) return null;
  return {
    kind: "convolution",
    pending: {
      x,
      weight: node.inputs[1] ?? "",
      values: weights.data,
      scale: null,
      bias: bias?.data ?? null,
      groups: number(node, "group", 1),
      window: windowOf(node, fusion.shape(node.inputs[0] ?? ""), weights.shape.slice(2)),
      residual: null,
      activation: "none",
      selects: false,
    },
  };
}

function windowOf(
  node: Node,
  [, , height = 0, width = 0]: readonly number[],
  weights?: readonly number[],
): PoolLayer["window"] {
  const size: Pair = [height, width];
  const { kernel, strides, dilations, pads: [top, left, bottom, right] } = spatialWindow(
    node,
    size,
    weights,
  );
  return placeWindow({
    image: size,
    kernel,
    stride: strides,
    dilation: dilations,
    pads: { top, left, bottom, right },
    ceilMode: number(node, "ceil_mode", 0) !== 0,
  });
}

function floats(form: Form): TensorOf<"float32"> | null {
  return form.kind === "constant" && form.tensor.dtype === "float32" ? form.tensor : null;
}

/** A batch normalisation: factors of a convolution's weights, or a convolution of its own. */
export function normalise(fusion: Fusion, node: Node): Form | null {
  const [scale, bias, mean, variance] = [1, 2, 3, 4].map((i) => floats(fusion.form(node, i))?.data);
  if (!scale || !bias || !mean || !variance) return null;
  const pending = open(fusion, node.inputs[0] ?? "");
  if (pending === null) return null;
  const epsilon = number(node, "epsilon", 1e-5);
  const folded = foldBatchNormalization(
    pending.scale ?? new Float32Array(scale.length).fill(1),
    pending.bias,
    { scale, bias, mean, variance, epsilon },
  );
  return {
    kind: "convolution",
    pending: { ...pending, scale: folded.values, bias: folded.bias },
  };
}

/** The convolution that computes a value and still may be changed; for other planes, one that copies them. */
function open(fusion: Fusion, name: string): PendingConvolution | null {
  const form = fusion.known(name);
  if (
    form?.kind === "convolution" && fusion.isUsedOnce(name) && form.pending.residual === null &&
    form.pending.activation === "none"
  ) return form.pending;
  const x = fusion.image(name);
  return x && { ...selection(x, [1, 1], x.channels, 0), weight: `${x.name}/copy` };
}

/**
 * A convolution that takes every `stride`-th pixel of each channel to `channels` channels, of which the first `before` are 0.
 */
function selection(
  x: ImageValue,
  stride: Pair,
  channels: number,
  before: number,
): PendingConvolution {
  const plain = channels === x.channels && before === 0;
  const values = plain
    ? new Float32Array(channels).fill(1)
    : new Float32Array(channels * x.channels);
  for (let c = 0; !plain && c < x.channels; c++) values[(before + c) * x.channels + c] = 1;
  return {
    x,
    weight: `${x.name}/selection`,
    values,
    scale: null,
    bias: null,
    groups: plain ? channels : 1,
    window: placeWindow({ image: x.size, kernel: [1, 1], stride }),
    residual: null,
    activation: "none",
    selects: true,
  };
}

/** A residual of a convolution. */
export function addImages(fusion: Fusion, node: Node): Form | null {
  const names = [node.inputs[0] ?? "", node.inputs[1] ?? ""];
  const [a = [], b = []] = names.map((name) => fusion.shape(name));
  if (a.join() !== b.join() || !names.every((name) => isImage(fusion, name))) return null;
  const [first, second] = names.map((name) => {
    const form = fusion.known(name);
    const fits = form?.kind === "convolution" && fusion.isUsedOnce(name) &&
      form.pending.residual === null && form.pending.activation === "none";
    return fits && !form.pending.selects ? form.pending : null;
  });
  const at = !first && second ? 1 : 0;
  const pending = open(fusion, names[at]!);
  const residual = fusion.image(names[1 - at]!);
  return pending && residual && { kind: "convolution", pending: { ...pending, residual } };
}

/** Whether a value is, or can be, planes. */
function isImage(fusion: Fusion, name: string): boolean {
  const kind = fusion.known(name)?.kind;
  return fusion.shape(name).length === 4 &&
    (kind === "convolution" || kind === "pool" || kind === "image" || kind === "input");
}

/** A ReLU: the end of a convolution, or a convolution of its own. */
export function rectify(fusion: Fusion, node: Node): Form | null {
  const name = node.inputs[0] ?? "";
  if (!isImage(fusion, name)) return null;
  const form = fusion.known(name);
  if (form?.kind === "pool" && form.pending.pooling === "max" && fusion.isUsedOnce(name)) {
    // the largest of rectified pixels is the rectified largest pixel
    const before = fusion.known(form.pending.input);
    if (
      before?.kind === "convolution" && before.pending.activation === "none" &&
      fusion.isUsedOnce(form.pending.input)
    ) {
      const pending = { ...before.pending, activation: "relu" } as const;
      fusion.know(form.pending.input, { kind: "convolution", pending });
      return form;
    }
  }
  const taken = form?.kind === "convolution" && fusion.isUsedOnce(name) ? form.pending : null;
  const pending = taken?.activation === "none" ? taken : open(fusion, name);
  return pending && { kind: "convolution", pending: { ...pending, activation: "relu" } };
}

/** A pooling of windows. */
export function pool(fusion: Fusion, node: Node): Form | null {
  const input = node.inputs[0] ?? "";
  if (!isImage(fusion, input)) return null;
  return {
    kind: "pool",
    pending: {
      input,
      pooling: node.op === "MaxPool" ? "max" : "average",
      window: windowOf(node, fusion.shape(input)),
      countPads: number(node, "count_include_pad", 0) !== 0,
    },
  };
}

/** A pooling of whole channels. */
export function globalPool(fusion: Fusion, node: Node): Form | null {
  const x = fusion.image(node.inputs[0] ?? "");
  return x && {
    kind: "global_pool",
    x,
    pooling: node.op === "GlobalMaxPool" ? "max" : "average",
  };
}

/** From images to features of the batch. */
export function flatten(fusion: Fusion, node: Node): Form | null {
  const name = node.inputs[0] ?? "";
  if (number(node, "axis", 1) !== 1) return null;
  const form = fusion.known(name);
  if (form?.kind === "global_pool") {
    const { x, pooling } = form;
    return fusion.emitImage(node, (out) => ({ kind: "global_pool", out, x, pooling }));
  }
  if (!isImage(fusion, name)) return null;
  const x = fusion.image(name);
  return x && fusion.emitImage(node, (out) => ({ kind: "flatten", out, x }));
}

/** Channels of zeros before and behind pixels that are taken one by one: a convolution with one weight a channel. */
export function padChannels(fusion: Fusion, node: Node): Form | null {
  if (number(node, "axis", 0) !== 1) return null;
  const forms = node.inputs.map((name) => fusion.known(name));
  const at = forms.findIndex((form) => form?.kind === "pool");
  const pooled = forms[at];
  const others = forms.filter((_, i) => i !== at);
  if (pooled?.kind !== "pool" || !others.every(isZero)) return null;
  const { input, window } = pooled.pending;
  if (window.kernel.join() !== "1,1" || hasPads(window.pads)) return null;
  const x = fusion.image(input);
  if (x === null) return null;
  const channelsOf = (name: string): number => fusion.shape(name)[1] ?? 0;
  const before = node.inputs.slice(0, at).reduce((sum, name) => sum + channelsOf(name), 0);
  const channels = channelsOf(node.outputs[0] ?? "");
  return { kind: "convolution", pending: selection(x, window.stride, channels, before) };
}

function isZero(form: Form | undefined): boolean {
  return form?.kind === "constant" && form.tensor.dtype === "float32" &&
    form.tensor.data.every((value) => value === 0);
}
