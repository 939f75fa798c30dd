/**
 * The layer of a cell: sizes, pattern and how it is repeated, small enough to be sent to another process.
 *
 * Timing depends on where the zeros are, not on the other values, so weights are drawn.
 *
 * @module
 */
import {
  applyMask,
  createRandom,
  drawMask,
  type Mask,
  parsePattern,
  type Random,
} from "../core/mod.ts";
import {
  type ConvolutionShape,
  type ConvolutionTask,
  type LayerTask,
  type LinearTask,
  maskOfStructure,
  outputSide,
  type QuantizedLinearTask,
  readSmtx,
} from "../kernels/mod.ts";

/** What all layers are described by. */
export interface Described {
  /** Pattern of the zeros, by name. */
  readonly pattern: string;
  /** Fraction of zero weights, 0 to 1. */
  readonly sparsity: number;
  /** Fraction of the activations that are exactly zero, the same in every lane; 0 to 1. */
  readonly activationSparsity: number;
  /**
   * Layers of one run, each with weights of its own. A chain makes weights come from where those of a deep network come
   * from, and the fixed cost of a call vanish.
   */
  readonly copies: number;
  /** File with the mask (`.smtx`), and what it is called; `null` if masks are drawn. */
  readonly mask: { readonly path: string; readonly name: string } | null;
  /** Decides what is drawn. */
  readonly seed: number;
}

/** A linear layer. */
export interface LinearSpec extends Described {
  /** Tells the kinds apart. */
  readonly op: LinearTask["op"] | QuantizedLinearTask["op"];
  /** Outputs. */
  readonly rows: number;
  /** Inputs. */
  readonly cols: number;
  /** Tokens or batch items. */
  readonly lanes: number;
}

/** A convolution. */
export interface ConvolutionSpec extends Described {
  /** Tells the kinds apart. */
  readonly op: ConvolutionTask["op"];
  /** Sizes. */
  readonly shape: ConvolutionShape;
}

/** The layer of a cell. */
export type LayerSpec = LinearSpec | ConvolutionSpec;

/** Sizes of the matrix product that a layer is. */
export interface ProductSize {
  /** Outputs. */
  readonly rows: number;
  /** Weights of one output. */
  readonly cols: number;
  /** Tokens, or pixels of all output planes. */
  readonly lanes: number;
}

/** The matrix product that a layer is; groups of a convolution stand below each other. */
export function productOf(spec: LayerSpec): ProductSize {
  if (spec.op !== "convolution") return spec;
  const { images, outChannels, inChannels, groups, kernel, height, width } = spec.shape;
  const pixels = outputSide(height, spec.shape) * outputSide(width, spec.shape);
  return { rows: outChannels, cols: inChannels / groups * kernel ** 2, lanes: images * pixels };
}

/** Multiply-adds of one run if nothing is skipped. */
export function denseMacs(spec: LayerSpec): number {
  const { rows, cols, lanes } = productOf(spec);
  return spec.copies * rows * cols * lanes;
}

/**
 * Id of a layer's cell, e.g. `f32 4x1 0.9 1024x1024x384` or `f32 4x1 0.9 256x2304x196 conv=3x3/1`.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * assertEquals(
 *   layerCell({ op: "linear", pattern: "4x1", sparsity: 0.9, activationSparsity: 0, copies: 48, mask: null,
 *     seed: 1, rows: 1024, cols: 1024, lanes: 1 }),
 *   "f32 4x1 0.9 1024x1024x1 chain=48",
 * );
 * ```
 */
export function layerCell(spec: LayerSpec): string {
  const { rows, cols, lanes } = productOf(spec);
  return [
    spec.op === "quantized_linear" ? "u8s8" : "f32",
    spec.pattern,
    String(spec.sparsity),
    `${rows}x${cols}x${lanes}`,
    ...spec.op === "convolution" ? convolutionWords(spec.shape) : [],
    ...spec.mask ? [`mask=${spec.mask.name}`] : [],
    ...spec.activationSparsity > 0 ? [`act=${spec.activationSparsity}`] : [],
    ...spec.copies > 1 ? [`chain=${spec.copies}`] : [],
  ].join(" ");
}

function convolutionWords({ kernel, stride, groups, height, width }: ConvolutionShape): string[] {
  const words = [`conv=${kernel}x${kernel}/${stride}`, `in=${height}x${width}`];
  return groups > 1 ? [...words, `groups=${groups}`] : words;
}

/** Values drawn once for all layers of a chain; each layer begins at another place. */
const POOL = 1 << 20;

/**
 * The tasks of one run, in the order of the chain.
 *
 * @throws {SyntaxError} If the file of the mask is none.
 * @throws {RangeError} If its size is not that of the layer.
 */
export async function drawTasks(spec: LayerSpec): Promise<LayerTask[]> {
  const random = createRandom(`${spec.seed} ${layerCell({ ...spec, copies: 1 })}`);
  const pool = Float32Array.from({ length: POOL }, () => 2 * random.next() - 1);
  const mask = spec.mask && await readMask(spec.mask.path, productOf(spec));
  return Array.from({ length: spec.copies }, (_, copy) => {
    const own = random.fork(`${copy}`);
    return drawTask(spec, pool, own, mask ?? draw(spec, own));
  });
}

function draw(spec: LayerSpec, random: Random): Mask {
  const { rows, cols } = productOf(spec);
  return drawMask(random, rows, cols, parsePattern(spec.pattern), spec.sparsity);
}

async function readMask(path: string, { rows, cols }: ProductSize): Promise<Mask> {
  const mask = maskOfStructure(await readSmtx(path));
  if (mask.rows === rows && mask.cols === cols) return mask;
  throw new RangeError(
    `Cannot use mask ${path}: it is ${mask.rows}x${mask.cols}, expected ${rows}x${cols}`,
  );
}

function drawTask(
  spec: LayerSpec,
  pool: Float32Array,
  random: Random,
  mask: Mask,
): LayerTask {
  const { rows, cols } = productOf(spec);
  const pattern = parsePattern(spec.pattern);
  const weights = new Float32Array(rows * cols);
  // A row of uniform values has variance cols * density / 3: scaled, a chain neither fades nor overflows.
  const scale = Math.sqrt(3 / (cols * Math.max(1 - spec.sparsity, 1 / cols)));
  const start = random.integer(POOL);
  for (let i = 0; i < weights.length; i++) weights[i] = scale * pool[(start + i) & (POOL - 1)]!;
  applyMask(weights, mask);
  // The baselines' products have none; a separate addition would slow them.
  const bias = new Float32Array(rows);
  if (spec.op === "convolution") return { op: spec.op, ...spec.shape, pattern, weights, bias };
  const size = { rows, cols, lanes: spec.lanes, pattern };
  if (spec.op === "linear") return { op: spec.op, ...size, weights, bias };
  return {
    op: spec.op,
    ...size,
    weights: Int8Array.from(weights, (weight) => toByte(weight / scale)),
    bias: new Int32Array(rows),
    zeroPoint: ZERO_POINT,
    requantize: { scale: byteScale(spec), zeroPoint: ZERO_POINT },
  };
}

/** Of quantised activations; not the middle, so that a wrong sign or shift shows. */
const ZERO_POINT = 50;

/** Quantised activations are at most so far from the zero point: they stay far from 0 and 127 in a chain of layers. */
const BYTE_REACH = 16;

/** Root mean square of uniform weights from -127 to 127. */
const WEIGHT_SIZE = 127 / Math.sqrt(3);

/** Makes outputs as large as inputs, so that a chain neither fades nor saturates. */
function byteScale({ cols, sparsity }: LinearSpec): number {
  return Math.fround(1 / (WEIGHT_SIZE * Math.sqrt(Math.max(1, cols * (1 - sparsity)))));
}

/** A value from -1 to 1 as a signed byte that is zero for zero only. */
function toByte(value: number): number {
  return value === 0 ? 0 : Math.sign(value) * Math.max(1, Math.round(127 * Math.abs(value)));
}

/** Activations of one run, row-major `[lane][col]` or `[image][channel][y][x]`. */
export function drawActivations(
  spec: LayerSpec,
): Float32Array<ArrayBuffer> | Uint8Array<ArrayBuffer> {
  const random = createRandom(`${spec.seed} activations`);
  if (spec.op === "quantized_linear") {
    // Below 128, so that instruction sets whose byte product saturates beyond it compute the same.
    const least = ZERO_POINT - BYTE_REACH;
    return Uint8Array.from(
      { length: spec.lanes * spec.cols },
      () => least + random.integer(2 * BYTE_REACH + 1),
    );
  }
  const [lanes, length] = spec.op === "convolution"
    ? [spec.shape.images * spec.shape.height * spec.shape.width, spec.shape.inChannels]
    : [spec.lanes, spec.cols];
  const values = new Float32Array(lanes * length);
  const order = Uint32Array.from({ length }, (_, i) => i);
  const kept = activeOf(spec, length);
  for (let lane = 0; lane < lanes; lane++) {
    if (kept < length) random.shuffle(order);
    for (let i = 0; i < kept; i++) {
      // What is left of k winners is positive, so that they can be found again.
      const value = kept < length ? 1 - random.next() : 2 * random.next() - 1;
      values[placeOf(spec, lane, order[i]!)] = value;
    }
  }
  return values;
}

/** Activations of a lane that are not zero, of so many. */
export function activeOf({ activationSparsity }: LayerSpec, length: number): number {
  return Math.max(1, Math.round((1 - activationSparsity) * length));
}

/** Where the activation of a channel at a lane stands. */
function placeOf(spec: LayerSpec, lane: number, channel: number): number {
  if (spec.op !== "convolution") return lane * spec.cols + channel;
  const { height, width, inChannels } = spec.shape;
  const pixels = height * width;
  return (Math.floor(lane / pixels) * inChannels + channel) * pixels + lane % pixels;
}
