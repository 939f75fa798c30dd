import { assertEquals, assertThrows } from "@std/assert";
import { indices } from "./indices.ts";

Deno.test("indices() takes the narrowest width that holds the largest number", () => {
  const bytes = [-1, 0, 255, 256, 65_535, 65_536, 2 ** 32 - 1]
    .map((largest) => indices(1, largest).BYTES_PER_ELEMENT);
  assertEquals(bytes, [1, 1, 1, 2, 2, 4, 4]);
  assertEquals([...indices(3, 300)], [0, 0, 0]);
});

Deno.test("indices() refuses what does not fit 32 bits", () => {
  assertThrows(
    () => indices(1, 2 ** 32),
    RangeError,
    "Cannot index up to 4294967296 by 1 numbers: expected below 2^32",
  );
});
