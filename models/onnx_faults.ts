/**
 * What is wrong with bytes that are no ONNX model: where they end too early, or what else they seem to be.
 *
 * @module
 */
import { fileKind } from "./file_kind.ts";

/** Fields of the messages that are looked into: model 7 is the graph, whose nodes are 1 and initializers 5. */
const INSIDE: Readonly<Record<string, Readonly<Record<number, string>>>> = {
  model: { 7: "graph" },
  graph: { 1: "node", 5: "initializer" },
  node: {},
  initializer: {},
};

/** In words, what bytes are that cannot be decoded; the byte position where they are cut off, if they are. */
export function describeFault(bytes: Uint8Array): string {
  if (bytes.length === 0) return "it is empty";
  const kind = fileKind(bytes);
  if (kind !== null) return `it is ${kind}`;
  return findCut({ bytes, position: 0, end: bytes.length, inside: "model" });
}

interface Cursor {
  readonly bytes: Uint8Array;
  position: number;
  /** Byte after the message. */
  readonly end: number;
  /** Which message. */
  readonly inside: string;
}

/** Walks through fields until one does not fit. */
function findCut(cursor: Cursor): string {
  const { end, inside } = cursor;
  while (cursor.position < end) {
    const start = cursor.position;
    const tag = readVarint(cursor);
    if (tag === null) return endsInside(cursor, start);
    const [field, wire] = [Math.floor(tag / 8), tag % 8];
    if (field === 0 || ![0, 1, 2, 5].includes(wire)) {
      return `byte ${start} in the ${inside} begins no field`;
    }
    if (wire !== 2) {
      const sized = wire === 0 ? readVarint(cursor) !== null : skip(cursor, wire === 1 ? 8 : 4);
      if (sized) continue;
      return endsInside(cursor, start);
    }
    const length = readVarint(cursor);
    if (length === null) return endsInside(cursor, start);
    if (cursor.position + length > end) return cutInside(cursor, field, length);
    const nested = INSIDE[inside]?.[field];
    if (nested !== undefined) {
      const fault = findCut({ ...cursor, end: cursor.position + length, inside: nested });
      if (fault !== WHOLE) return fault;
    }
    cursor.position += length;
  }
  return WHOLE;
}

const WHOLE = "its fields do not fit together";

/** A number or a field of fixed size that goes on past its message. */
function endsInside({ bytes, end, inside }: Cursor, start: number): string {
  return end === bytes.length
    ? `it ends at byte ${end}, inside the ${inside}`
    : `byte ${start} in the ${inside} begins a field that is longer than the ${inside}`;
}

/** A field of known length that goes on past its message: how much is missing, as deep inside as is known. */
function cutInside(cursor: Cursor, field: number, length: number): string {
  const { bytes, position, end, inside } = cursor;
  if (end < bytes.length) return endsInside(cursor, position);
  const nested = INSIDE[inside]?.[field];
  const deeper = nested && findCut({ bytes, position, end, inside: nested });
  if (deeper && deeper !== WHOLE) return deeper;
  return `it ends at byte ${end}, ${
    position + length - end
  } bytes before the end of a field of the ${inside} that begins at byte ${position}`;
}

function skip(cursor: Cursor, count: number): boolean {
  cursor.position += count;
  return cursor.position <= cursor.end;
}

/** A number of seven bits a byte, or `null` if it does not end. Exact up to 2^53, which no file's length exceeds. */
function readVarint(cursor: Cursor): number | null {
  let value = 0;
  for (let i = 0; i < 10 && cursor.position < cursor.end; i++) {
    const byte = cursor.bytes[cursor.position++]!;
    value += (byte & 127) * 2 ** (7 * i);
    if (byte < 128) return value;
  }
  return null;
}
