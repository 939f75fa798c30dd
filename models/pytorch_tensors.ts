/**
 * Tensors as PyTorch pickles them: a view with strides into a storage of elements.
 *
 * @module
 */
import { sizeOf, type Tensor } from "../core/mod.ts";
import { PickledName, type PickleNames } from "./pickle.ts";
import { decodeElements, storedBytes, type StoredType } from "./stored_types.ts";

/** Elements that tensors share, still to be read. */
export interface Storage {
  /** Name within the file. */
  readonly key: string;
  /** Element type. */
  readonly type: StoredType;
  /** Number of elements. */
  readonly count: number;
  /** Element from which tensors count; old files have views of storages. */
  readonly begin: number;
}

/** A view into a storage. */
export class StoredTensor {
  /** Keeps the view; offset and strides count elements. */
  constructor(
    readonly storage: Storage,
    readonly offset: number,
    readonly shape: readonly number[],
    readonly strides: readonly number[],
  ) {}
}

const STORAGES: Readonly<Record<string, StoredType>> = {
  "torch FloatStorage": "F32",
  "torch HalfStorage": "F16",
  "torch BFloat16Storage": "BF16",
  "torch LongStorage": "I64",
  "torch IntStorage": "I32",
  "torch ByteStorage": "U8",
  "torch CharStorage": "I8",
  "torch BoolStorage": "BOOL",
};

/** The names that a checkpoint of tensors uses. */
export const TENSOR_NAMES: PickleNames = new Map<
  string,
  ((args: readonly unknown[]) => unknown) | null
>([
  ["collections OrderedDict", orderedDict],
  ["torch._utils _rebuild_tensor", rebuildTensor],
  ["torch._utils _rebuild_tensor_v2", rebuildTensor],
  ["torch._utils _rebuild_parameter", ([tensor]): unknown => tensor],
  ...Object.keys(STORAGES).map((name): [string, null] => [name, null]),
]);

function orderedDict(args: readonly unknown[]): Map<unknown, unknown> {
  if (args.length === 0) return new Map();
  throw new SyntaxError("Cannot read a checkpoint: a dictionary made from items, expected none");
}

/** Arguments: storage, offset, sizes, strides; what follows is about gradients. */
function rebuildTensor([storage, offset, shape, strides]: readonly unknown[]): StoredTensor {
  const whole = isStorage(storage) && isSize(offset) && isSizes(shape) && isSizes(strides) &&
    shape.length === strides.length;
  if (whole) return new StoredTensor(storage, offset, shape, strides);
  throw new SyntaxError(
    "Cannot read a checkpoint: a tensor without sizes, expected a storage's view",
  );
}

/**
 * The storage that a persistent id names: `("storage", type, key, place, count)`, in old files with the view that it is of another one.
 *
 * @throws {SyntaxError} If the id is another.
 */
export function storageOf(id: unknown): Storage {
  if (Array.isArray(id) && id[0] === "storage" && id[1] instanceof PickledName) {
    const [, { name }, key, , count, view] = id as [
      string,
      PickledName,
      unknown,
      unknown,
      unknown,
      unknown,
    ]; // checked
    const type = STORAGES[name];
    const begin = Array.isArray(view) ? view[1] : 0;
    if (type !== undefined && typeof key === "string" && isSize(count) && isSize(begin)) {
      return { key, type, count, begin };
    }
  }
  throw new SyntaxError(
    "Cannot read a checkpoint: a persistent id that is no storage, expected one",
  );
}

function isStorage(value: unknown): value is Storage {
  return typeof value === "object" && value !== null && "key" in value && "type" in value;
}

function isSize(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0; // a safe integer is a number
}

function isSizes(value: unknown): value is readonly number[] {
  return Array.isArray(value) && value.every(isSize);
}

/**
 * Copies the elements of a view, row by row.
 *
 * @param bytes Content of the whole storage.
 * @throws {RangeError} If the view reaches past its storage.
 */
export function readView(name: string, view: StoredTensor, bytes: Uint8Array): Tensor {
  const { storage: { type, begin }, offset, shape, strides } = view;
  const width = storedBytes[type];
  const count = sizeOf(shape);
  const first = begin + offset;
  const reach = shape.reduce((sum, size, axis) => sum + (size - 1) * strides[axis]!, first + 1);
  // A view may repeat elements; none that was saved needs to, and a broken one could fill the memory.
  if (count > 0 && Math.max(reach, count) * width > bytes.length) {
    throw new RangeError(
      `Cannot read tensor "${name}": it needs ${
        Math.max(reach, count)
      } elements of its storage, which has ${Math.floor(bytes.length / width)}`,
    );
  }
  if (isContiguous(shape, strides)) {
    return decodeElements(type, shape, bytes.subarray(first * width, (first + count) * width));
  }
  const rows = new Uint8Array(count * width);
  let to = 0;
  for (const from of positions(first, shape, strides)) {
    rows.set(bytes.subarray(from * width, (from + 1) * width), to);
    to += width;
  }
  return decodeElements(type, shape, rows);
}

function isContiguous(shape: readonly number[], strides: readonly number[]): boolean {
  return shape.every((size, axis) => size === 1 || strides[axis] === sizeOf(shape.slice(axis + 1)));
}

function* positions(
  first: number,
  shape: readonly number[],
  strides: readonly number[],
): Generator<number> {
  if (shape.length === 0) return yield first;
  const [size, ...inner] = shape as [number, ...number[]]; // not empty
  for (let i = 0; i < size; i++) yield* positions(first + i * strides[0]!, inner, strides.slice(1));
}
