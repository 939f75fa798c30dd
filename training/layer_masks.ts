/**
 * Masks in force on a network's layers: as matrices, as patterns are drawn on them, and as factors in the order of the weights.
 *
 * @module
 */
import { type Mask, type Tensor } from "../core/mod.ts";
import type { Floats } from "../engines/tfjs/mod.ts";
import { convolutionMatrix, convolutionWeights } from "../kernels/mod.ts";
import type { Layer } from "./layers.ts";
import { fullMasks, type Masks, sparsityOfMasks } from "./masks.ts";

/** Where a network keeps what is pruned. Views are valid until memory is next allocated. */
export interface LayerValues {
  /** Weights of a layer, in place. */
  weights(name: string): Floats;
  /** What the optimiser keeps beside them, in place. */
  states(name: string): readonly Floats[];
}

/** Masks in force. */
export interface LayerMasks {
  /** Now, as matrices `[rows, cols]`. */
  readonly masks: Masks;
  /** Fraction of zeros over all layers. */
  readonly sparsity: number;
  /** Whether any weight has fallen yet. */
  readonly any: boolean;
  /** A layer's mask as float32 in the order of its weights; `null` for other parameters. */
  factorsOf(name: string): Floats | null;
  /** Puts new masks in force and zeroes the weights that fell. */
  apply(next: Masks): void;
  /** What a checkpoint keeps. */
  state(): Map<string, Tensor>;
  /** Puts back what {@linkcode LayerMasks.state} gave. */
  restore(tensors: ReadonlyMap<string, Tensor>): void;
}

/** Starts with masks that keep everything. */
export function createLayerMasks(layers: readonly Layer[], values: LayerValues): LayerMasks {
  let masks = fullMasks(layers);
  let sparsity = 0;
  const factors = new Map(
    layers.map(({ name, rows, cols }) => [name, new Float32Array(rows * cols).fill(1)]),
  );
  function apply(next: Masks): void {
    masks = next;
    sparsity = sparsityOfMasks(next);
    for (const layer of layers) {
      const factor = factors.get(layer.name)!;
      factor.set(inWeightOrder(next.of.get(layer.name)!.kept, layer));
      zeroWhere(values.weights(layer.name), factor);
    }
  }
  return {
    get masks() {
      return masks;
    },
    get sparsity() {
      return sparsity;
    },
    get any() {
      return sparsity > 0;
    },
    factorsOf: (name) => factors.get(name) ?? null,
    apply,
    state(): Map<string, Tensor> {
      const tensors = new Map<string, Tensor>();
      for (const { name, rows, cols } of layers) {
        const kept = Uint8Array.from(masks.of.get(name)!.kept);
        tensors.set(`mask/${name}`, { dtype: "uint8", shape: [rows, cols], data: kept });
        const frozen = Uint8Array.of(masks.frozen.has(name) ? 1 : 0);
        tensors.set(`frozen/${name}`, { dtype: "uint8", shape: [1], data: frozen });
      }
      return tensors;
    },
    restore(tensors): void {
      const of = new Map<string, Mask>();
      const frozen = new Set<string>();
      for (const { name, rows, cols } of layers) {
        of.set(name, { rows, cols, kept: bytesOf(tensors, `mask/${name}`) });
        if (bytesOf(tensors, `frozen/${name}`)[0] === 1) frozen.add(name);
      }
      apply({ of, frozen });
    },
  };
}

/** Values of a layer's weights as the matrix that patterns are drawn on. May be the array itself. */
export function asMatrix(values: Floats, { rows, taps = 1 }: Layer): Floats {
  return taps === 1 ? values : convolutionMatrix(values, rows, taps);
}

/** The inverse of {@linkcode asMatrix}, for masks too. May be the array itself. */
export function inWeightOrder(
  matrix: Uint8Array | Float32Array,
  { rows, taps = 1 }: Layer,
): Uint8Array | Float32Array {
  if (taps === 1) return matrix;
  return convolutionWeights(Float32Array.from(matrix), rows, taps);
}

/** Zeroes what a mask does not keep, NaN included. */
export function zeroWhere(values: Floats, factors: Floats): void {
  for (let i = 0; i < values.length; i++) if (factors[i] === 0) values[i] = 0;
}

/** A tensor of bytes of a checkpoint. @throws {RangeError} If it is missing. */
function bytesOf(tensors: ReadonlyMap<string, Tensor>, name: string): Uint8Array {
  const tensor = tensors.get(name);
  if (tensor?.dtype !== "uint8") {
    throw new RangeError(`Cannot restore masks: tensor "${name}" is missing, expected uint8`);
  }
  return tensor.data;
}
