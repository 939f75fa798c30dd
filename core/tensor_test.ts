import { assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import { float32, int64, sizeOf } from "./tensor.ts";

Deno.test("sizeOf() multiplies sizes, and a scalar has one element", () => {
  assertEquals(sizeOf([2, 3, 4]), 24);
  assertEquals(sizeOf([5, 0]), 0);
  assertEquals(sizeOf([]), 1);
});

Deno.test("float32() wraps data without copying, or makes zeros", () => {
  const data = Float32Array.of(1, 2, 3, 4, 5, 6);
  assertStrictEquals(float32([2, 3], data).data, data);
  assertEquals(float32([2, 2]), { dtype: "float32", shape: [2, 2], data: new Float32Array(4) });
});

Deno.test("float32() refuses data of another size", () => {
  const make = () => float32([2, 3], new Float32Array(5));
  assertThrows(make, RangeError, "float32 tensor of shape [2,3]: 5 values, expected 6");
});

Deno.test("int64() takes numbers, past 32 bits too", () => {
  assertEquals(int64([2], [-1, 2 ** 40]).data, BigInt64Array.of(-1n, 2n ** 40n));
  assertThrows(() => int64([3], [1, 2]), RangeError, "2 values, expected 3");
});
