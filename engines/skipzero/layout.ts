/**
 * Layout: where everything is in the arena, before there is an arena.
 *
 * Addresses are relative, so that the exact size is known when the arena is opened.
 *
 * @module
 */
import type { Backend } from "../../kernels/mod.ts";

/** Cache lines and vector registers are 64 bytes. */
const ALIGNMENT = 64;

/** Kernels may read a vector past the end of a list; the arena goes on a little behind it. */
const TAIL_BYTES = 4096;

/** A growing list of places. */
export interface Layout {
  /** Bytes laid out so far, tail included. */
  readonly sizeBytes: number;
  /** Takes zeroed space; returns its relative address. */
  reserve(sizeBytes: number): number;
  /** Takes space and remembers what to copy there. */
  place(data: ArrayBufferView): number;
  /** Takes space for so many 32-bit words, and remembers who writes them once there is an arena; they are 0 until then. */
  write(words: number, writer: (words: Uint32Array) => void): number;
  /** Remembers what to fill a place with that was reserved. */
  fill(at: number, length: number, value: number): void;
  /** Takes the space in an arena, fills it, and returns the base that relative addresses are added to. */
  realise(backend: Backend): number;
}

/** An empty layout. */
export function createLayout(): Layout {
  const contents: { at: number; words: number; writer: (words: Uint32Array) => void }[] = [];
  let end = 0;
  function reserve(sizeBytes: number): number {
    const at = end;
    end += Math.ceil(sizeBytes / ALIGNMENT) * ALIGNMENT;
    return at;
  }
  function write(words: number, writer: (words: Uint32Array) => void): number {
    const at = reserve(4 * words);
    contents.push({ at, words, writer });
    return at;
  }
  return {
    get sizeBytes(): number {
      return end + TAIL_BYTES;
    },
    reserve,
    place: (data) => write(Math.ceil(data.byteLength / 4), (words) => copyBytes(data, words)),
    write,
    fill: (at, words, value) =>
      void contents.push({
        at,
        words,
        writer: (place) => new Float32Array(place.buffer, place.byteOffset, words).fill(value),
      }),
    realise(backend): number {
      const base = backend.allocate(end + TAIL_BYTES);
      for (const { at, words, writer } of contents) writer(backend.uint32(base + at, words));
      return base;
    },
  };
}

function copyBytes(data: ArrayBufferView, to: Uint32Array): void {
  const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  new Uint8Array(to.buffer, to.byteOffset, to.byteLength).set(bytes);
}
