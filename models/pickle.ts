/**
 * A reader of Python's pickles that runs nothing: a stack machine with the instructions that checkpoints of tensors need, and an
 * allow-list of names. Everything else is an error.
 *
 * A pickle is a program. Python's own reader imports and calls whatever the program names, so that a checkpoint can do anything; here a
 * name is looked up in the caller's table, and a call is a call of the function that stands there.
 *
 * Source: `pickletools.py` of CPython 3.12 for opcodes and arguments.
 *
 * @module
 */

/** What a name in a pickle stands for: a function that it may call, or `null` if it may only be mentioned. */
export type PickleNames = ReadonlyMap<string, ((args: readonly unknown[]) => unknown) | null>;

/** A name that was mentioned, e.g. `torch FloatStorage`. */
export class PickledName {
  /** Keeps the name, module and attribute with a space between. */
  constructor(readonly name: string) {}
}

/** What the machine may do besides building lists and dictionaries. */
export interface PickleRules {
  /** Path, for messages. */
  readonly path: string;
  /** The names that it may use. */
  readonly names: PickleNames;
  /** Gives what a persistent id stands for; such ids are refused if left out. */
  readonly persistent?: (id: unknown) => unknown;
}

/** A pickle's value and where it ended. */
export interface Unpickled {
  /** `null`, booleans, numbers, big integers, texts, arrays for lists and tuples, maps for dictionaries, and what functions gave. */
  readonly value: unknown;
  /** Byte after the pickle. */
  readonly end: number;
}

/** A mark on the stack. */
const MARK = Symbol("mark");

interface Machine {
  readonly bytes: Uint8Array;
  readonly view: DataView;
  readonly rules: PickleRules;
  readonly stack: unknown[];
  readonly memo: Map<number, unknown>;
  at: number;
}

/**
 * Reads the pickle that starts at a byte.
 *
 * @throws {SyntaxError} If it is broken, or uses an instruction or a name that is not allowed; names it and its place.
 */
export function readPickle(bytes: Uint8Array, start: number, rules: PickleRules): Unpickled {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const machine: Machine = { bytes, view, rules, stack: [], memo: new Map(), at: start };
  for (;;) {
    const opcode = take(machine, 1)[0]!;
    if (opcode === STOP) return { value: pop(machine), end: machine.at };
    const run = INSTRUCTIONS[opcode];
    if (run === undefined) {
      machine.at--;
      refuse(machine, `instruction 0x${opcode.toString(16).padStart(2, "0")}`, "those of tensors");
    }
    run(machine);
  }
}

const STOP = 0x2e;

type Instruction = (machine: Machine) => void;

const INSTRUCTIONS: Readonly<Record<number, Instruction>> = {
  0x80: (m) => void take(m, 1), // PROTO
  0x95: (m) => void take(m, 8), // FRAME
  0x28: (m) => push(m, MARK),
  0x4e: (m) => push(m, null), // NONE
  0x88: (m) => push(m, true), // NEWTRUE
  0x89: (m) => push(m, false), // NEWFALSE
  0x4b: (m) => push(m, unsigned(m, 1)), // BININT1
  0x4d: (m) => push(m, unsigned(m, 2)), // BININT2
  0x4a: (m) => push(m, unsigned(m, 4) | 0), // BININT, signed
  0x8a: (m) => push(m, integer(take(m, unsigned(m, 1)))), // LONG1
  0x47: (m) => push(m, float(m)), // BINFLOAT
  0x58: (m) => push(m, text(m, unsigned(m, 4))), // BINUNICODE
  0x8c: (m) => push(m, text(m, unsigned(m, 1))), // SHORT_BINUNICODE
  0x54: (m) => push(m, latin(take(m, unsigned(m, 4)))), // BINSTRING, of Python 2
  0x55: (m) => push(m, latin(take(m, unsigned(m, 1)))), // SHORT_BINSTRING, of Python 2
  0x5d: (m) => push(m, []), // EMPTY_LIST
  0x29: (m) => push(m, []), // EMPTY_TUPLE
  0x7d: (m) => push(m, new Map()), // EMPTY_DICT
  0x74: (m) => push(m, popToMark(m)), // TUPLE
  0x85: (m) => push(m, popMany(m, 1)), // TUPLE1
  0x86: (m) => push(m, popMany(m, 2)), // TUPLE2
  0x87: (m) => push(m, popMany(m, 3)), // TUPLE3
  0x61: (m) => append(m, popMany(m, 1)), // APPEND
  0x65: (m) => append(m, popToMark(m)), // APPENDS
  0x73: (m) => setItems(m, popMany(m, 2)), // SETITEM
  0x75: (m) => setItems(m, popToMark(m)), // SETITEMS
  0x71: (m) => void m.memo.set(unsigned(m, 1), top(m)), // BINPUT
  0x72: (m) => void m.memo.set(unsigned(m, 4), top(m)), // LONG_BINPUT
  0x94: (m) => void m.memo.set(m.memo.size, top(m)), // MEMOIZE
  0x68: (m) => push(m, recall(m, unsigned(m, 1))), // BINGET
  0x6a: (m) => push(m, recall(m, unsigned(m, 4))), // LONG_BINGET
  0x63: (m) => push(m, nameOf(m, `${line(m)} ${line(m)}`)), // GLOBAL
  0x93: (m) => push(m, nameOf(m, popMany(m, 2).join(" "))), // STACK_GLOBAL
  0x52: call, // REDUCE
  0x62: build, // BUILD
  0x51: persistent, // BINPERSID
};

/** Calls a function of the table. */
function call(machine: Machine): void {
  const [named, args] = popMany(machine, 2);
  const run = named instanceof PickledName ? machine.rules.names.get(named.name) : undefined;
  if (!run || !Array.isArray(args)) {
    const what = named instanceof PickledName ? `"${named.name}"` : "a value";
    return refuse(machine, `a call of ${what}`, "calls of what makes tensors");
  }
  push(machine, run(args));
}

/** Python sets an object's attributes; those of dictionaries are remarks on versions, and are dropped. */
function build(machine: Machine): void {
  pop(machine);
  if (!(top(machine) instanceof Map)) refuse(machine, "attributes of an object", "dictionaries");
}

function persistent(machine: Machine): void {
  const { rules } = machine;
  if (!rules.persistent) return refuse(machine, "a persistent id", "none");
  push(machine, rules.persistent(pop(machine)));
}

function nameOf(machine: Machine, name: string): PickledName {
  if (!machine.rules.names.has(name)) {
    refuse(machine, `the name "${name}"`, `only ${[...machine.rules.names.keys()].join(", ")}`);
  }
  return new PickledName(name);
}

function append(machine: Machine, items: readonly unknown[]): void {
  const list = top(machine);
  if (!Array.isArray(list)) return refuse(machine, "items for what is no list", "a list");
  for (const item of items) list.push(item);
}

function setItems(machine: Machine, items: readonly unknown[]): void {
  const dictionary = top(machine);
  if (!(dictionary instanceof Map) || items.length % 2 !== 0) {
    return refuse(machine, "keys and values for what is no dictionary", "a dictionary");
  }
  for (let i = 0; i < items.length; i += 2) dictionary.set(items[i], items[i + 1]);
}

function push({ stack }: Machine, value: unknown): void {
  stack.push(value);
}

function pop(machine: Machine): unknown {
  if (machine.stack.length === 0) refuse(machine, "nothing on the stack", "a value");
  return machine.stack.pop();
}

function top(machine: Machine): unknown {
  if (machine.stack.length === 0) refuse(machine, "nothing on the stack", "a value");
  return machine.stack.at(-1);
}

function popMany(machine: Machine, count: number): unknown[] {
  if (machine.stack.length < count) refuse(machine, "too little on the stack", `${count} values`);
  return machine.stack.splice(machine.stack.length - count);
}

function popToMark(machine: Machine): unknown[] {
  const mark = machine.stack.lastIndexOf(MARK);
  if (mark < 0) refuse(machine, "no mark on the stack", "one");
  return machine.stack.splice(mark).slice(1);
}

function recall(machine: Machine, key: number): unknown {
  if (!machine.memo.has(key)) refuse(machine, `entry ${key} of the memo`, "one that was stored");
  return machine.memo.get(key);
}

function take(machine: Machine, count: number): Uint8Array {
  const { bytes, at } = machine;
  if (at + count > bytes.length) refuse(machine, "the end of the file", `${count} more bytes`);
  machine.at += count;
  return bytes.subarray(at, at + count);
}

function unsigned(machine: Machine, count: 1 | 2 | 4): number {
  const { view, at } = machine;
  take(machine, count);
  if (count === 1) return view.getUint8(at);
  return count === 2 ? view.getUint16(at, true) : view.getUint32(at, true);
}

function float(machine: Machine): number {
  const at = machine.at;
  take(machine, 8);
  return machine.view.getFloat64(at);
}

/** Two's complement, little-endian; a number where it is exact. */
function integer(bytes: Uint8Array): number | bigint {
  const value = bytes.reduceRight((sum, byte) => sum * 256n + BigInt(byte), 0n);
  const signed = BigInt.asIntN(8 * bytes.length, value);
  return Number.isSafeInteger(Number(signed)) ? Number(signed) : signed;
}

function text(machine: Machine, count: number): string {
  return new TextDecoder().decode(take(machine, count));
}

function latin(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => String.fromCharCode(byte)).join("");
}

function line(machine: Machine): string {
  const end = machine.bytes.indexOf(10, machine.at);
  if (end < 0) refuse(machine, "a name without an end", "a line");
  const name = text(machine, end - machine.at);
  take(machine, 1);
  return name;
}

function refuse({ rules, at }: Machine, found: string, wanted: string): never {
  throw new SyntaxError(`Cannot read ${rules.path}: ${found} at byte ${at}, expected ${wanted}`);
}
