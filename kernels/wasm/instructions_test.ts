import { assertEquals, assertMatch } from "@std/assert";
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

const TABLES: readonly Readonly<Record<string, InstructionRow>>[] = [
  PLAIN,
  INDEXED,
  STRUCTURED,
  CONSTANT,
  LANE,
  SHUFFLE,
  MEMORY,
  MEMORY_LANE,
];
const ROWS = TABLES.flatMap((table) => Object.entries(table));

/** The opcode as the specification spells it: a byte, or a prefix byte and a number in decimal. */
function spell([first = 0, second]: readonly number[]): string {
  const byte = `0x${first.toString(16).toUpperCase().padStart(2, "0")}`;
  return second === undefined ? byte : `${byte} ${second}:u32`;
}

Deno.test("every row has the opcode that its quotation of the specification has", () => {
  for (const [name, [opcode, spec]] of ROWS) {
    assertEquals(spec.replace(/ (m:|l:|x:|bt:|n:|\().*$/, ""), spell(opcode), name);
  }
});

Deno.test("no two rows have the same name or opcode", () => {
  assertEquals(new Set(ROWS.map(([name]) => name)).size, ROWS.length);
  assertEquals(new Set(ROWS.map(([, [opcode]]) => opcode.join())).size, ROWS.length);
});

Deno.test("memory rows state at most the natural alignment, atomic ones exactly that", () => {
  for (const [name, [, spec, alignment = -1]] of Object.entries({ ...MEMORY, ...MEMORY_LANE })) {
    assertMatch(spec, /m:memarg/);
    const bytes = accessBytes(name);
    assertEquals(2 ** alignment <= bytes, true, name);
    if (name.includes("atomic")) assertEquals(2 ** alignment, bytes, name);
  }
});

function accessBytes(name: string): number {
  if (name === "v128.load" || name === "v128.store") return 16;
  if (name.includes("64")) return 8;
  if (name.includes("load8")) return 1;
  return name.includes("16") ? 2 : 4;
}
