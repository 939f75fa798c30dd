/**
 * How kernels reach arrays: in place where the back end can, else by way of the workspace.
 *
 * @module
 */
import type { Backend } from "../../kernels/mod.ts";
import type { Workspace } from "./block_kernel.ts";
import type { Floats } from "./loops.ts";

/** Where a kernel writes an array. */
export interface Output {
  /** Where it begins. */
  readonly address: number;
  /** Floats that may be written from there; those behind the array are lost. */
  readonly room: number;
  /** Brings what was written to the array. */
  finish(): void;
}

/** Arrays of one call; they stay where they are until memory is next allocated. */
export interface Operands {
  /**
   * Address of an array that a kernel reads.
   *
   * @param excess Floats behind the array that the kernel reads too, whatever they are; default 0.
   */
  input(array: Floats, excess?: number): number;
  /**
   * Place of an array that a kernel writes. Its content is undefined until then.
   *
   * @param excess Floats of room behind the array that are welcome but only to be had in the workspace; default 0.
   */
  output(array: Floats, excess?: number): Output;
}

/** Operands on a workspace, which the caller clears between calls. */
export function openOperands(backend: Backend, workspace: Workspace): Operands {
  function inPlace(array: Floats, excess: number): number | null {
    const end = array.byteOffset + array.byteLength + 4 * excess;
    return end <= array.buffer.byteLength ? backend.addressOf(array) : null;
  }
  function copy(array: Floats, excess: number): number {
    const address = workspace.take(array.length + excess);
    backend.float32(address, array.length).set(array);
    return address;
  }
  return {
    input: (array, excess = 0) => inPlace(array, excess) ?? copy(array, excess),
    output(array, excess = 0): Output {
      const place = inPlace(array, 0);
      if (place !== null) return { address: place, room: array.length, finish: () => {} };
      const room = array.length + excess;
      const address = workspace.take(room);
      return { address, room, finish: () => array.set(backend.float32(address, array.length)) };
    },
  };
}
