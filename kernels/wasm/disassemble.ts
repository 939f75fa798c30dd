/**
 * From the bytes of a function back to its instructions.
 *
 * @module
 */
import {
  CONSTANT,
  INDEXED,
  type InstructionRow,
  LANE,
  MEMORY,
  MEMORY_LANE,
  PLAIN,
  SHUFFLE,
  STRUCTURED,
} from "./instructions.ts";

/** An instruction read back. */
export interface Disassembled {
  /** Bytes from the start. */
  readonly offset: number;
  /** Number of bytes. */
  readonly length: number;
  /** Name in the text format. */
  readonly name: string;
  /** What follows the opcode, in order: alignment and offset, index, constant, lanes. */
  readonly operands: readonly number[];
  /** The text format. */
  readonly text: string;
}

/** Reads what follows an opcode, and writes it. */
interface Form {
  readonly read: (reader: Reader) => number[];
  readonly write: (operands: readonly number[]) => string;
}

interface Reader {
  byte(): number;
  unsigned(): number;
  signed(): number;
}

const BYTES_OF_VECTOR = 16;

/** `offset=0` and natural alignment are left out, as in the specification; all accesses here state their alignment. */
const memarg: Form = {
  read: (reader) => [reader.unsigned(), reader.unsigned()],
  write: ([, offset = 0]) => offset === 0 ? "" : ` offset=${offset}`,
};

const FORMS: readonly (readonly [Readonly<Record<string, InstructionRow>>, Form])[] = [
  [PLAIN, { read: () => [], write: () => "" }],
  [INDEXED, { read: (reader) => [reader.unsigned()], write: ([index]) => ` ${index}` }],
  [STRUCTURED, { read: (reader) => [reader.byte()], write: () => "" }],
  [CONSTANT, { read: (reader) => [reader.signed()], write: ([value]) => ` ${value}` }],
  [LANE, { read: (reader) => [reader.byte()], write: ([lane]) => ` ${lane}` }],
  [SHUFFLE, { read: readVector, write: (lanes) => ` ${lanes.join(" ")}` }],
  [MEMORY, memarg],
  [MEMORY_LANE, {
    read: (reader) => [...memarg.read(reader), reader.byte()],
    write: (operands) => `${memarg.write(operands)} ${operands[2]}`,
  }],
];

/** `v128.const` is the one constant that is no LEB128 number. */
const VECTOR_CONSTANT: Form = { read: readVector, write: writeVector };

const BY_OPCODE: ReadonlyMap<string, readonly [name: string, form: Form]> = new Map(
  FORMS.flatMap(([table, form]) =>
    Object.entries(table).map(([name, [opcode]]) =>
      [opcode.join(), [name, name === "v128.const" ? VECTOR_CONSTANT : form]] as const
    )
  ),
);

/** First bytes of opcodes that have a second part. */
const PREFIXES: readonly number[] = [0xfd, 0xfe];

/**
 * The instructions of a function body, its locals and final `end` left out.
 *
 * @throws {SyntaxError} If an instruction is not among those that kernels use.
 */
export function disassemble(bytes: readonly number[]): Disassembled[] {
  const found: Disassembled[] = [];
  let at = 0;
  const reader = createReader(bytes, () => at++);
  while (at < bytes.length) {
    const offset = at;
    const first = reader.byte();
    const opcode = PREFIXES.includes(first) ? [first, reader.unsigned()] : [first];
    const known = BY_OPCODE.get(opcode.join());
    if (known === undefined) {
      throw new SyntaxError(`Cannot disassemble byte ${offset}: opcode is ${opcode.join(" ")}`);
    }
    const [name, form] = known;
    const operands = form.read(reader);
    const text = `${name}${form.write(operands)}`;
    found.push({ offset, length: at - offset, name, operands, text });
  }
  return found;
}

function createReader(bytes: readonly number[], next: () => number): Reader {
  const byte = (): number => bytes[next()] ?? 0;
  /** LEB128: seven bits a byte, low ones first; also tells how many bits there were. */
  function read(): [value: number, bits: number] {
    let [value, bits, part] = [0, 0, 0];
    do {
      part = byte();
      value += (part & 0x7f) * 2 ** bits;
      bits += 7;
    } while (part >= 0x80);
    return [value, bits];
  }
  return {
    byte,
    unsigned: () => read()[0],
    signed: () => {
      const [value, bits] = read();
      return value >= 2 ** (bits - 1) ? value - 2 ** bits : value;
    },
  };
}

function readVector(reader: Reader): number[] {
  return Array.from({ length: BYTES_OF_VECTOR }, () => reader.byte());
}

function writeVector(bytes: readonly number[]): string {
  const words = new Uint32Array(Uint8Array.from(bytes).buffer);
  return ` i32x4 ${
    Array.from(words, (word) => `0x${word.toString(16).padStart(8, "0")}`).join(" ")
  }`;
}
