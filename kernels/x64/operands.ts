/**
 * What instructions are applied to: registers, memory and immediate numbers.
 *
 * @module
 */

/** Register files, named as in the manual's operand column. */
export type RegisterClass = "r32" | "r64" | "xmm" | "ymm" | "zmm" | "k";

/** A machine register. */
export interface Register {
  /** Tells the operand kinds apart. */
  readonly kind: "register";
  /** Register file and width. */
  readonly class: RegisterClass;
  /** Number in the file, e.g. 0 = rax, 7 = rdi, 13 = r13. */
  readonly id: number;
  /** Opmask register (1 to 7) that guards writes to this destination; EVEX only. */
  readonly mask?: number;
  /** Whether lanes that the mask leaves out become 0; else they stay. */
  readonly zeroing?: boolean;
}

/** A place in memory: `base + index * scale + disp`, or a constant of the pool behind the code. */
export interface Memory {
  /** Tells the operand kinds apart. */
  readonly kind: "memory";
  /** 64-bit register; `null` for a constant. */
  readonly base: Register | null;
  /** 64-bit register other than rsp. */
  readonly index: Register | null;
  /** 1, 2, 4 or 8. */
  readonly scale: number;
  /** Signed 32-bit. */
  readonly disp: number;
  /** The 32-bit words of the constant addressed RIP-relative; `null` otherwise. */
  readonly constant: readonly number[] | null;
  /** Whether one 32-bit element is repeated in all lanes (EVEX.b). */
  readonly broadcast: boolean;
}

/** Bytes from the end of a jump to its target. */
export interface Relative {
  /** Tells the operand kinds apart. */
  readonly kind: "relative";
  /** Width of the field: 8 (short) or 32 (near). */
  readonly bits: 8 | 32;
  /** Signed distance. */
  readonly distance: number;
}

/** An operand; a number is an immediate. */
export type Operand = Register | Memory | Relative | number;

/** What may stand beside the base of a memory operand. */
export interface MemoryParts {
  /** 64-bit register other than rsp. */
  readonly index?: Register;
  /** 1, 2, 4 or 8; default 1. */
  readonly scale?: number;
  /** Signed 32-bit; default 0. */
  readonly disp?: number;
}

const COUNTS: Readonly<Record<RegisterClass, number>> = {
  r32: 16,
  r64: 16,
  xmm: 32,
  ymm: 32,
  zmm: 32,
  k: 8,
};

/** Names of the 64-bit registers by number. */
export const NAMES_R64: readonly string[] =
  "rax rcx rdx rbx rsp rbp rsi rdi r8 r9 r10 r11 r12 r13 r14 r15".split(" ");

const NAMES_R32 = "eax ecx edx ebx esp ebp esi edi r8d r9d r10d r11d r12d r13d r14d r15d".split(
  " ",
);

/**
 * A register by file and number.
 *
 * @throws {RangeError} If the file has no such number.
 */
export function register(registerClass: RegisterClass, id: number): Register {
  const count = COUNTS[registerClass];
  if (!Number.isInteger(id) || id < 0 || id >= count) {
    throw new RangeError(
      `Cannot name ${registerClass} register: number is ${id}, expected 0 to ${count - 1}`,
    );
  }
  return { kind: "register", class: registerClass, id };
}

/**
 * The 64-bit general register called `name`, e.g. `r64("rdi")`.
 *
 * @throws {RangeError} If there is none.
 */
export function r64(name: string): Register {
  const id = NAMES_R64.indexOf(name);
  if (id < 0) throw new RangeError(`Cannot name r64 register: "${name}", expected rax to r15`);
  return register("r64", id);
}

/** The low half of a 64-bit register; writing it clears the high half. */
export function low32(of: Register): Register {
  return register("r32", of.id);
}

/**
 * A destination of which only the lanes set in opmask register `mask` are written.
 *
 * @throws {RangeError} If `mask` is not 1 to 7 (k0 means "no mask" in the encoding).
 */
export function masked(to: Register, mask: number): Register {
  if (!Number.isInteger(mask) || mask < 1 || mask > 7) {
    throw new RangeError(`Cannot mask ${registerName(to)}: k${mask}, expected k1 to k7`);
  }
  return { ...to, mask };
}

/** A masked destination whose other lanes become 0. @throws {RangeError} If `mask` is not 1 to 7. */
export function zeroed(to: Register, mask: number): Register {
  return { ...masked(to, mask), zeroing: true };
}

/**
 * Memory at `base + index * scale + disp`.
 *
 * @throws {RangeError} If a part cannot be encoded: scale not 1, 2, 4, 8; displacement beyond 32 bits; index rsp; or a
 * register that is not 64-bit general.
 */
export function memory(base: Register, parts: MemoryParts = {}): Memory {
  const { index = null, scale = 1, disp = 0 } = parts;
  if (base.class !== "r64" || (index !== null && index.class !== "r64")) {
    const wrong = base.class !== "r64" ? base : index;
    throw new RangeError(
      `Cannot address memory: ${wrong === null ? "" : registerName(wrong)}, expected r64 registers`,
    );
  }
  if (index?.id === 4) {
    throw new RangeError("Cannot address memory: index is rsp, expected another");
  }
  if (![1, 2, 4, 8].includes(scale)) {
    throw new RangeError(`Cannot address memory: scale is ${scale}, expected 1, 2, 4 or 8`);
  }
  if (!Number.isInteger(disp) || disp !== (disp | 0)) {
    throw new RangeError(
      `Cannot address memory: displacement is ${disp}, expected a signed 32-bit integer`,
    );
  }
  return { kind: "memory", base, index, scale, disp, constant: null, broadcast: false };
}

/** The 32-bit pattern `bits`, `times` times in a row (1, 2, 4, 8 or 16), in the constant pool behind the code. */
export function constant(bits: number, times = 1): Memory {
  return constantWords(Array<number>(times).fill(bits));
}

/** The words, 1, 2, 4, 8 or 16, in the constant pool behind the code, at a multiple of their size. */
export function constantWords(words: readonly number[]): Memory {
  return {
    kind: "memory",
    base: null,
    index: null,
    scale: 1,
    disp: 0,
    constant: words.map((word) => word >>> 0),
    broadcast: false,
  };
}

/** The same place, read as one 32-bit element that is repeated in all lanes. */
export function broadcast(from: Memory): Memory {
  return { ...from, broadcast: true };
}

/** The register's name in Intel syntax, e.g. `r9d`, `zmm31`, `zmm0{k1}`. */
export function registerName(of: Register): string {
  if (of.class === "r64") return NAMES_R64[of.id] ?? "?";
  if (of.class === "r32") return NAMES_R32[of.id] ?? "?";
  const mask = of.mask === undefined ? "" : `{k${of.mask}}${of.zeroing ? "{z}" : ""}`;
  return `${of.class}${of.id}${mask}`;
}
