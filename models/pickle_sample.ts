/**
 * Pickles for tests, put together instruction by instruction.
 *
 * @module
 */

/** Instructions of a pickle, end to end, with a `STOP` behind them. */
export function pickle(...parts: readonly (readonly number[])[]): Uint8Array<ArrayBuffer> {
  return Uint8Array.from([0x80, 2, ...parts.flat(), 0x2e]);
}

/** Pushes a text. */
export function pushText(text: string): number[] {
  const bytes = [...new TextEncoder().encode(text)];
  return [0x58, bytes.length, 0, 0, 0, ...bytes];
}

/** Pushes an integer below 65,536. */
export function pushInteger(value: number): number[] {
  return [0x4d, value & 255, value >> 8];
}

/** Pushes a tuple of what the parts push. */
export function pushTuple(...parts: readonly (readonly number[])[]): number[] {
  return [0x28, ...parts.flat(), 0x74];
}

/** Pushes a name of a module. */
export function pushName(module: string, attribute: string): number[] {
  return [0x63, ...new TextEncoder().encode(`${module}\n${attribute}\n`)];
}

/** Pushes what a call gives. */
export function pushCall(
  name: readonly number[],
  ...args: readonly (readonly number[])[]
): number[] {
  return [...name, ...pushTuple(...args), 0x52];
}

/** Pushes a dictionary. */
export function pushDictionary(...items: readonly (readonly number[])[]): number[] {
  return [0x7d, 0x28, ...items.flat(), 0x75];
}

/** A tensor to pickle. */
export interface PickledTensor {
  /** Class of the storage, e.g. `FloatStorage`. */
  readonly storage: string;
  /** Name of the storage. */
  readonly key: string;
  /** Elements of the storage. */
  readonly count: number;
  /** First element. */
  readonly offset: number;
  /** Sizes. */
  readonly shape: readonly number[];
  /** Strides. */
  readonly strides: readonly number[];
}

/** Pushes a tensor as PyTorch does. */
export function pushTensor(tensor: PickledTensor): number[] {
  const { storage, key, count, offset, shape, strides } = tensor;
  const id = pushTuple(
    pushText("storage"),
    pushName("torch", storage),
    pushText(key),
    pushText("cpu"),
    pushInteger(count),
  );
  return pushCall(
    pushName("torch._utils", "_rebuild_tensor_v2"),
    [...id, 0x51],
    pushInteger(offset),
    pushTuple(...shape.map(pushInteger)),
    pushTuple(...strides.map(pushInteger)),
    [0x89],
    pushCall(pushName("collections", "OrderedDict")),
  );
}
