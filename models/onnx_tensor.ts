/**
 * Tensors of `.onnx` files. Elements are little-endian there, as on every machine that Deno runs on.
 *
 * @module
 */
import type { MessageInitShape } from "@bufbuild/protobuf";
import { type DType, type DTypeArrays, sizeOf, type Tensor } from "../core/mod.ts";
import {
  type TensorProto,
  TensorProto_DataLocation as DataLocation,
  TensorProto_DataType as DataType,
  type TensorProtoSchema,
} from "./onnx_pb.ts";
import { dtypeOfOnnx, ONNX_DTYPES } from "./onnx_dtypes.ts";
import { tensorFromBytes } from "./tensor_bytes.ts";

/** A tensor as a message that shares its elements. */
export function encodeTensor(
  name: string,
  { dtype, shape, data }: Tensor,
): MessageInitShape<typeof TensorProtoSchema> {
  return {
    name,
    dims: shape.map(BigInt),
    dataType: ONNX_DTYPES[dtype],
    rawData: new Uint8Array(data.buffer, data.byteOffset, data.byteLength),
  };
}

/**
 * The tensor of a message; copies the elements.
 *
 * @param file The file's name, for messages.
 * @throws {RangeError} If the elements lie elsewhere, are of an unsupported type, or too few or too many.
 */
export function decodeTensor(proto: TensorProto, file: string): Tensor {
  const object = `Cannot read ${file}: initializer "${proto.name}"`;
  const dtype = dtypeOfOnnx(proto.dataType);
  if (dtype === null) {
    throw new RangeError(
      `${object} has element type ${DataType[proto.dataType] ?? proto.dataType}, expected ${
        Object.keys(ONNX_DTYPES).join(", ")
      }`,
    );
  }
  if (proto.dataLocation === DataLocation.EXTERNAL) {
    throw new RangeError(`${object} keeps its elements in another file, expected them in this one`);
  }
  const shape = proto.dims.map(Number);
  const tensor = elements(proto, dtype, shape);
  if (shape.some((size) => size < 0) || tensor?.data.length !== sizeOf(shape)) {
    throw new RangeError(
      `${object} of [${shape}] has ${tensor?.data.length ?? "broken"} elements, expected ${
        sizeOf(shape)
      }`,
    );
  }
  return tensor;
}

/** The elements, from whichever field holds them; `null` if the bytes are no whole number of elements. */
function elements(proto: TensorProto, dtype: DType, shape: readonly number[]): Tensor | null {
  if (proto.rawData.length > 0) return tensorFromBytes(dtype, shape, proto.rawData);
  return { dtype, shape, data: typedElements(proto, dtype) } as Tensor; // the pair is right by construction
}

function typedElements(proto: TensorProto, dtype: DType): DTypeArrays[DType] {
  switch (dtype) {
    case "float32":
      return Float32Array.from(proto.floatData);
    case "int64":
      return BigInt64Array.from(proto.int64Data);
    case "int32":
      return Int32Array.from(proto.int32Data);
    case "int8":
      return Int8Array.from(proto.int32Data);
    default:
      return Uint8Array.from(proto.int32Data);
  }
}
