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
  place(data: Float32Array | Uint32Array): number;
  /** Remembers what to fill a place with that was reserved. */
  fill(at: number, length: number, value: number): void;
  /** Takes the space in an arena, copies the data, and returns the base that relative addresses are added to. */
  realise(backend: Backend): number;
}

/** An empty layout. */
export function createLayout(): Layout {
  const contents: { readonly at: number; readonly data: Float32Array | Uint32Array }[] = [];
  const fills: { readonly at: number; readonly length: number; readonly value: number }[] = [];
  let end = 0;
  function reserve(sizeBytes: number): number {
    const at = end;
    end += Math.ceil(sizeBytes / ALIGNMENT) * ALIGNMENT;
    return at;
  }
  return {
    get sizeBytes(): number {
      return end + TAIL_BYTES;
    },
    reserve,
    place(data): number {
      const at = reserve(data.byteLength);
      contents.push({ at, data });
      return at;
    },
    fill: (at, length, value) => void fills.push({ at, length, value }),
    realise(backend): number {
      const base = backend.allocate(end + TAIL_BYTES);
      for (const { at, data } of contents) {
        if (data.length === 0) continue;
        const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
        backend.bytes(base + at, data.byteLength).set(bytes);
      }
      for (const { at, length, value } of fills) backend.float32(base + at, length).fill(value);
      return base;
    },
  };
}
