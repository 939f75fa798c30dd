/**
 * From a row and its operands to bytes: legacy (REX), VEX and EVEX encodings.
 *
 * Manual references are to the Intel 64 and IA-32 Software Developer's Manual, volume 2, chapter 2.
 *
 * @module
 */
import { type Instruction, INSTRUCTIONS, type Mnemonic } from "./instructions.ts";
import { type Memory, type Operand, type Register, registerName } from "./operands.ts";

/** Bytes of one instruction. */
export interface Encoded {
  /** The bytes; distances to constants are still 0. */
  readonly bytes: readonly number[];
  /** Where a 32-bit distance to a pool constant goes, counted from the end of the instruction; `null` if none. */
  readonly constant: { readonly at: number; readonly words: readonly number[] } | null;
}

const BY_MNEMONIC: ReadonlyMap<Mnemonic, readonly Instruction[]> = Map.groupBy(
  INSTRUCTIONS,
  (row) => row.mnemonic,
);

/**
 * Encodes an instruction with the first row that takes the operands.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { memory, r64, register } from "./operands.ts";
 * // vfmadd231ps zmm0, zmm1, [rax + 128]: the displacement is stored as 2 (times 64).
 * const operands = [register("zmm", 0), register("zmm", 1), memory(r64("rax"), { disp: 128 })];
 * assertEquals(encode("vfmadd231ps", operands).bytes, [0x62, 0xf2, 0x75, 0x48, 0xb8, 0x40, 2]);
 * ```
 *
 * @throws {RangeError} If no row takes the operands: register files mixed, an immediate too large, a distance too far.
 */
export function encode(mnemonic: Mnemonic, operands: readonly Operand[]): Encoded {
  const rows = BY_MNEMONIC.get(mnemonic) ?? [];
  const row = rows.find((candidate) => takes(candidate, operands));
  if (row === undefined) {
    const forms = rows.map((one) => one.operands.map((either) => either.join("/")).join(", "));
    throw new RangeError(
      `Cannot encode ${mnemonic} ${operands.map(describe).join(", ")}: expected ${
        [...new Set(forms)].join(" or ") || "no operands"
      }`,
    );
  }
  return encodeRow(row, operands);
}

/** Whether every operand is among the row's alternatives. */
export function takes(row: Instruction, operands: readonly Operand[]): boolean {
  return row.operands.length === operands.length &&
    operands.every((operand, i) =>
      (row.operands[i] ?? []).some((alternative) => fits(row, alternative, operand))
    );
}

const IMMEDIATE_RANGES: Readonly<Record<string, readonly [low: number, high: number]>> = {
  imm8: [-(2 ** 7), 2 ** 7 - 1],
  imm8u: [0, 2 ** 8 - 1],
  imm32: [-(2 ** 31), 2 ** 31 - 1],
  imm64: [Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER],
  rel8: [-(2 ** 7), 2 ** 7 - 1],
  rel32: [-(2 ** 31), 2 ** 31 - 1],
};

function fits(row: Instruction, alternative: string, operand: Operand): boolean {
  if (typeof operand === "number") {
    return alternative.startsWith("imm") && within(alternative, operand);
  }
  if (operand.kind === "relative") {
    return alternative === `rel${operand.bits}` && within(alternative, operand.distance);
  }
  if (operand.kind === "memory") {
    return operand.broadcast ? alternative === "m32bcst" : /^m\d+$/.test(alternative);
  }
  const mask = operand.mask === undefined ? "" : operand.zeroing ? "{k}{z}" : "{k}";
  return `${operand.class}${mask}` === alternative && (row.prefix === "evex" || operand.id < 16);
}

function within(range: string, value: number): boolean {
  const [low, high] = IMMEDIATE_RANGES[range] ?? [0, -1];
  return Number.isInteger(value) && value >= low && value <= high;
}

/** The operands of a row by the part that they play in the encoding. */
interface Parts {
  readonly reg: number;
  readonly vvvv: number;
  readonly rm: Register | Memory | null;
  readonly low: number;
  readonly mask: number;
  readonly zeroing: boolean;
  readonly immediate: number;
  readonly broadcast: boolean;
}

/** Encodes with a given row; the operands must fit it. */
export function encodeRow(row: Instruction, operands: readonly Operand[]): Encoded {
  const parts = assign(row, operands);
  const opcode = row.prefix === "legacy" ? legacyOpcode(row, parts) : [
    ...(row.prefix === "vex" ? vexPrefix(row, parts) : evexPrefix(row, parts)),
    ...row.opcode,
  ];
  const address = parts.rm === null ? [] : modRm(parts.reg, parts.rm, displacementUnit(row, parts));
  const bytes = [
    ...opcode,
    ...address,
    ...littleEndian(parts.immediate, row.immediateBytes),
  ];
  const words = parts.rm?.kind === "memory" ? parts.rm.constant : null;
  return {
    bytes,
    constant: words === null ? null : { at: opcode.length + 1, words },
  };
}

function assign(row: Instruction, operands: readonly Operand[]): Parts {
  const parts = {
    reg: row.digit ?? 0,
    vvvv: 0,
    rm: null as Register | Memory | null, // widened: filled in below
    low: 0,
    mask: 0,
    zeroing: false,
    immediate: 0,
    broadcast: false,
  };
  operands.forEach((operand, i) => {
    if (typeof operand === "number") parts.immediate = operand;
    else if (operand.kind === "relative") parts.immediate = operand.distance;
    else if (operand.kind === "memory") {
      parts.rm = operand;
      parts.broadcast = operand.broadcast;
    } else {
      const role = row.roles[i];
      if (role === "R") parts.reg = operand.id;
      else if (role === "V") parts.vvvv = operand.id;
      else if (role === "O") parts.low = operand.id;
      else if (role === "S") parts.immediate = operand.id << 4;
      else parts.rm = operand;
      parts.mask = operand.mask ?? parts.mask;
      parts.zeroing ||= operand.zeroing ?? false;
    }
  });
  return parts;
}

/** Bit `bit` of the register number in ModRM.rm, or of base (3) and index (handled by {@linkcode extendX}). */
function extendB(parts: Parts): number {
  if (parts.rm === null) return (parts.low >> 3) & 1;
  const id = parts.rm.kind === "register" ? parts.rm.id : parts.rm.base?.id ?? 0;
  return (id >> 3) & 1;
}

/** Index register's bit 3; for an EVEX register operand its bit 4 (2.7.1). */
function extendX(parts: Parts): number {
  if (parts.rm === null) return 0;
  if (parts.rm.kind === "register") return (parts.rm.id >> 4) & 1;
  return ((parts.rm.index?.id ?? 0) >> 3) & 1;
}

/** Prefixes, REX (2.2.1) if any of its bits is set, and opcode. */
function legacyOpcode(row: Instruction, parts: Parts): number[] {
  const rex = row.w << 3 | (parts.reg >> 3 & 1) << 2 | extendX(parts) << 1 | extendB(parts);
  const opcode = [...row.opcode];
  const last = opcode.length - 1;
  if (row.roles.includes("O")) opcode[last] = (opcode[last] ?? 0) + (parts.low & 7);
  return [...row.before, ...(rex === 0 ? [] : [0x40 | rex]), ...opcode];
}

/** Two bytes where X, B, W and the map allow, else three (2.3.5); register bits are stored inverted. */
function vexPrefix(row: Instruction, parts: Parts): number[] {
  const r = ~parts.reg >> 3 & 1;
  const x = ~extendX(parts) & 1;
  const b = ~extendB(parts) & 1;
  const tail = (~parts.vvvv & 15) << 3 | row.length << 2 | row.pp;
  if (x === 1 && b === 1 && row.w === 0 && row.map === 1) return [0xc5, r << 7 | tail];
  return [0xc4, r << 7 | x << 6 | b << 5 | row.map, row.w << 7 | tail];
}

/** Four bytes (2.7.1); register bits are stored inverted. */
function evexPrefix(row: Instruction, parts: Parts): number[] {
  const r = ~parts.reg >> 3 & 1;
  const r2 = ~parts.reg >> 4 & 1;
  const x = ~extendX(parts) & 1;
  const b = ~extendB(parts) & 1;
  const v2 = ~parts.vvvv >> 4 & 1;
  return [
    0x62,
    r << 7 | x << 6 | b << 5 | r2 << 4 | row.map,
    row.w << 7 | (~parts.vvvv & 15) << 3 | 4 | row.pp,
    (parts.zeroing ? 128 : 0) | row.length << 5 | (parts.broadcast ? 16 : 0) | v2 << 3 | parts.mask,
  ];
}

/** What an 8-bit displacement counts in: N of disp8*N (2.7.5). */
function displacementUnit(row: Instruction, parts: Parts): number {
  if (row.tuple === null) return 1;
  if (row.tuple === "scalar" || parts.broadcast) return 4;
  return row.tuple === "quarter-mem" ? 4 << row.length : 16 << row.length;
}

/** ModRM, SIB and displacement (2.1.5). */
function modRm(reg: number, rm: Register | Memory, unit: number): number[] {
  const middle = (reg & 7) << 3;
  if (rm.kind === "register") return [0xc0 | middle | rm.id & 7];
  if (rm.base === null) return [middle | 5, 0, 0, 0, 0]; // RIP-relative
  const base = rm.base.id & 7;
  // rm = 100 means that a SIB byte follows, so a base of rsp or r12 needs one; index 100 means none.
  const sib = rm.index !== null || base === 4
    ? [Math.log2(rm.scale) << 6 | ((rm.index?.id ?? 4) & 7) << 3 | base]
    : [];
  const low = sib.length > 0 ? 4 : base;
  // mod = 00 with base 101 (rbp, r13) means something else, so those take a displacement of 0.
  if (rm.disp === 0 && base !== 5) return [middle | low, ...sib];
  const short = rm.disp / unit;
  if (Number.isInteger(short) && short >= -128 && short <= 127) {
    return [0x40 | middle | low, ...sib, short & 255];
  }
  return [0x80 | middle | low, ...sib, ...littleEndian(rm.disp, 4)];
}

function littleEndian(value: number, bytes: number): number[] {
  const wide = BigInt.asUintN(64, BigInt(value));
  return Array.from({ length: bytes }, (_, i) => Number(wide >> BigInt(8 * i) & 255n));
}

/** An operand in Intel syntax, sizes left out. */
export function describe(operand: Operand): string {
  if (typeof operand === "number") return String(operand);
  if (operand.kind === "relative") return `$${operand.distance < 0 ? "" : "+"}${operand.distance}`;
  if (operand.kind === "register") return registerName(operand);
  return describeMemory(operand);
}

function describeMemory(of: Memory): string {
  if (of.constant !== null) return `[rip:${describeWords(of.constant)}]`;
  const scale = of.scale === 1 ? "" : `*${of.scale}`;
  const index = of.index === null ? "" : `+${registerName(of.index)}${scale}`;
  const disp = of.disp === 0 ? "" : of.disp < 0 ? String(of.disp) : `+${of.disp}`;
  const base = of.base === null ? "" : registerName(of.base);
  return `[${base}${index}${disp}]${of.broadcast ? "{1to16}" : ""}`;
}

/** A constant as a number, highest word first; a word that is repeated as the word and how often. */
function describeWords(words: readonly number[]): string {
  const hex = words.map((word) => word.toString(16).padStart(8, "0"));
  if (hex.length > 1 && new Set(hex).size === 1) return `0x${hex[0]} times ${hex.length}`;
  return `0x${hex.toReversed().join("_")}`;
}
