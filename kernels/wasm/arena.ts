/**
 * The arena of the WebAssembly back end: a linear memory of fixed size, handed out from the bottom.
 *
 * The memory never grows, so that views and addresses stay valid.
 *
 * @module
 */
import { ARENA_START } from "./control.ts";
import type { ModuleMemory } from "./module.ts";

const PAGE_BYTES = 65_536;
const MAXIMUM_PAGES = 65_536;
const ALIGNMENT = 64;

/** Memory that is taken and never given back. */
export interface WasmArena {
  /** The linear memory. */
  readonly memory: WebAssembly.Memory;
  /** Its import, as modules declare it. */
  readonly declaration: ModuleMemory;
  /** Bytes taken. */
  readonly usedBytes: number;
  /** Takes zeroed bytes, 64-byte aligned. @throws {RangeError} If too few are left. */
  take(sizeBytes: number): number;
  /** The buffer, after checking that a view lies in what was taken. @throws {RangeError} If it does not. */
  view(address: number, sizeBytes: number): ArrayBufferLike;
}

/**
 * An arena of `sizeBytes`, shared between threads if asked.
 *
 * @throws {RangeError} If the size is not an integer from 0 to what 2^16 pages hold, or the engine refuses it.
 */
export function createArena(sizeBytes: number, shared: boolean): WasmArena {
  const pages = Math.ceil((ARENA_START + roundUp(sizeBytes)) / PAGE_BYTES);
  if (!Number.isInteger(sizeBytes) || sizeBytes < 0 || pages > MAXIMUM_PAGES) {
    throw new RangeError(
      `Cannot open WebAssembly arena: ${sizeBytes} bytes, expected an integer from 0 to ${
        MAXIMUM_PAGES * PAGE_BYTES - ARENA_START
      }`,
    );
  }
  const memory = new WebAssembly.Memory({ initial: pages, maximum: pages, shared });
  const buffer = memory.buffer;
  const end = ARENA_START + roundUp(sizeBytes);
  let top = ARENA_START;
  return {
    memory,
    declaration: { pages, shared },
    get usedBytes(): number {
      return top - ARENA_START;
    },
    take(wanted): number {
      if (!Number.isInteger(wanted) || wanted < 0 || top + wanted > end) {
        throw new RangeError(
          `Cannot allocate ${wanted} bytes: ${end - top} of ${sizeBytes} arena bytes are free`,
        );
      }
      const address = top;
      top += roundUp(wanted);
      return address;
    },
    view(address, wanted): ArrayBufferLike {
      if (address >= ARENA_START && wanted >= 0 && address + wanted <= top) return buffer;
      throw new RangeError(
        `Cannot view ${wanted} bytes at ${address}: expected a range within ${ARENA_START} to ${top}`,
      );
    },
  };
}

function roundUp(sizeBytes: number): number {
  return Math.ceil(sizeBytes / ALIGNMENT) * ALIGNMENT;
}
