import { assertEquals, assertInstanceOf, assertThrows } from "@std/assert";
import { createArena } from "./arena.ts";
import { ARENA_START } from "./control.ts";

Deno.test("createArena() holds all bytes asked for behind the control words", () => {
  for (const sizeBytes of [0, 64, 65_536, 1 << 20]) {
    const arena = createArena(sizeBytes, false);
    assertEquals(arena.take(sizeBytes), ARENA_START);
    assertEquals(arena.usedBytes, sizeBytes);
    assertThrows(() => arena.take(1), RangeError, "0 of");
    assertEquals(arena.memory.buffer.byteLength >= ARENA_START + sizeBytes, true);
  }
});

Deno.test("createArena() takes a memory that does not grow", () => {
  const arena = createArena(100, true);
  assertInstanceOf(arena.memory.buffer, SharedArrayBuffer);
  assertInstanceOf(createArena(100, false).memory.buffer, ArrayBuffer);
  assertThrows(() => arena.memory.grow(1), RangeError);
});

Deno.test("createArena() refuses sizes that WebAssembly does not have", () => {
  for (const sizeBytes of [-1, 0.5, NaN, 2 ** 32]) {
    assertThrows(() => createArena(sizeBytes, false), RangeError, "Cannot open WebAssembly arena");
  }
});

Deno.test("view() refuses what was not taken", () => {
  const arena = createArena(1024, false);
  const address = arena.take(100);
  assertEquals(arena.view(address, 128), arena.memory.buffer);
  assertThrows(() => arena.view(address, 129), RangeError);
  assertThrows(() => arena.view(0, 4), RangeError);
  assertThrows(() => arena.view(address, -4), RangeError);
});
