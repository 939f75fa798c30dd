import { assertEquals } from "@std/assert";
import { maxPool, maxPoolGradient } from "./pool_loops.ts";

const plain = {
  kernel: [2, 2],
  strides: [1, 1],
  dilations: [1, 1],
  pads: [0, 0, 0, 0],
  output: [2, 2],
} as const;

Deno.test("maxPool() takes the largest of each window, and its gradient goes there", () => {
  // deno-fmt-ignore
  const x = Float32Array.of(
    1, 5, 2,
    4, 3, 6,
    7, 0, 6,
  );
  const [y, dx] = [new Float32Array(4), new Float32Array(9).fill(NaN)];
  maxPool(x, [3, 3], plain, y);
  assertEquals([...y], [5, 6, 7, 6]);
  maxPoolGradient(x, Float32Array.of(1, 10, 100, 1000), [3, 3], plain, dx);
  assertEquals([...dx], [0, 1, 0, 0, 0, 1010, 100, 0, 0]);
});

Deno.test("maxPool() takes the first of equals and NaN before all; pads never", () => {
  const window = { ...plain, strides: [2, 2], pads: [1, 1, 1, 1] } as const;
  const x = Float32Array.of(-1, -2, -3, NaN);
  const [y, dx] = [new Float32Array(4), new Float32Array(4)];
  maxPool(x, [2, 2], window, y);
  assertEquals([...y], [-1, -2, -3, NaN]);
  const [whole, wholeDx] = [new Float32Array(1), new Float32Array(4)];
  const one = { ...plain, output: [1, 1] } as const;
  maxPool(x, [2, 2], one, whole);
  assertEquals([...whole], [NaN]);
  maxPoolGradient(Float32Array.of(2, 2, 1, 2), Float32Array.of(3), [2, 2], one, wholeDx);
  assertEquals([...wholeDx], [3, 0, 0, 0]);
  maxPoolGradient(x, Float32Array.of(1, 2, 3, 4), [2, 2], window, dx);
  assertEquals([...dx], [1, 2, 3, 4]);
});
