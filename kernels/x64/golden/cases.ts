/**
 * The instructions whose bytes are compared with GNU `as`: every row of the table, with low and high registers, all
 * bases that need special care, both displacement sizes and index forms.
 *
 * @module
 */
import { takes } from "../encode.ts";
import { type Instruction, INSTRUCTIONS, type Mnemonic } from "../instructions.ts";
import {
  broadcast,
  constant,
  masked,
  type Memory,
  memory,
  type MemoryParts,
  type Operand,
  r64,
  register,
  type RegisterClass,
  registerName,
  zeroed,
} from "../operands.ts";

/** One instruction in both notations. */
export interface Case {
  /** Name of the instruction. */
  readonly mnemonic: Mnemonic;
  /** Its operands, for our encoder. */
  readonly operands: readonly Operand[];
  /** The same for `as`, Intel syntax without register prefixes. */
  readonly text: string;
}

const GENERAL = [3, 1, 5, 4, 8, 12, 13, 15]; // not rax: `as` has shorter forms for it
const VECTORS_VEX = [2, 0, 7, 8, 15];
const VECTORS_EVEX = [2, 7, 8, 15, 16, 23, 24, 31];
const IMMEDIATES: Readonly<Record<string, readonly number[]>> = {
  imm8: [5, 31, 127],
  imm8u: [5, 127, 177, 255],
  imm32: [128, -129, 2 ** 31 - 1, -(2 ** 31)],
  imm64: [2 ** 31, -(2 ** 31) - 1, 2 ** 47 - 1],
};
const POINTER_SIZES: Readonly<Record<string, string>> = {
  m8: "BYTE",
  m16: "WORD",
  m32: "DWORD",
  m32bcst: "DWORD",
  m64: "QWORD",
  m128: "XMMWORD",
  m256: "YMMWORD",
  m512: "ZMMWORD",
};

/** Every case, in the order of the table. */
export function goldenCases(): Case[] {
  return INSTRUCTIONS.flatMap((row) =>
    operandLists(row)
      .filter((operands) => firstRow(row.mnemonic, operands) === row)
      .map((operands) => ({ mnemonic: row.mnemonic, operands, text: textOf(row, operands) }))
  );
}

/** The row that the encoder picks; others of that name cannot be reached with these operands. */
function firstRow(mnemonic: Mnemonic, operands: readonly Operand[]): Instruction | undefined {
  return INSTRUCTIONS.find((row) => row.mnemonic === mnemonic && takes(row, operands));
}

/** Varies one operand at a time; the others keep the first value of their first alternative. */
function operandLists(row: Instruction): Operand[][] {
  const values = row.operands.map((either) => either.map((one) => valuesOf(row, one)));
  const plain = values.map((either, i) => either[0]?.[Math.min(i, (either[0]?.length ?? 1) - 1)]);
  const lists = values.flatMap((either, i) =>
    either.flat().map((value) => plain.map((other, j) => (i === j ? value : other)))
  );
  const complete = lists.map((list) => list.filter((operand) => operand !== undefined));
  return complete.length === 0 ? [[]] : complete;
}

function valuesOf(row: Instruction, alternative: string): Operand[] {
  if (alternative === "rel8") return distances(8, [0, 127, -128]);
  if (alternative === "rel32") {
    return distances(32, row.mnemonic === "call" ? [0, 5, -99_999] : [200, 99_999, -99_999]);
  }
  if (alternative.startsWith("zmm{k}")) {
    const under = alternative.endsWith("{z}") ? zeroed : masked;
    return [1, 7].flatMap((k) => VECTORS_EVEX.map((id) => under(register("zmm", id), k)));
  }
  if (alternative.startsWith("m")) return places(row, alternative);
  const immediates = IMMEDIATES[alternative];
  if (immediates !== undefined) {
    const signed = alternative === "imm8" && ["add", "sub", "cmp"].includes(row.mnemonic);
    return signed ? [...immediates, -1, -128] : [...immediates];
  }
  return registersOf(row, alternative as RegisterClass); // what is left in the table
}

function registersOf(row: Instruction, registerClass: RegisterClass): Operand[] {
  if (registerClass === "k") return [1, 2, 7].map((id) => register("k", id));
  if (registerClass === "r32" || registerClass === "r64") {
    return GENERAL.map((id) => register(registerClass, id));
  }
  const ids = row.prefix === "evex" ? VECTORS_EVEX : VECTORS_VEX;
  return ids.map((id) => register(registerClass, id));
}

function distances(bits: 8 | 32, values: readonly number[]): Operand[] {
  return values.map((distance) => ({ kind: "relative", bits, distance }));
}

/** Displacements around what fits 8 bits (times the unit), bases that need SIB or a displacement, and indexes. */
function places(row: Instruction, alternative: string): Operand[] {
  const elements = alternative === "m32bcst" || row.tuple === "scalar";
  const unit = row.tuple === null ? 1 : elements ? 4 : row.tuple === "quarter-mem" ? 16 : 64;
  const at = (base: string, parts: MemoryParts = {}): Memory => memory(r64(base), parts);
  const list = [
    at("rcx"),
    at("rcx", { disp: 127 * unit }),
    at("rcx", { disp: 128 * unit }),
    at("rcx", { disp: -128 * unit }),
    at("rcx", { disp: -129 * unit }),
    at("rcx", { disp: 2 * unit + 1 }),
    at("rsp"),
    at("rbp"),
    at("r12", { disp: unit }),
    at("r13"),
    at("r15", { disp: 2 ** 31 - 1 }),
    at("rbx", { index: r64("rdx") }),
    at("rbp", { index: r64("r9"), scale: 2 }),
    at("r13", { index: r64("r12"), scale: 4, disp: 3 * unit }),
    at("r12", { index: r64("rbp"), scale: 8, disp: -(2 ** 31) }),
  ];
  if (alternative === "m32bcst") return list.map(broadcast);
  return row.prefix === "legacy" ? list : [...list, constant(0)];
}

/** Intel syntax; distances count from the end of the instruction, `.` is its start. */
function textOf(row: Instruction, operands: readonly Operand[]): string {
  const texts = operands.map((operand, i) => {
    if (typeof operand === "number") return String(operand);
    if (operand.kind === "register") return registerName(operand);
    if (operand.kind === "relative") {
      return `.+(${operand.distance + row.opcode.length + row.immediateBytes})`;
    }
    const size = row.operands[i]?.find((one) =>
      one.startsWith("m") && one.endsWith("bcst") === operand.broadcast
    );
    const many = operand.broadcast ? "{1to16}" : "";
    return `${POINTER_SIZES[size ?? ""]} PTR ${placeText(operand)}${many}`;
  });
  // Otherwise `as` turns a load with a high source into a store with a shorter prefix.
  const load = row.prefix === "vex" && row.mnemonic.startsWith("vmov") && row.roles === "RM";
  const name = row.mnemonic.replace(" byte", ""); // the size is at the operand
  return `${load ? "{load} " : ""}${name} ${texts.join(", ")}`.trimEnd();
}

function placeText(of: Memory): string {
  if (of.base === null) return "[rip+0]"; // before the constants are placed
  const index = of.index === null ? "" : `+${registerName(of.index)}*${of.scale}`;
  return `[${registerName(of.base)}${index}${of.disp < 0 ? of.disp : `+${of.disp}`}]`;
}
