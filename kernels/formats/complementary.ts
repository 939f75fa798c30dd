/**
 * Complementary sets: sparse kernels whose non-zeros do not collide, laid over each other into one dense row.
 *
 * The words are those of the paper: *Combine* once, before anything runs; then *Multiply* the dense row with the
 * activations, *Route* each product to the kernel that owns its weight, and *Sum* each kernel's products. Where few
 * activations are not zero, *Select* comes first: only their columns are fetched, weights and kernel ids together. An FPGA
 * wires the routes; these functions are the readable form that faster code is held against.
 *
 * Source: Hunter, Spracklen, Ahmad, "Two Sparsities Are Better Than One", arXiv 2112.13896.
 *
 * @module
 */
import { type Indices, indices } from "./indices.ts";

/** Kernels laid over each other, set by set. */
export interface ComplementarySets {
  /** Output channels: sets times kernels. */
  readonly rows: number;
  /** Input channels. */
  readonly cols: number;
  /** Kernels of each set. */
  readonly kernels: number;
  /** `sets × cols`, row-major: the one weight that a set has in each column, 0 where it has none. */
  readonly values: Float32Array<ArrayBuffer>;
  /** `sets × cols`: which kernel of the set owns the weight, from 0; 0 where there is none. */
  readonly kernelIds: Indices;
}

/**
 * Combine: lays every `kernels` neighbouring rows over each other.
 *
 * @param weights Row-major `rows × cols`.
 * @throws {RangeError} If the rows do not divide into sets, or two kernels of a set have a non-zero in the same column.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * const sets = combineSets(Float32Array.of(5, 0, 0, 6), 2, 2, 2);
 * assertEquals([[...sets.values], [...sets.kernelIds]], [[5, 6], [0, 1]]);
 * ```
 */
export function combineSets(
  weights: Float32Array,
  rows: number,
  cols: number,
  kernels: number,
): ComplementarySets {
  const name = `Cannot combine sets of ${kernels} kernels`;
  if (weights.length !== rows * cols) {
    throw new RangeError(`${name}: ${weights.length} values, expected ${rows * cols}`);
  }
  if (!(Number.isInteger(kernels) && kernels >= 1) || rows % kernels !== 0) {
    throw new RangeError(`${name}: ${rows} rows do not divide by ${kernels}`);
  }
  const values = new Float32Array(rows / kernels * cols);
  const kernelIds = indices(values.length, kernels - 1);
  for (let row = 0; row < rows; row++) {
    for (let col = 0; col < cols; col++) {
      const value = weights[row * cols + col]!;
      if (value === 0) continue;
      const place = Math.floor(row / kernels) * cols + col;
      if (values[place] !== 0) {
        const other = row - row % kernels + kernelIds[place]!;
        throw new RangeError(
          `${name}: rows ${other} and ${row} collide in column ${col}, expected one non-zero`,
        );
      }
      values[place] = value;
      kernelIds[place] = row % kernels;
    }
  }
  return { rows, cols, kernels, values, kernelIds };
}

/**
 * Select: the sets with nothing but some columns, e.g. those of the winners of k-winners-take-all.
 *
 * @param columns Which, in the order of the activations that they will be multiplied with.
 * @throws {RangeError} If there is no such column.
 */
export function selectColumns(
  sets: ComplementarySets,
  columns: readonly number[],
): ComplementarySets {
  const { rows, cols, kernels } = sets;
  const missing = columns.find((col) => !(Number.isInteger(col) && col >= 0 && col < cols));
  if (missing !== undefined) {
    throw new RangeError(`Cannot select column ${missing}: expected 0 to ${cols - 1}`);
  }
  const count = columns.length;
  const values = new Float32Array(rows / kernels * count);
  const kernelIds = indices(values.length, kernels - 1);
  for (let place = 0; place < values.length; place++) {
    const from = Math.floor(place / count) * cols + columns[place % count]!;
    values[place] = sets.values[from]!;
    kernelIds[place] = sets.kernelIds[from]!;
  }
  return { rows, cols: count, kernels, values, kernelIds };
}

/** Multiply: the products of a set's dense row with the activations, `sets × cols`. */
export function multiplySets(
  { cols, values }: ComplementarySets,
  activations: Float32Array,
): Float32Array<ArrayBuffer> {
  return values.map((value, place) => value * activations[place % cols]!);
}

/**
 * Route: gives each product to the kernel that owns its weight. Places without a weight are routed to nobody.
 *
 * @param products `sets × cols`, from {@linkcode multiplySets}.
 * @returns The products of each row, columns ascending.
 */
export function routeProducts(
  { rows, cols, kernels, values, kernelIds }: ComplementarySets,
  products: Float32Array,
): number[][] {
  const routed = Array.from({ length: rows }, (): number[] => []);
  products.forEach((product, place) => {
    if (values[place] === 0) return;
    routed[Math.floor(place / cols) * kernels + kernelIds[place]!]!.push(product);
  });
  return routed;
}

/** Sum: the output of each row, added up in float64. */
export function sumRouted(routed: readonly (readonly number[])[]): Float32Array<ArrayBuffer> {
  return Float32Array.from(routed, (products) => products.reduce((a, b) => a + b, 0));
}
