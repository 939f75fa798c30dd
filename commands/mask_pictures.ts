/**
 * Zeros of a few trained layers, as pictures for the result.
 *
 * @module
 */
import { join } from "@std/path";
import { maskOf } from "../core/mod.ts";
import { readSafetensors } from "../models/mod.ts";
import type { MaskPicture, TrainingCurves } from "../results/mod.ts";
import { asMatrix, type TrainingRecord } from "../training/mod.ts";

type PrunedLayer = TrainingRecord["layers"][number];

/** Weights of a layer above which its mask is not put into a result: bits of all of them would take more than 170 kB. */
const MOST_WEIGHTS = 1 << 20;

/** Pictures in a result: pruned layers of the first seed, each of another shape. */
const PICTURES = 2;

/**
 * The masks of the first pruned layers of different shapes: of a BERT a projection and a feed-forward layer, of a ResNet two convolutions.
 *
 * @param directory The training's cache entry.
 */
export async function maskPictures(
  { layers, seeds }: Pick<TrainingRecord, "layers" | "seeds">,
  directory: string,
): Promise<TrainingCurves["masks"]> {
  const wanted = chooseLayers(layers);
  const [seed] = seeds;
  if (wanted.length === 0 || seed === undefined) return [];
  const { tensors } = await readSafetensors(join(directory, `sparse-${seed}.safetensors`));
  return wanted.flatMap(({ name, rows, cols }): MaskPicture[] => {
    const tensor = tensors.get(name);
    if (tensor?.dtype !== "float32") return [];
    // Of a convolution [rows, channels, KH, KW]; patterns are drawn on [rows, KH·KW·channels].
    const taps = tensor.shape.slice(2).reduce((product, size) => product * size, 1);
    const matrix = asMatrix(tensor.data, { name, rows, cols, taps });
    return [{ layer: name, rows, cols, bits: pack(maskOf(matrix, rows, cols).kept) }];
  });
}

function chooseLayers(layers: readonly PrunedLayer[]): PrunedLayer[] {
  const small = layers.filter(({ rows, cols }) => rows * cols <= MOST_WEIGHTS);
  const byShape = new Map(
    small.toReversed().map((layer) => [`${layer.rows}x${layer.cols}`, layer]),
  );
  const chosen = new Set(byShape.values());
  return small.filter((layer) => chosen.has(layer)).slice(0, PICTURES);
}

/** One bit a weight, most significant first, base64. */
export function pack(kept: Uint8Array): string {
  const bytes = new Uint8Array(Math.ceil(kept.length / 8));
  for (const [index, bit] of kept.entries()) {
    if (bit !== 0) bytes[index >> 3]! |= 0x80 >> (index & 7);
  }
  return bytes.toBase64();
}
