/**
 * ONNX's numbers of element types.
 *
 * @module
 */
import type { DType } from "../core/mod.ts";

/** ONNX's numbers of element types (`TensorProto.DataType`), as `Cast` and the file format use them. */
export const ONNX_DTYPES: Readonly<Record<DType, number>> = {
  float32: 1,
  uint8: 2,
  int8: 3,
  int32: 6,
  int64: 7,
  bool: 9,
};

/** The element type of ONNX's number, or `null` for those outside the subset. */
export function dtypeOfOnnx(number: number): DType | null {
  const dtypes = Object.keys(ONNX_DTYPES) as DType[]; // keys of a Record<DType, ...>
  return dtypes.find((dtype) => ONNX_DTYPES[dtype] === number) ?? null;
}
