/**
 * Writes the body of one WebAssembly function, instruction by instruction.
 *
 * @module
 */
import {
  CONSTANT,
  INDEXED,
  LANE,
  MEMORY,
  MEMORY_LANE,
  PLAIN,
  SHUFFLE,
  STRUCTURED,
} from "./instructions.ts";
import { pushSigned, pushUnsigned } from "./leb128.ts";

/** Types of values; the numbers are their codes in the binary format (5.3.1 Number Types, 5.3.2 Vector Types). */
export const VALUE_TYPES = { i32: 0x7f, f32: 0x7d, v128: 0x7b } as const;

/** The type of a local, a parameter or a result. */
export type ValueType = keyof typeof VALUE_TYPES;

/** A place in a body whose instructions can be written again after others have followed. */
export interface Slot {
  /** Replaces the instructions here by those that `body` writes. */
  rewrite(body: () => void): void;
}

/** A function body under construction. Every instruction method returns the body, so that calls chain. */
export interface Code {
  /** Instructions so far, without the locals and the final `end`. */
  bytes(): readonly number[];
  /** Types of the declared locals, parameters not included. */
  readonly locals: readonly ValueType[];
  /** Declares one more local and returns its index. */
  declare(type: ValueType): number;
  /** Starts a slot, empty and followed by what is written next. */
  slot(): Slot;
  /** An instruction without operands in the code. */
  plain(name: keyof typeof PLAIN): Code;
  /** A branch, a call or an access to a local. */
  indexed(name: keyof typeof INDEXED, index: number): Code;
  /** `local.get`, as the most frequent instruction. */
  get(local: number): Code;
  /** `local.set`. */
  set(local: number): Code;
  /** Opens a block without parameters and results; `end` closes it. */
  open(name: keyof typeof STRUCTURED): Code;
  /** `i32.const`; values of 2^31 and more are taken as bit patterns. */
  i32(value: number): Code;
  /** `i64.const` of a value that fits 32 bits. */
  i64(value: number): Code;
  /** `v128.const` with four equal 32-bit lanes. */
  splat(bits: number): Code;
  /** Reads one lane. */
  lane(name: keyof typeof LANE, lane: number): Code;
  /** A load, a store or an atomic operation at the address on the stack plus `offset` bytes. */
  memory(name: keyof typeof MEMORY, offset?: number): Code;
  /** Copies 32-bit lane `lane` of the vector on top of the stack, which is there twice, to all lanes. */
  spread(lane: number): Code;
  /** Picks 16 of the 32 bytes of the two vectors on the stack. */
  shuffle(bytes: readonly number[]): Code;
  /** Stores one lane at the address on the stack plus `offset` bytes. */
  memoryLane(name: keyof typeof MEMORY_LANE, offset: number, lane: number): Code;
}

/** Starts a function body. @param parameters Number of parameters: they are the first locals. */
export function createCode(parameters: number): Code {
  // The format has no jumps over bytes, only nests, so that parts of a body can be exchanged until they are joined.
  let part: number[] = [];
  const parts: number[][] = [part];
  const locals: ValueType[] = [];
  const code: Code = {
    bytes: () => parts.flat(),
    locals,
    slot,
    declare: (type) => parameters + locals.push(type) - 1,
    plain: (name) => write(PLAIN[name][0]),
    indexed: (name, index) => write(INDEXED[name][0], (at) => pushUnsigned(at, index)),
    get: (local) => code.indexed("local.get", local),
    set: (local) => code.indexed("local.set", local),
    // 0x40 is the empty block type: nothing in, nothing out.
    open: (name) => write(STRUCTURED[name][0], (at) => at.push(0x40)),
    i32: (value) => write(CONSTANT["i32.const"][0], (at) => pushSigned(at, value)),
    i64: (value) => write(CONSTANT["i64.const"][0], (at) => pushSigned(at, value)),
    splat: (bits) => write(CONSTANT["v128.const"][0], (at) => pushLanes(at, bits)),
    lane: (name, lane) => write(LANE[name][0], (at) => at.push(lane)),
    memory: (name, offset = 0) =>
      write(MEMORY[name][0], (at) => pushMemarg(at, MEMORY[name][2], offset)),
    spread: (lane) => code.shuffle(Array.from({ length: 16 }, (_, i) => 4 * lane + i % 4)),
    shuffle: (bytes) => write(SHUFFLE["i8x16.shuffle"][0], (at) => at.push(...bytes)),
    memoryLane: (name, offset, lane) =>
      write(MEMORY_LANE[name][0], (at) => {
        pushMemarg(at, MEMORY_LANE[name][2], offset);
        at.push(lane);
      }),
  };

  function write(opcode: readonly number[], operands?: (at: number[]) => void): Code {
    const [first = 0, second] = opcode;
    part.push(first);
    if (second !== undefined) pushUnsigned(part, second);
    operands?.(part);
    return code;
  }

  function slot(): Slot {
    const content: number[] = [];
    part = [];
    parts.push(content, part);
    return {
      rewrite(body): void {
        const last = part;
        content.length = 0;
        part = content;
        body();
        part = last;
      },
    };
  }

  return code;
}

function pushMemarg(bytes: number[], alignment: number, offset: number): void {
  pushUnsigned(bytes, alignment);
  pushUnsigned(bytes, offset);
}

function pushLanes(bytes: number[], bits: number): void {
  for (let lane = 0; lane < 4; lane++) {
    bytes.push(bits & 0xff, (bits >>> 8) & 0xff, (bits >>> 16) & 0xff, bits >>> 24);
  }
}
