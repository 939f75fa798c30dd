/**
 * A dense array with a shape, the currency between folders.
 *
 * @module
 */

/** Element types, named as in ONNX. */
export type DType = "float32" | "int64" | "int32" | "uint8" | "int8" | "bool";

/** The typed array that holds each element type. `bool` is one byte an element. */
export interface DTypeArrays {
  /** IEEE 754 single precision. */
  float32: Float32Array<ArrayBuffer>;
  /** Token ids and shapes. */
  int64: BigInt64Array<ArrayBuffer>;
  /** Accumulators and indices. */
  int32: Int32Array<ArrayBuffer>;
  /** Quantised activations. */
  uint8: Uint8Array<ArrayBuffer>;
  /** Quantised weights. */
  int8: Int8Array<ArrayBuffer>;
  /** 0 or 1. */
  bool: Uint8Array<ArrayBuffer>;
}

/** A row-major array of one element type. */
export interface TensorOf<D extends DType> {
  /** Element type. */
  readonly dtype: D;
  /** Sizes, outermost first; `[]` is a scalar. */
  readonly shape: readonly number[];
  /** Elements in row-major order; its length is the product of the shape. */
  readonly data: DTypeArrays[D];
}

/** A tensor of any element type, told apart by `dtype`. */
export type Tensor = { [D in DType]: TensorOf<D> }[DType];

/** Number of elements of a shape. */
export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}

/**
 * A float32 tensor around `data`, or of zeros.
 *
 * @throws {RangeError} If `data` does not have the shape's size.
 */
export function float32(
  shape: readonly number[],
  data?: Float32Array<ArrayBuffer>,
): TensorOf<"float32"> {
  const values = data ?? new Float32Array(sizeOf(shape));
  checkSize("float32", shape, values.length);
  return { dtype: "float32", shape, data: values };
}

/**
 * An int64 tensor of the given integers.
 *
 * @throws {RangeError} If there are more or fewer values than the shape holds.
 */
export function int64(shape: readonly number[], values: Iterable<number>): TensorOf<"int64"> {
  const data = BigInt64Array.from(values, BigInt);
  checkSize("int64", shape, data.length);
  return { dtype: "int64", shape, data };
}

function checkSize(dtype: DType, shape: readonly number[], length: number): void {
  if (length !== sizeOf(shape)) {
    throw new RangeError(
      `Cannot make a ${dtype} tensor of shape [${shape}]: ${length} values, expected ${
        sizeOf(shape)
      }`,
    );
  }
}
