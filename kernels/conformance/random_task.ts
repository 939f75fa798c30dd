/**
 * Random layers for the fuzz test: sizes around the tiles, every pattern, every sparsity.
 *
 * @module
 */
import {
  applyMask,
  drawMask,
  parsePattern,
  type Pattern,
  type Random,
  whyIndivisible,
} from "../../core/mod.ts";
import type { ConvolutionShape, LayerTask } from "../layers/mod.ts";

/** Fractions of zeros; 0 and 1 are the ends that break loops. */
const SPARSITIES = [0, 0.3, 0.5, 0.75, 0.9, 0.97, 1];

/** Draws a task of a kind with weights of a pattern. */
export function randomTask(random: Random, op: LayerTask["op"], patternName: string): LayerTask {
  const pattern = parsePattern(patternName);
  if (op === "convolution") return randomConvolution(random, pattern);
  const [rows, cols] = [randomSize(random, 70), randomSize(random, 90)];
  const lanes = randomSize(random, 140);
  const weights = randomWeightsOf(random, rows, cols, pattern);
  const size = { rows, cols, lanes, pattern };
  const bias = randomValues(random, rows);
  if (op === "linear") return { op, ...size, weights, bias };
  return {
    op,
    ...size,
    weights: Int8Array.from(weights, (weight) => Math.round(127 * weight)),
    bias: Int32Array.from(bias, (value) => Math.round(10_000 * value)),
    zeroPoint: random.integer(128),
    ...random.integer(2) === 0 && {
      requantize: { scale: 10 ** (-1 - 3 * random.next()), zeroPoint: random.integer(128) },
    },
  };
}

/** Activations of a task; bytes to 127, which every instruction set multiplies exactly. Some are zero. */
export function randomActivations(
  random: Random,
  op: LayerTask["op"],
  length: number,
): Float32Array<ArrayBuffer> | Uint8Array<ArrayBuffer> {
  if (op === "quantized_linear") return Uint8Array.from({ length }, () => random.integer(128));
  const zeros = random.next();
  return Float32Array.from({ length }, () => random.next() < zeros ? 0 : 2 * random.next() - 1);
}

function randomConvolution(random: Random, pattern: Pattern): LayerTask {
  const groups = random.integer(4) === 0 ? 2 : 1;
  const kernel = 1 + random.integer(4);
  const shape: ConvolutionShape = {
    images: 1 + random.integer(2),
    inChannels: groups * (1 + random.integer(8)),
    outChannels: groups * (1 + random.integer(12)),
    height: kernel + random.integer(14),
    width: kernel + random.integer(20),
    kernel,
    stride: 1 + random.integer(3),
    padding: random.integer(kernel),
    groups,
  };
  const [rows, cols] = [shape.outChannels, shape.inChannels / groups * kernel ** 2];
  const weights = randomWeightsOf(random, rows, cols, pattern);
  return { op: "convolution", ...shape, pattern, weights, bias: randomValues(random, rows) };
}

/** From 1 on; small sizes as often as large ones. */
function randomSize(random: Random, most: number): number {
  return 1 + random.integer(1 + random.integer(most));
}

function randomValues(random: Random, length: number): Float32Array<ArrayBuffer> {
  return Float32Array.from({ length }, () => 2 * random.next() - 1);
}

/** Weights whose zeros form the pattern if the size allows, and lie anywhere if it does not. */
function randomWeightsOf(
  random: Random,
  rows: number,
  cols: number,
  pattern: Pattern,
): Float32Array<ArrayBuffer> {
  const sparsity = SPARSITIES[random.integer(SPARSITIES.length)]!;
  const weights = randomValues(random, rows * cols);
  const carries = pattern.kind !== "dense" && whyIndivisible(pattern, rows, cols) === null;
  const drawn = carries ? pattern : { kind: "unstructured" } as const;
  applyMask(weights, drawMask(random, rows, cols, drawn, sparsity));
  return weights;
}
