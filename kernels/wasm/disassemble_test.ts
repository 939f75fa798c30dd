import { assertEquals, assertThrows } from "@std/assert";
import { kernelsOf } from "../kernel_of.ts";
import { createCode } from "./code.ts";
import { disassemble } from "./disassemble.ts";
import { INDEXED, LANE, MEMORY, MEMORY_LANE, PLAIN, STRUCTURED } from "./instructions.ts";
import { createWasmMachine } from "./machine.ts";

function keys<T extends object>(table: T): (keyof T)[] {
  return Object.keys(table) as (keyof T)[];
}

Deno.test("disassemble() reads every instruction that can be written", () => {
  const code = createCode(0);
  const texts: string[] = [];
  for (const name of keys(PLAIN)) code.plain(name), texts.push(name);
  for (const name of keys(INDEXED)) code.indexed(name, 300), texts.push(`${name} 300`);
  for (const name of keys(STRUCTURED)) code.open(name), texts.push(name);
  for (const name of keys(LANE)) code.lane(name, 3), texts.push(`${name} 3`);
  for (const name of keys(MEMORY)) {
    code.memory(name).memory(name, 70_000);
    texts.push(name, `${name} offset=70000`);
  }
  for (const name of keys(MEMORY_LANE)) {
    code.memoryLane(name, 16, 2);
    texts.push(`${name} offset=16 2`);
  }
  assertEquals(disassemble(code.bytes()).map(({ text }) => text), texts);
});

Deno.test("disassemble() reads constants with their signs", () => {
  const code = createCode(0);
  const values = [0, 1, -1, 63, 64, -64, -65, 8191, -8192, 2 ** 31 - 1, -(2 ** 31)];
  for (const value of values) code.i32(value).i64(value);
  const expected = values.flatMap((value) => [`i32.const ${value}`, `i64.const ${value}`]);
  code.splat(0x3f80_0000).shuffle(Array.from({ length: 16 }, (_, i) => 31 - i));
  expected.push("v128.const i32x4 0x3f800000 0x3f800000 0x3f800000 0x3f800000");
  expected.push("i8x16.shuffle 31 30 29 28 27 26 25 24 23 22 21 20 19 18 17 16");
  assertEquals(disassemble(code.bytes()).map(({ text }) => text), expected);
});

Deno.test("disassemble() accounts for every byte of kernels", () => {
  for (const target of ["wasm_relaxed", "wasm"] as const) {
    for (const kernel of kernelsOf(target).filter((_, i) => i % 5 === 0)) {
      const options = { target, fused: true, exactDot: true, slots: kernel.slots };
      const { machine, code } = createWasmMachine(options);
      kernel.emit(machine);
      let end = 0;
      for (const { offset, length } of disassemble(code.bytes())) {
        assertEquals(offset, end, kernel.id);
        end += length;
      }
      assertEquals(end, code.bytes().length, kernel.id);
    }
  }
});

Deno.test("disassemble() refuses what kernels do not use", () => {
  assertThrows(() => disassemble([0x1a, 0x05]), SyntaxError, "byte 1: opcode is 5");
  assertThrows(() => disassemble([0xfd, 0xff, 0x01]), SyntaxError, "byte 0: opcode is 253 255");
});
