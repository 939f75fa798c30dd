/**
 * Tensors of `.onnx` files. Elements are little-endian there, as on every machine that Deno runs on.
 *
 * @module
 */
import { create, toBinary } from "@bufbuild/protobuf";
import { type DType, type DTypeArrays, sizeOf, type Tensor } from "../core/mod.ts";
import {
  type TensorProto,
  TensorProto_DataLocation as DataLocation,
  TensorProto_DataType as DataType,
  TensorProtoSchema,
} from "./onnx_pb.ts";
import { dtypeOfOnnx, ONNX_DTYPES } from "./onnx_dtypes.ts";
import { type ExternalReader, placeOf } from "./onnx_external.ts";
import { bytesOf, bytesPerElement, tensorAround, tensorFromBytes } from "./tensor_bytes.ts";

/** Where the elements of a tensor lie if not in the message: the file's name, relative to the model's, and the first byte. */
export interface ElementPlace {
  /** Name of the file, with `/` between folders. */
  readonly location: string;
  /** First byte in that file. */
  readonly offset: number;
}

/** A tensor as the parts of a message, the last of which are its elements, not copied. */
export function encodeTensor(name: string, tensor: Tensor): readonly Uint8Array[] {
  const elements = framed(TensorProtoSchema.field.rawData.number, [bytesOf(tensor)]);
  return [
    toBinary(TensorProtoSchema, create(TensorProtoSchema, headOf(name, tensor))),
    ...elements,
  ];
}

/** A tensor as a message that says where its elements lie. */
export function encodePlacedTensor(
  name: string,
  tensor: Tensor,
  { location, offset }: ElementPlace,
): Uint8Array {
  const entries = { location, offset: `${offset}`, length: `${tensor.data.byteLength}` };
  const proto = create(TensorProtoSchema, {
    ...headOf(name, tensor),
    dataLocation: DataLocation.EXTERNAL,
    externalData: Object.entries(entries).map(([key, value]) => ({ key, value })),
  });
  return toBinary(TensorProtoSchema, proto);
}

function headOf(
  name: string,
  tensor: Tensor,
): { readonly name: string; readonly dims: bigint[]; readonly dataType: number } {
  return { name, dims: tensor.shape.map(BigInt), dataType: ONNX_DTYPES[tensor.dtype] };
}

/**
 * A field of known length around the parts: what protobuf calls wire type 2.
 *
 * Source: https://protobuf.dev/programming-guides/encoding/
 */
export function framed(field: number, parts: readonly Uint8Array[]): readonly Uint8Array[] {
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  return [Uint8Array.from([...varint(field * 8 + 2), ...varint(length)]), ...parts];
}

/** Seven bits a byte, the lowest first; the top bit says that more follow. */
function varint(value: number): number[] {
  const low = value % 128;
  return value < 128 ? [low] : [low + 128, ...varint(Math.floor(value / 128))];
}

/**
 * The tensor of a message; copies the elements.
 *
 * @param file The file's name, for messages.
 * @param external Reads elements that lie in other files; without it there may be none.
 * @throws {RangeError} If the elements lie elsewhere, are of an unsupported type, or too few or too many.
 */
export function decodeTensor(proto: TensorProto, file: string, external?: ExternalReader): Tensor {
  const object = `Cannot read ${file}: initializer "${proto.name}"`;
  const dtype = dtypeOfOnnx(proto.dataType);
  if (dtype === null) {
    throw new RangeError(
      `${object} has element type ${DataType[proto.dataType] ?? proto.dataType}, expected ${
        Object.keys(ONNX_DTYPES).join(", ")
      }`,
    );
  }
  const shape = proto.dims.map(Number);
  const count = sizeOf(shape);
  if (shape.some((size) => size < 0) || !Number.isSafeInteger(8 * count)) {
    throw new RangeError(`${object} is of [${shape}], expected sizes that memory can hold`);
  }
  if (proto.dataLocation === DataLocation.EXTERNAL) {
    return externalTensor(proto, dtype, shape, object, external);
  }
  const tensor = elements(proto, dtype, shape);
  if (tensor?.data.length !== count) {
    throw new RangeError(
      `${object} of [${shape}] has ${tensor?.data.length ?? "broken"} elements, expected ${count}`,
    );
  }
  return tensor;
}

function externalTensor(
  proto: TensorProto,
  dtype: DType,
  shape: readonly number[],
  object: string,
  external: ExternalReader | undefined,
): Tensor {
  const sizeBytes = sizeOf(shape) * bytesPerElement(dtype);
  const place = placeOf(proto, object, sizeBytes);
  if (external === undefined) {
    throw new RangeError(
      `${object} keeps its elements in "${place.location}", expected them in this file; ` +
        "readOnnx() reads both",
    );
  }
  return tensorAround(dtype, shape, external(place, sizeBytes));
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
