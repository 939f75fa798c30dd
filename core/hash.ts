/**
 * Identity of things by content: sha256 of bytes, files and JSON values.
 *
 * @module
 */
import { createHash } from "node:crypto";
import canonicalize from "canonicalize";

/** Bytes read from a file at a time: large enough that reading, not calling, takes the time. */
const CHUNK_BYTES = 1 << 20;

/** sha256 of bytes, or of a text's UTF-8, as 64 lower-case hexadecimal digits. */
export function sha256Hex(content: Uint8Array | string): string {
  return createHash("sha256").update(content).digest("hex");
}

/** sha256 of a file, read in pieces so that its size does not matter. */
export async function sha256File(path: string): Promise<string> {
  const hash = createHash("sha256");
  using file = await Deno.open(path, { read: true });
  const chunk = new Uint8Array(CHUNK_BYTES);
  for (let n = await file.read(chunk); n !== null; n = await file.read(chunk)) {
    hash.update(chunk.subarray(0, n));
  }
  return hash.digest("hex");
}

/**
 * The one JSON text of a value, after RFC 8785: keys sorted, no spaces, numbers in their shortest form.
 *
 * @throws {TypeError} If the value has no JSON, such as `undefined` or a number that is not finite.
 */
export function canonicalJson(value: unknown): string {
  let text: string | undefined;
  let reason = `found ${typeof value}`;
  try {
    text = canonicalize(value);
  } catch (error) {
    reason = error instanceof Error ? error.message : String(error);
  }
  if (text === undefined) {
    throw new TypeError(`Cannot write canonical JSON: ${reason}, expected a JSON value`);
  }
  return text;
}

/** sha256 of the canonical JSON: equal for equal values, whatever the order of their keys. */
export function hashOf(value: unknown): string {
  return sha256Hex(canonicalJson(value));
}
