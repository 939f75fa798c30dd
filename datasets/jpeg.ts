/**
 * JPEG files, decoded by mozjpeg in WebAssembly: the same pixels on every machine.
 *
 * @module
 */
import type { PlaneShape } from "./planes.ts";

/** A photograph. */
export interface Photograph {
  /** Red, green and blue: 3 planes of `height × width`. */
  readonly shape: PlaneShape;
  /** `3 × height × width`. */
  readonly pixels: Uint8Array<ArrayBuffer>;
}

/** What the decoder needs to be told; its own types say less. */
interface Decoder {
  readonly default: (bytes: ArrayBuffer) => Promise<ImageData>;
  readonly init: (options: { readonly printErr: (line: string) => void }) => Promise<void>;
}

/** What decoders complain about in photographs that are whole. */
const HARMLESS = /extraneous bytes before marker/;

let loaded: Promise<Decoder> | null = null;
let complaints: string[] = [];
/** The decoder takes one file at a time, so that complaints are about that one. */
let queue: Promise<unknown> = Promise.resolve();

async function load(): Promise<Decoder> {
  const module = await import("@jsquash/jpeg/decode") as unknown as Decoder; // the options are missing from its types
  await module.init({ printErr: (line) => void complaints.push(line) });
  return module;
}

/**
 * Decodes a file. Grey photographs become three like planes; what a camera says of how it was held is passed over, as training code does.
 *
 * @param path Only for messages.
 * @throws {SyntaxError} If it is no JPEG, is cut off or corrupt, or has colours for print (CMYK).
 */
export function decodeJpeg(bytes: Uint8Array, path: string): Promise<Photograph> {
  const result = queue.then(() => decodeOne(bytes, path));
  queue = result.catch(() => null);
  return result;
}

async function decodeOne(bytes: Uint8Array, path: string): Promise<Photograph> {
  if (bytes[0] !== 0xff || bytes[1] !== 0xd8) broken(path, "it does not start as a JPEG");
  const decoder = await (loaded ??= load());
  complaints = [];
  let image: ImageData;
  try {
    image = await decoder.default(Uint8Array.from(bytes).buffer);
  } catch (error) {
    return broken(path, complaints.at(-1) ?? (error as Error).message);
  }
  const serious = complaints.find((line) => !HARMLESS.test(line));
  if (serious !== undefined) broken(path, serious);
  return toPlanes(image);
}

function broken(path: string, found: string): never {
  throw new SyntaxError(`Cannot read ${path}: ${found.trim()}, expected a whole JPEG`);
}

function toPlanes({ width, height, data }: ImageData): Photograph {
  const area = width * height;
  const pixels = new Uint8Array(3 * area);
  for (let i = 0; i < area; i++) {
    pixels[i] = data[4 * i]!;
    pixels[area + i] = data[4 * i + 1]!;
    pixels[2 * area + i] = data[4 * i + 2]!;
  }
  return { shape: { channels: 3, height, width }, pixels };
}
