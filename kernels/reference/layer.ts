/**
 * What a layer computes, in float64 and in the plainest loops, for as many lanes as wanted.
 *
 * @module
 */
import { roundHalfEven } from "../../core/mod.ts";
import { type ConvolutionTask, type LayerTask, outputSide } from "../layers/task.ts";

/** Activations of a layer. */
export type Activations = Float32Array | Float64Array | Uint8Array | Int32Array;

/** Lanes of a layer's output: tokens, or pixels of all its images. */
export function outputLanes(task: LayerTask): number {
  if (task.op !== "convolution") return task.lanes;
  return task.images * outputSide(task.height, task) * outputSide(task.width, task);
}

/** Outputs of a lane. */
export function outputRows(task: LayerTask): number {
  return task.op === "convolution" ? task.outChannels : task.rows;
}

/** Length of a layer's input. */
export function inputLength(task: LayerTask): number {
  if (task.op !== "convolution") return task.lanes * task.cols;
  return task.images * task.inChannels * task.height * task.width;
}

/** Where the output of a row at a lane stands: `[lane][row]`, or `[image][channel][y][x]`. */
export function outputPlace(task: LayerTask, lane: number, row: number): number {
  if (task.op !== "convolution") return lane * task.rows + row;
  const pixels = outputLanes(task) / task.images;
  return (Math.floor(lane / pixels) * task.outChannels + row) * pixels + lane % pixels;
}

/**
 * Outputs of some lanes, `[lane][row]`.
 *
 * @param x Row-major `[lane][col]` or `[image][channel][y][x]`, all of it.
 * @param lanes Which lanes.
 * @param magnitude Whether weights, activations and bias count by their size: what errors are relative to.
 */
export function referenceLayer(
  task: LayerTask,
  x: Activations,
  lanes: readonly number[],
  magnitude = false,
): Float64Array {
  const rows = outputRows(task);
  const sizeOf = magnitude ? Math.abs : Number;
  const y = new Float64Array(lanes.length * rows);
  lanes.forEach((lane, at) => {
    for (let row = 0; row < rows; row++) {
      const products = task.op === "convolution"
        ? convolve(task, x, lane, row, sizeOf)
        : multiply(task, x, lane, row, sizeOf);
      const sum = sizeOf(task.bias[row]!) + products;
      y[at * rows + row] = magnitude ? sum : stored(task, sum);
    }
  });
  return y;
}

/** What is stored of a sum: itself, or the byte that stands for it, with the roundings of `QLinearMatMul`. */
function stored(task: LayerTask, sum: number): number {
  if (task.op !== "quantized_linear" || task.requantize === undefined) return sum;
  const { scale, zeroPoint } = task.requantize;
  const scaled = Math.fround(Math.fround(sum) * Math.fround(scale));
  return Math.min(Math.max(roundHalfEven(scaled) + zeroPoint, 0), 255);
}

type SizeOf = (value: number) => number;

function multiply(
  task: Exclude<LayerTask, ConvolutionTask>,
  x: Activations,
  lane: number,
  row: number,
  sizeOf: SizeOf,
): number {
  const { cols, weights } = task;
  const zero = task.op === "linear" ? 0 : task.zeroPoint;
  let sum = 0;
  for (let col = 0; col < cols; col++) {
    sum += sizeOf(weights[row * cols + col]! * (x[lane * cols + col]! - zero));
  }
  return sum;
}

function convolve(
  task: ConvolutionTask,
  input: Activations,
  lane: number,
  row: number,
  sizeOf: SizeOf,
): number {
  const { inChannels, outChannels, groups, kernel, stride, padding, height, width } = task;
  const across = outputSide(width, task);
  const pixels = outputSide(height, task) * across;
  const [image, pixel] = [Math.floor(lane / pixels), lane % pixels];
  const [top, left] = [Math.floor(pixel / across) * stride, pixel % across * stride];
  const channels = inChannels / groups;
  const first = image * inChannels + Math.floor(row / (outChannels / groups)) * channels;
  let sum = 0;
  for (let channel = 0; channel < channels; channel++) {
    for (let ky = 0; ky < kernel; ky++) {
      const y = top + ky - padding;
      if (y < 0 || y >= height) continue;
      for (let kx = 0; kx < kernel; kx++) {
        const at = left + kx - padding;
        if (at < 0 || at >= width) continue;
        const weight = task.weights[((row * channels + channel) * kernel + ky) * kernel + kx]!;
        sum += sizeOf(weight * input[((first + channel) * height + y) * width + at]!);
      }
    }
  }
  return sum;
}
