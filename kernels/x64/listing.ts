/**
 * Emitted code in readable form.
 *
 * @module
 */
import {
  type InstructionCounts,
  type ListedInstruction,
  type ListedLabel,
  type Listing,
  type LoopRange,
  nestLoops,
} from "../listing.ts";
import { formatListing } from "../listing_text.ts";
import type { Kernel } from "../machine.ts";
import { type Code, createAssembler, type Line } from "./assembler.ts";
import { describe } from "./encode.ts";
import { emitKernel, type X64Target } from "./machine.ts";
import { type Memory, type Operand, r64, type Register } from "./operands.ts";

const ARGUMENTS = r64("rdi");
const SLOT_BYTES = 8;

/**
 * A kernel's instructions as text. Any machine can list for any target.
 *
 * @throws {RangeError} If the kernel cannot be emitted.
 */
export function listing(kernel: Kernel, target: X64Target): string {
  return formatListing(listX64Kernel(kernel, target));
}

/**
 * A kernel's instructions and loops, as the assembler wrote them down beside the bytes.
 *
 * @throws {RangeError} If the kernel cannot be emitted.
 */
export function listX64Kernel(kernel: Kernel, target: X64Target): Listing {
  const assembler = createAssembler();
  const entry = emitKernel(assembler, kernel, target);
  const code = assembler.finish();
  const goals = new Set(
    code.lines.filter((line) => line.mnemonic !== null).map((one) => one.label),
  );
  const emitted = code.lines.filter((line) => line.mnemonic !== null || goals.has(line.label));
  const lines = emitted.map((line) => listLine(line, code, kernel));
  const body = nestLoops(lines, loopsOf(emitted, kernel));
  return { id: kernel.id, target, entry: code.offsetOf(entry), body };
}

function listLine(line: Line, { bytes }: Code, kernel: Kernel): ListedInstruction | ListedLabel {
  if (line.mnemonic === null) return { kind: "label", text: line.text };
  const slot = slotRead(line);
  return {
    kind: "instruction",
    offset: line.offset,
    bytes: bytes.slice(line.offset, line.offset + line.length),
    text: line.text,
    note: slot === null ? null : slotName(kernel, slot),
    counts: countsOf(line.mnemonic, line.operands),
  };
}

/** The slot of the argument block that an instruction loads, or `null`. */
function slotRead({ mnemonic, operands: [to, from] }: Line): number | null {
  if (mnemonic !== "mov" || !isRegister(to) || !isMemory(from)) return null;
  return from.base?.id === ARGUMENTS.id && from.index === null ? from.disp / SLOT_BYTES : null;
}

function slotName({ slotNames }: Kernel, slot: number): string {
  return slotNames?.[slot] ?? `slot ${slot}`;
}

function isRegister(operand: Operand | undefined): operand is Register {
  return typeof operand === "object" && operand.kind === "register";
}

function isMemory(operand: Operand | undefined): operand is Memory {
  return typeof operand === "object" && operand.kind === "memory";
}

/** Instructions that only read what their first operand addresses. */
const READERS: readonly string[] = ["test", "cmp", "call", "jmp"];
const STORES = /^(mov|vmov|vpmov|vextract)/;
const DOTS: readonly string[] = ["vpdpbusd", "vpmaddubsw"];

function countsOf(mnemonic: string, operands: readonly Operand[]): InstructionCounts {
  const [first, ...others] = operands;
  const written = isMemory(first) && !READERS.includes(mnemonic);
  const read = others.some(isMemory) || (isMemory(first) && !STORES.test(mnemonic));
  return {
    instructions: 1,
    loads: read ? 1 : 0,
    stores: written ? 1 : 0,
    multiplyAdds: mnemonic.startsWith("vfmadd") ? 1 : 0,
    dots: DOTS.includes(mnemonic) ? 1 : 0,
  };
}

/** A conditional jump back is a loop. */
function loopsOf(lines: readonly Line[], kernel: Kernel): LoopRange[] {
  return lines.flatMap((line, last) => {
    if (line.mnemonic === null || line.mnemonic === "jmp" || line.label === null) return [];
    const first = lines.findIndex((one) => one.mnemonic === null && one.label === line.label);
    if (first < 0 || first > last) return [];
    return [{ first, last, turns: turnsOf(lines, first, last, kernel) }];
  });
}

/** What the counter, which the last instruction but one counts down, was set to before the loop. */
function turnsOf(lines: readonly Line[], first: number, last: number, kernel: Kernel): string {
  const counter = lines[last - 1]?.operands[0];
  if (lines[last - 1]?.mnemonic !== "dec" || !isRegister(counter)) return "unknown";
  return originOf(lines, first, counter, kernel);
}

/** Where the value comes from that a register has before line `end`: a number, an argument or a place. */
function originOf(
  lines: readonly Line[],
  end: number,
  register: Register,
  kernel: Kernel,
): string {
  const at = lines.findLastIndex((line, i) => i < end && writes(line, register));
  const line = lines[at];
  const from = line?.operands[1];
  if (line === undefined || from === undefined || !line.mnemonic?.startsWith("mov")) {
    return describe(register);
  }
  if (typeof from === "number") return String(from >>> 0);
  if (isRegister(from)) return originOf(lines, at, from, kernel);
  const slot = slotRead(line);
  if (slot !== null) return slotName(kernel, slot);
  return isMemory(from) ? placeOf(lines, at, from, kernel) : describe(from);
}

/** A place in memory: `counts[r10]` where the base is the argument `counts`, else as in the code. */
function placeOf(lines: readonly Line[], end: number, from: Memory, kernel: Kernel): string {
  if (from.base === null) return describe(from);
  const base = originOf(lines, end, from.base, kernel);
  if (base === describe(from.base)) return describe(from);
  const offset = describe({ ...from, base: from.index ?? from.base, index: null });
  return from.index === null ? `${base}[${from.disp}]` : `${base}${offset}`;
}

function writes({ mnemonic, operands: [to] }: Line, { id }: Register): boolean {
  return mnemonic !== null && !READERS.includes(mnemonic) && isRegister(to) && to.id === id &&
    (to.class === "r64" || to.class === "r32");
}
