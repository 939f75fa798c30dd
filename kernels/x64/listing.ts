/**
 * Emitted code in readable form.
 *
 * @module
 */
import type { Kernel } from "../machine.ts";
import { createAssembler } from "./assembler.ts";
import { emitKernel, type X64Target } from "./machine.ts";

/**
 * A kernel's instructions, one a line: offset, bytes, Intel syntax. Any machine can list for any target.
 *
 * @throws {RangeError} If the kernel cannot be emitted.
 */
export function listing(kernel: Kernel, target: X64Target): string {
  const assembler = createAssembler();
  emitKernel(assembler, kernel, target);
  const { bytes, lines } = assembler.finish();
  return lines.map(({ offset, length, text }) => {
    const hex = Array.from(bytes.subarray(offset, offset + length), twoDigits).join("");
    return `${offset.toString(16).padStart(6)}  ${hex.padEnd(22)}  ${
      length > 0 ? "  " : ""
    }${text}`;
  }).join("\n");
}

function twoDigits(byte: number): string {
  return byte.toString(16).padStart(2, "0");
}
