import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { EnvironmentError } from "../core/mod.ts";
import { checkDisk, checkMemory, type Room, THIS_MACHINE } from "./preflight.ts";

function room(free: number | null): Room {
  return { freeDisk: () => Promise.resolve(free), freeMemory: () => free };
}

Deno.test("checkDisk() wants room and a little to spare, where it can ask", async () => {
  await checkDisk("x", "/d", 90e6, room(100e6));
  await checkDisk("x", "/d", 900e6, room(null));
  const full = () => checkDisk("x.zip", "/d", 99e6, room(100e6));
  await assertRejects(
    full,
    EnvironmentError,
    "Cannot write x.zip: /d has 100 MB free, expected 99 MB",
  );
});

Deno.test("checkMemory() refuses what does not fit", () => {
  checkMemory("x", 100, room(100));
  checkMemory("x", 1e15, room(null));
  assertThrows(
    () => checkMemory("x", 3e9, room(1e9)),
    EnvironmentError,
    "1,000 MB of memory are free, expected 3,000 MB",
  );
});

Deno.test({
  name: "THIS_MACHINE asks for no permission it lacks",
  permissions: { read: true, sys: false },
  fn: async () => {
    assertEquals([await THIS_MACHINE.freeDisk("/"), THIS_MACHINE.freeMemory()], [null, null]);
  },
});

Deno.test("THIS_MACHINE knows its disk and memory", async () => {
  assertEquals((await THIS_MACHINE.freeDisk("."))! > 0, true);
  assertEquals(THIS_MACHINE.freeMemory()! > 0, true);
});
