/**
 * Elements that a `.onnx` file keeps in files beside it, which it names by location, offset and length.
 *
 * A model may come from anywhere, so a location may name nothing outside the model's own folder.
 *
 * Source: https://github.com/onnx/onnx/blob/main/docs/ExternalData.md
 *
 * @module
 */
import { basename, dirname, join } from "@std/path";
import { fileFailure } from "../core/mod.ts";
import type { TensorProto } from "./onnx_pb.ts";

/** Where a file says that a tensor's elements lie. */
export interface ExternalPlace {
  /** Path relative to the model's folder, `/` between folders. */
  readonly location: string;
  /** First byte. */
  readonly offset: number;
}

/**
 * Gives `sizeBytes` bytes of a place, in a buffer of their own.
 *
 * @throws {RangeError} If the location is refused, or the file is too short.
 */
export type ExternalReader = (place: ExternalPlace, sizeBytes: number) => Uint8Array<ArrayBuffer>;

/**
 * The place that an initializer names.
 *
 * @param object Whose place it is, as messages begin.
 * @param sizeBytes What its shape and element type take.
 * @throws {RangeError} If the entries are incomplete, or the length is not that of the shape.
 */
export function placeOf(proto: TensorProto, object: string, sizeBytes: number): ExternalPlace {
  const entries = new Map(proto.externalData.map(({ key, value }) => [key, value]));
  const location = entries.get("location");
  if (!location) throw new RangeError(`${object} lies in a file without a name, expected one`);
  const number = (key: "offset" | "length", fallback: number): number => {
    const text = entries.get(key);
    if (text === undefined) return fallback;
    const value = /^\d+$/.test(text) ? Number(text) : NaN;
    if (Number.isSafeInteger(value)) return value;
    throw new RangeError(`${object} has ${key} "${text}" in "${location}", expected bytes`);
  };
  const length = number("length", sizeBytes);
  if (length !== sizeBytes) {
    throw new RangeError(
      `${object} has ${length} bytes in "${location}", expected ${sizeBytes} for its shape`,
    );
  }
  return { location, offset: number("offset", 0) };
}

/**
 * Reads the files beside a model. A range is checked against the file's size before memory is taken for it.
 *
 * @param path Of the model.
 */
export function openExternal(path: string): ExternalReader {
  return ({ location, offset }, sizeBytes) => {
    const object = `Cannot read "${location}", which ${path} names`;
    const file = resolveInside(dirname(path), location, object);
    try {
      return readRange(file, offset, sizeBytes, object);
    } catch (error) {
      throw error instanceof RangeError ? error : fileFailure("read", file, error);
    }
  };
}

function resolveInside(folder: string, location: string, object: string): string {
  const parts = location.split("/");
  const plain = !/^([a-zA-Z]:|\/)|[\\\0]/.test(location) &&
    parts.every((part) => part !== ".." && part !== "");
  if (!plain) {
    throw new RangeError(`${object}: it leads elsewhere, expected a file in the model's folder`);
  }
  const file = join(folder, location);
  const [inside, real] = [realPath(folder), realPath(file)];
  if (!real.startsWith(join(inside, "/"))) {
    throw new RangeError(`${object}: it is a link to ${real}, expected a file in ${inside}`);
  }
  return file;
}

function realPath(path: string): string {
  try {
    return Deno.realPathSync(path);
  } catch (error) {
    throw fileFailure("read", path, error);
  }
}

function readRange(
  file: string,
  offset: number,
  sizeBytes: number,
  object: string,
): Uint8Array<ArrayBuffer> {
  using handle = Deno.openSync(file);
  const { size, isFile } = handle.statSync();
  if (!isFile) throw new RangeError(`${object}: it is no file, expected one`);
  if (offset + sizeBytes > size) {
    throw new RangeError(
      `${object}: it has ${size} bytes, expected ${
        offset + sizeBytes
      } or more; it is cut off, or belongs to another model`,
    );
  }
  const bytes = new Uint8Array(sizeBytes);
  handle.seekSync(offset, Deno.SeekMode.Start);
  for (let read = 0; read < sizeBytes;) {
    const count = handle.readSync(bytes.subarray(read));
    if (count === null) throw new RangeError(`${object}: it became shorter while it was read`);
    read += count;
  }
  return bytes;
}

/** Name of the file beside a model that holds its weights: the usual one. */
export function externalName(path: string): string {
  return `${basename(path)}.data`;
}
