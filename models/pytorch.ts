/**
 * Reads checkpoints that PyTorch saved, without running anything in them: zip archives (since 1.6), and the older stream of pickles.
 *
 * @module
 */
import { fileFailure, type Tensor, unzip, zipNames } from "../core/mod.ts";
import { readPickle } from "./pickle.ts";
import {
  readView,
  type Storage,
  storageOf,
  StoredTensor,
  TENSOR_NAMES,
} from "./pytorch_tensors.ts";
import { storedBytes } from "./stored_types.ts";

/** Content of a checkpoint. */
export interface PyTorchCheckpoint {
  /** Tensors by name, in the order of the file. F16 and BF16 are widened to float32. */
  readonly tensors: ReadonlyMap<string, Tensor>;
  /** Where in the file the tensors stood, e.g. `state_dict`; empty if they were all that there is. */
  readonly within: string;
}

/** Keys under which training programs keep the tensors, besides the state of the training. */
const WRAPPERS = ["state_dict", "model_state_dict", "model"] as const;
/** First value of an old file. */
const MAGIC = 0x1950a86a20f9469cfc6cn;

/**
 * Reads a file.
 *
 * @throws {EnvironmentError} If it cannot be read.
 * @throws {SyntaxError} If it is no such file, is broken, or wants anything but tensors.
 * @throws {RangeError} If a tensor reaches past its elements.
 */
export async function readPyTorch(path: string): Promise<PyTorchCheckpoint> {
  let bytes: Uint8Array;
  try {
    bytes = await Deno.readFile(path);
  } catch (error) {
    throw fileFailure("read", path, error);
  }
  return decodePyTorch(bytes, path);
}

/** The tensors in the bytes of a file. Throws as {@linkcode readPyTorch}. */
export function decodePyTorch(bytes: Uint8Array, path: string): PyTorchCheckpoint {
  const { value, elements } = isZip(bytes) ? openZip(bytes, path) : openStream(bytes, path);
  const { views, within } = findViews(value, path);
  const read = ([name, view]: readonly [string, StoredTensor]): [string, Tensor] => [
    name,
    readView(name, view, elements(view.storage)),
  ];
  return { tensors: new Map(views.map(read)), within };
}

/** Whether bytes start as a zip archive. */
export function isZip(bytes: Uint8Array): boolean {
  return bytes[0] === 0x50 && bytes[1] === 0x4b;
}

/** What is wrong with an archive is told with the name of its file. */
function namingZip<T>(path: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new SyntaxError(error.message.replace("the zip archive", path), { cause: error });
  }
}

interface Opened {
  readonly value: unknown;
  /** Bytes of a storage. */
  elements(storage: Storage): Uint8Array;
}

function openZip(bytes: Uint8Array, path: string): Opened {
  const names = namingZip(path, () => zipNames(bytes));
  const pickle = names.find((name) => /^[^/]+\/data\.pkl$/.test(name));
  if (pickle === undefined) {
    throw new SyntaxError(
      `Cannot read ${path}: a zip archive without data.pkl, expected PyTorch's`,
    );
  }
  const folder = pickle.slice(0, -"data.pkl".length);
  checkByteOrder(bytes, names, folder, path);
  const program = namingZip(path, () => unzip(bytes, [pickle])).get(pickle)!;
  const rules = { path, names: TENSOR_NAMES, persistent: storageOf };
  const { value } = readPickle(program, 0, rules);
  function elements({ key, count, type }: Storage): Uint8Array {
    const file = `${folder}data/${key}`;
    const found = namingZip(path, () => unzip(bytes, [file])).get(file)!;
    if (found.length === count * storedBytes[type]) return found;
    throw new SyntaxError(
      `Cannot read ${path}: storage ${key} has ${found.length} bytes, expected ${
        count * storedBytes[type]
      }`,
    );
  }
  return { value, elements };
}

function checkByteOrder(
  bytes: Uint8Array,
  names: readonly string[],
  folder: string,
  path: string,
): void {
  const file = `${folder}byteorder`;
  if (!names.includes(file)) return;
  const order = new TextDecoder().decode(unzip(bytes, [file]).get(file)!);
  if (order === "little") return;
  throw new SyntaxError(`Cannot read ${path}: its byte order is ${order}, expected little`);
}

/** Five pickles (a number, a version, the machine, the content, the keys of the storages), then the storages: a count and elements. */
function openStream(bytes: Uint8Array, path: string): Opened {
  const rules = { path, names: TENSOR_NAMES };
  const magic = bytes[0] === 0x80 ? readPickle(bytes, 0, rules) : null;
  if (magic?.value !== MAGIC) {
    throw new SyntaxError(
      `Cannot read ${path}: it is neither a zip archive nor a stream of pickles, expected what PyTorch saves`,
    );
  }
  const version = readPickle(bytes, magic.end, rules);
  const machine = readPickle(bytes, version.end, rules);
  if (!(machine.value instanceof Map) || machine.value.get("little_endian") !== true) {
    throw new SyntaxError(`Cannot read ${path}: its byte order is not little, expected little`);
  }
  const types = new Map<string, Storage>();
  const persistent = (id: unknown): Storage => {
    const storage = storageOf(id);
    types.set(storage.key, storage);
    return storage;
  };
  const content = readPickle(bytes, machine.end, { ...rules, persistent });
  const keys = readPickle(bytes, content.end, rules);
  const ranges = rangesOf(bytes, keys.end, keys.value, types, path);
  return {
    value: content.value,
    elements({ key }): Uint8Array {
      const range = ranges.get(key);
      if (range) return range;
      throw new SyntaxError(`Cannot read ${path}: it has no storage ${key}, expected all`);
    },
  };
}

function rangesOf(
  bytes: Uint8Array,
  start: number,
  keys: unknown,
  types: ReadonlyMap<string, Storage>,
  path: string,
): Map<string, Uint8Array> {
  if (!Array.isArray(keys)) {
    throw new SyntaxError(`Cannot read ${path}: no list of storages, expected one`);
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const ranges = new Map<string, Uint8Array>();
  let at = start;
  for (const key of keys) {
    const type = types.get(key)?.type;
    const count = at + 8 <= bytes.length ? Number(view.getBigInt64(at, true)) : -1;
    const end = at + 8 + count * (type === undefined ? 0 : storedBytes[type]);
    if (type === undefined || count < 0 || end > bytes.length) {
      throw new SyntaxError(
        `Cannot read ${path}: storage ${key} ends past the file, which is cut off`,
      );
    }
    ranges.set(key, bytes.subarray(at + 8, end));
    at = end;
  }
  return ranges;
}

/** The dictionary of tensors: the content itself, or what stands under a usual key. */
function findViews(
  value: unknown,
  path: string,
): { readonly views: readonly (readonly [string, StoredTensor])[]; readonly within: string } {
  const found = viewsOf(value);
  if (found.length > 0) return { views: found, within: "" };
  for (const within of WRAPPERS) {
    const views = value instanceof Map ? viewsOf(value.get(within)) : [];
    if (views.length > 0) return { views, within };
  }
  const keys = value instanceof Map ? [...value.keys()].slice(0, 8).join(", ") : typeof value;
  throw new SyntaxError(
    `Cannot read ${path}: no tensors by name in ${keys}, expected a state dictionary`,
  );
}

function viewsOf(value: unknown): (readonly [string, StoredTensor])[] {
  if (!(value instanceof Map)) return [];
  return [...value].filter((entry): entry is [string, StoredTensor] =>
    typeof entry[0] === "string" && entry[1] instanceof StoredTensor
  );
}
