/**
 * Where the values of a network's parameters come from: drawn afresh, from a checkpoint, or zeros where only shapes matter.
 *
 * @module
 */
import { createRandom, float32, type Random, sizeOf, type TensorOf } from "../core/mod.ts";

/** How a parameter starts before any training. */
export type Start =
  /** All elements alike. */
  | { readonly kind: "constant"; readonly value: number }
  /** From 0 with a standard deviation. */
  | { readonly kind: "normal"; readonly deviation: number } & Thinned
  /** From `-bound` to `bound`. */
  | { readonly kind: "uniform"; readonly bound: number } & Thinned;

/** Values some of which are zero. */
export interface Thinned {
  /** Elements of each row (first axis) that are not zero, drawn without replacement; all of them if left out. */
  readonly nonZeros?: number;
}

/**
 * Gives the values of a parameter. Builders ask once for each, in the order in which the network reads them, so that no two copies
 * of a network's weights need exist.
 */
export type ParameterSource = (
  name: string,
  shape: readonly number[],
  start: Start,
) => TensorOf<"float32">;

/**
 * Fresh values. Each parameter has a stream of its own, which depends on the seed and its name only.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * const start = { kind: "normal", deviation: 1 } as const;
 * assertEquals(drawParameters(7)("w", [2, 3], start), drawParameters(7)("w", [2, 3], start));
 * ```
 */
export function drawParameters(seed: number | string = 0): ParameterSource {
  const random = createRandom(seed);
  return (name, shape, start) => {
    const data = new Float32Array(sizeOf(shape));
    fill(data, start, random.fork(name));
    if (start.kind !== "constant" && start.nonZeros !== undefined) {
      thin(data, data.length / shape[0]!, start.nonZeros, random.fork(`${name} mask`));
    }
    return float32(shape, data);
  };
}

function fill(data: Float32Array, start: Start, random: Random): void {
  if (start.kind === "constant") data.fill(start.value);
  else if (start.kind === "normal") {
    for (let i = 0; i < data.length; i++) data[i] = start.deviation * random.normal();
  } else {
    for (let i = 0; i < data.length; i++) data[i] = start.bound * (2 * random.next() - 1);
  }
}

function thin(data: Float32Array, cols: number, nonZeros: number, random: Random): void {
  const order = Array.from({ length: cols }, (_, col) => col);
  for (let row = 0; row < data.length; row += cols) {
    random.shuffle(order);
    for (const col of order.slice(nonZeros)) data[row + col] = 0;
  }
}

/** Zeros for what depends on shapes only: they share memory, as much as the largest of them needs, and must not be written. */
export function zeroParameters(): ParameterSource {
  let zeros = new Float32Array(0);
  return (_, shape) => {
    const size = sizeOf(shape);
    if (size > zeros.length) zeros = new Float32Array(size);
    return float32(shape, zeros.subarray(0, size));
  };
}

/**
 * Values that exist already, such as a checkpoint's; shared and not copied.
 *
 * @throws {RangeError} From the source, if a parameter is missing or of another shape.
 */
export function givenParameters(
  parameters: ReadonlyMap<string, TensorOf<"float32">>,
): ParameterSource {
  return (name, shape) => {
    const found = parameters.get(name);
    if (found?.shape.join() !== shape.join()) {
      const what = found ? `[${found.shape}]` : "missing";
      throw new RangeError(`Cannot use parameter "${name}": ${what}, expected [${shape}]`);
    }
    return found;
  };
}
