/**
 * What a file is that was taken for another, by how it starts.
 *
 * @module
 */

/** Kinds of files that are taken for models now and then: where they have which text. */
const OTHERS: readonly (readonly [offset: number, text: string, kind: string])[] = [
  [0, "version https://git-lfs", "a pointer of Git LFS, whose file was not fetched"],
  [0, "<", "a web page"],
  [0, "PK", "a zip archive, as PyTorch saves checkpoints"],
  [1, "HDF", "an HDF5 file"],
  [8, '{"', "a safetensors file"],
  [4, "TFL3", "a TensorFlow Lite model"],
  [4, "ORTM", "a model in ONNX Runtime's own format (.ort)"],
  [0, "{", "JSON"],
  [0, "\x1f\x8b", "a gzip archive"],
];

/** In words, what bytes seem to be, or `null`. */
export function fileKind(bytes: Uint8Array): string | null {
  const start = String.fromCharCode(...bytes.subarray(0, 64)); // one character a byte
  return OTHERS.find(([offset, text]) => start.startsWith(text, offset))?.[2] ?? null;
}
