/**
 * A buffer of machine code: instructions, labels and the constants that they read.
 *
 * @module
 */
import { describe, encode } from "./encode.ts";
import type { Mnemonic } from "./instructions.ts";
import type { Operand } from "./operands.ts";

/** A place in the code; jumps may name it before it is placed. */
export interface Label {
  /** Tells labels of one assembler apart. */
  readonly id: number;
}

/** Mnemonics that go to a label. */
export type Jump = Extract<Mnemonic, "jmp" | "jz" | "jnz" | "jae" | "call">;

/** What was emitted where, for listings. */
export interface Line {
  /** Bytes from the start of the code. */
  readonly offset: number;
  /** Number of bytes; 0 for the place of a label. */
  readonly length: number;
  /** Intel syntax. */
  readonly text: string;
  /** Name of the instruction; `null` for the place of a label. */
  readonly mnemonic: Mnemonic | "nop" | null;
  /** Its operands; none for jumps to labels. */
  readonly operands: readonly Operand[];
  /** Number of the label that is placed here or jumped to; `null` for all other instructions. */
  readonly label: number | null;
}

/** Finished code. */
export interface Code {
  /** Position-independent machine code and, after it, its constants. Load at a multiple of 64. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Bytes of instructions, constants left out. */
  readonly codeBytes: number;
  /** Where a label ended up. @throws {RangeError} If the label is unknown. */
  offsetOf(label: Label): number;
  /** One entry for each instruction and each place. */
  readonly lines: readonly Line[];
}

/** Takes instructions one after the other. */
export interface Assembler {
  /** Bytes so far. */
  readonly offset: number;
  /** Appends an instruction. @throws {RangeError} If the operands cannot be encoded. */
  emit(mnemonic: Mnemonic, ...operands: readonly Operand[]): void;
  /** A new label, not yet placed. */
  label(): Label;
  /** Places a label here. @throws {RangeError} If it is placed already. */
  place(label: Label): void;
  /**
   * Appends a jump or call.
   *
   * @param reach Forward jumps are `near` (32 bits) unless `short` is asked for; backward jumps are short where that
   * suffices.
   */
  jump(mnemonic: Jump, to: Label, reach?: "short" | "near"): void;
  /** Appends NOPs up to a multiple of `bytes` (a power of two up to 64). */
  align(bytes: number): void;
  /**
   * Resolves labels and appends the constants.
   *
   * @throws {RangeError} If a label was used and never placed, or a short jump does not reach.
   */
  finish(): Code;
}

/** A field to be filled in with a distance, counted from `end`. */
interface FixUp {
  readonly at: number;
  readonly bytes: 1 | 4;
  readonly end: number;
  readonly target: number;
  readonly mnemonic: string;
}

/** Recommended multi-byte NOPs by length (manual, volume 2B, NOP, table 4-12). */
const NOPS: readonly (readonly number[])[] = [
  [],
  [0x90],
  [0x66, 0x90],
  [0x0f, 0x1f, 0x00],
  [0x0f, 0x1f, 0x40, 0x00],
  [0x0f, 0x1f, 0x44, 0x00, 0x00],
  [0x66, 0x0f, 0x1f, 0x44, 0x00, 0x00],
  [0x0f, 0x1f, 0x80, 0x00, 0x00, 0x00, 0x00],
  [0x0f, 0x1f, 0x84, 0x00, 0x00, 0x00, 0x00, 0x00],
  [0x66, 0x0f, 0x1f, 0x84, 0x00, 0x00, 0x00, 0x00, 0x00],
];
const LONGEST_NOP = 9;

/** Makes an empty buffer of code. */
export function createAssembler(): Assembler {
  const bytes: number[] = [];
  const lines: Line[] = [];
  const places: (number | null)[] = [];
  const jumps: FixUp[] = [];
  const reads: FixUp[] = []; // target = number of the constant
  const pool: (readonly number[])[] = [];

  function append(added: readonly number[], line: Omit<Line, "offset" | "length">): void {
    lines.push({ offset: bytes.length, length: added.length, ...line });
    for (const byte of added) bytes.push(byte);
  }

  function emit(mnemonic: Mnemonic, ...operands: readonly Operand[]): void {
    const { bytes: added, constant } = encode(mnemonic, operands);
    if (constant !== null) {
      const at = bytes.length + constant.at;
      const end = bytes.length + added.length;
      reads.push({ at, bytes: 4, end, target: pooled(constant.words), mnemonic });
    }
    const text = `${mnemonic} ${operands.map(describe).join(", ")}`.trimEnd();
    append(added, { text, mnemonic, operands, label: null });
  }

  /** The number of a constant in the pool; equal ones are stored once. */
  function pooled(words: readonly number[]): number {
    const known = pool.findIndex((one) => one.join() === words.join());
    return known >= 0 ? known : pool.push(words) - 1;
  }

  function label(): Label {
    return { id: places.push(null) - 1 };
  }

  function place(at: Label): void {
    if (places[at.id] !== null) {
      throw new RangeError(`Cannot place label ${at.id}: it is placed, expected a new one`);
    }
    places[at.id] = bytes.length;
    append([], { text: `L${at.id}`, mnemonic: null, operands: [], label: at.id });
  }

  function jump(mnemonic: Jump, to: Label, reach: "short" | "near" = "near"): void {
    const place = places[to.id];
    if (place === undefined) {
      throw new RangeError(
        `Cannot ${mnemonic} to label ${to.id}: unknown, expected one of this code`,
      );
    }
    // A backward short jump is 2 bytes long; calls have no short form.
    const back = place !== null && mnemonic !== "call" && place - (bytes.length + 2) >= -128;
    const bits = back || reach === "short" ? 8 : 32;
    const { bytes: added } = encode(mnemonic, [{ kind: "relative", bits, distance: 0 }]);
    append(added, { text: `${mnemonic} L${to.id}`, mnemonic, operands: [], label: to.id });
    const end = bytes.length;
    jumps.push({ at: end - bits / 8, bytes: bits === 8 ? 1 : 4, end, target: to.id, mnemonic });
  }

  function align(to: number): void {
    let missing = (to - bytes.length % to) % to;
    while (missing > 0) {
      const length = Math.min(missing, LONGEST_NOP);
      append(NOPS[length] ?? [], { text: "nop", mnemonic: "nop", operands: [], label: null });
      missing -= length;
    }
  }

  function finish(): Code {
    const codeBytes = bytes.length;
    const place = (id: number): number => {
      const at = places[id];
      if (at === undefined || at === null) {
        throw new RangeError(`Cannot finish code: label ${id} is not placed, expected a place`);
      }
      return at;
    };
    const start = Math.ceil(codeBytes / 64) * 64;
    const constants = placeConstants(pool, start);
    const out = new Uint8Array(constants.end).fill(0xcc); // int3 between code and constants
    out.set(bytes);
    const view = new DataView(out.buffer);
    pool.forEach((words, i) =>
      words.forEach((word, j) => view.setUint32((constants.at[i] ?? 0) + 4 * j, word, true))
    );
    for (const fix of jumps) patch(view, fix, place(fix.target));
    for (const fix of reads) patch(view, fix, constants.at[fix.target] ?? 0);
    return { bytes: out, codeBytes, offsetOf: (of) => place(of.id), lines };
  }

  return {
    get offset(): number {
      return bytes.length;
    },
    emit,
    label,
    place,
    jump,
    align,
    finish,
  };
}

/** Addresses of the constants from `start` on, a multiple of 64: the long ones first, so that all are aligned. */
function placeConstants(
  pool: readonly (readonly number[])[],
  start: number,
): { at: readonly number[]; end: number } {
  const at: number[] = [];
  let end = start;
  const order = pool.map((_, i) => i).toSorted((a, b) =>
    (pool[b]?.length ?? 0) - (pool[a]?.length ?? 0)
  );
  for (const i of order) {
    at[i] = end;
    end += 4 * (pool[i]?.length ?? 0);
  }
  return { at, end };
}

function patch(view: DataView, fix: FixUp, target: number): void {
  const distance = target - fix.end;
  if (fix.bytes === 4) {
    view.setInt32(fix.at, distance, true);
  } else if (distance >= -128 && distance <= 127) {
    view.setInt8(fix.at, distance);
  } else {
    throw new RangeError(
      `Cannot ${fix.mnemonic} short: distance is ${distance} bytes, expected -128 to 127`,
    );
  }
}
