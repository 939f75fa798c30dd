/**
 * The weights of a network that is measured: read from a file, or drawn with masks of its pattern.
 *
 * Timing depends on where the zeros are, not on the other values, so these come from a short stretch of drawn numbers that is
 * gone through again and again: a network of 335 million weights is there in seconds.
 *
 * @module
 */
import {
  applyMask,
  createRandom,
  drawMask,
  float32,
  parsePattern,
  type Random,
  sizeOf,
  type TensorOf,
} from "../core/mod.ts";
import { convolutionMatrix, convolutionWeights } from "../kernels/mod.ts";
import {
  drawParameters as drawExactly,
  givenParameters,
  type Graph,
  loadBertCheckpoint,
  type ParameterSource,
  readSafetensors,
  type Start,
} from "../models/mod.ts";
import { type NetworkSpec, openNetwork, shapeOf } from "./network.ts";
import { type PrunedLayer, selectLayers } from "./network_layers.ts";

/** The graph for one batch size, with the weights that the network is measured with. */
export async function buildNetwork(spec: NetworkSpec, batch: number): Promise<Graph> {
  return openNetwork(spec).build(shapeOf(spec, batch), await loadParameters(spec));
}

/**
 * Gives a network's parameters as its builder asks for them.
 *
 * @throws {RangeError} If weights are given that are not those of the model; names the first that is missing.
 */
export async function loadParameters(spec: NetworkSpec): Promise<ParameterSource> {
  return spec.weights === null ? drawWeights(spec) : await readWeights(spec, spec.weights);
}

async function readWeights(spec: NetworkSpec, path: string): Promise<ParameterSource> {
  if (spec.model.architecture === "network") {
    return givenParameters(floats((await readSafetensors(path)).tensors));
  }
  const { config } = spec.model;
  const { parameters, missing: [missing] } = await loadBertCheckpoint(path, config);
  if (missing === undefined) return givenParameters(parameters);
  throw new RangeError(
    `Cannot measure ${config.name}: ${path} lacks "${missing}", expected all its weights`,
  );
}

function floats(
  tensors: Awaited<ReturnType<typeof readSafetensors>>["tensors"],
): Map<string, TensorOf<"float32">> {
  return new Map(
    [...tensors].flatMap(([name, tensor]) => tensor.dtype === "float32" ? [[name, tensor]] : []),
  );
}

/** Fresh parameters with masks drawn at random in the pattern, each layer at the same sparsity. */
export function drawWeights(spec: NetworkSpec): ParameterSource {
  const random = createRandom(spec.seed);
  const stretch = drawStretch(random);
  const exact = drawExactly(spec.seed);
  const pruned = new Map(selectLayers(spec).pruned.map((layer) => [layer.layer, layer]));
  return (name, shape, start) => {
    const layer = pruned.get(name);
    // Few networks come with zeros of their own; those are drawn as their builder says.
    const hasZeros = start.kind !== "constant" && start.nonZeros !== undefined;
    if (hasZeros && layer === undefined) return exact(name, shape, start);
    const data = new Float32Array(sizeOf(shape));
    fill(data, stretch, random.fork(name), start, layer ? 1 - layer.sparsity : 1);
    if (layer !== undefined) prune(data, layer, spec.pattern, random);
    return float32(shape, data);
  };
}

/** A prime, so that no row or column of a matrix has the values of its neighbour. */
const STRETCH = 65_521;

function drawStretch(random: Random): Float32Array {
  const chance = random.fork("values");
  return Float32Array.from({ length: STRETCH }, () => chance.normal());
}

/** @param kept Fraction of weights that will be left: fewer weights are larger, so that activations keep their size. */
function fill(
  data: Float32Array,
  stretch: Float32Array,
  random: Random,
  start: Start,
  kept: number,
): void {
  if (start.kind === "constant") {
    data.fill(start.value);
    return;
  }
  const deviation = start.kind === "normal" ? start.deviation : start.bound / Math.sqrt(3);
  const scale = deviation / Math.sqrt(kept);
  const scaled = stretch.map((value) => scale * value);
  let from = random.integer(STRETCH);
  for (let at = 0; at < data.length;) {
    const part = scaled.subarray(from, Math.min(STRETCH, from + data.length - at));
    data.set(part, at);
    at += part.length;
    from = 0;
  }
}

function prune(
  data: Float32Array,
  { layer, rows, cols, taps, sparsity }: PrunedLayer,
  name: string,
  random: Random,
): void {
  const chance = random.fork(`mask ${name} ${layer}`);
  const mask = drawMask(chance, rows, cols, parsePattern(name), sparsity);
  if (taps === 1) {
    applyMask(data, mask);
    return;
  }
  const matrix = convolutionMatrix(data, rows, taps);
  applyMask(matrix, mask);
  data.set(convolutionWeights(matrix, rows, taps));
}
