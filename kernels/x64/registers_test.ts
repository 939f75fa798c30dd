import { assertEquals, assertThrows } from "@std/assert";
import { createRegisterPool } from "./registers.ts";

Deno.test("take() gives registers in order until none is left", () => {
  const pool = createRegisterPool("vector", [5, 3]);
  assertEquals([pool.spare(), pool.take(), pool.take(), pool.spare()], [5, 5, 3, null]);
  assertThrows(() => pool.take(), RangeError, "Cannot take vector: all 2 are taken");
});

Deno.test("scopes nest, and used registers stay known", () => {
  const pool = createRegisterPool("scalar", [1, 2, 3]);
  pool.take();
  const closeOuter = pool.open();
  pool.take();
  const closeInner = pool.open();
  pool.take();
  closeInner();
  assertEquals([1, 2, 3].map(pool.holds), [true, true, false]);
  closeOuter();
  assertEquals([1, 2, 3].map(pool.holds), [true, false, false]);
  assertEquals([...pool.used], [1, 2, 3]);
});
