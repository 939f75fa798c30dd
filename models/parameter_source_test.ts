import {
  assert,
  assertAlmostEquals,
  assertEquals,
  assertNotEquals,
  assertThrows,
} from "@std/assert";
import { float32 } from "../core/mod.ts";
import { drawParameters, givenParameters, zeroParameters } from "./parameter_source.ts";

const normal = { kind: "normal", deviation: 0.5 } as const;

Deno.test("drawParameters() depends on the seed and the name only", () => {
  const [one, same, other] = [drawParameters(1), drawParameters(1), drawParameters(2)];
  const first = one("a", [50], normal);
  same("b", [9], normal);
  assertEquals(same("a", [50], normal), first);
  assertNotEquals(other("a", [50], normal), first);
  assertNotEquals(one("b", [50], normal), first);
});

Deno.test("drawParameters() draws from the distribution asked for", () => {
  const { data } = drawParameters(3)("w", [100, 100], normal);
  const variance = data.reduce((sum, x) => sum + x * x, 0) / data.length;
  assertAlmostEquals(Math.sqrt(variance), 0.5, 0.02);
  const uniform = drawParameters(3)("w", [1000], { kind: "uniform", bound: 0.25 }).data;
  assert(uniform.every((x) => Math.abs(x) <= 0.25) && uniform.some((x) => Math.abs(x) > 0.2));
  assertEquals(
    drawParameters()("b", [2], { kind: "constant", value: 1 }).data,
    Float32Array.of(1, 1),
  );
});

Deno.test("drawParameters() leaves the wanted number of weights in every row", () => {
  const { data } = drawParameters("mask")("w", [6, 5, 2], { ...normal, nonZeros: 3 });
  const columns = new Set<number>();
  for (let row = 0; row < 6; row++) {
    const kept = [...data.subarray(row * 10, row * 10 + 10)].flatMap((x, i) => x === 0 ? [] : [i]);
    assertEquals(kept.length, 3);
    kept.forEach((i) => columns.add(i));
  }
  assert(columns.size > 3, "every row has the same columns");
});

Deno.test("givenParameters() shares tensors, and refuses what is missing or of another shape", () => {
  const tensor = float32([2, 3]);
  const source = givenParameters(new Map([["w", tensor]]));
  assert(source("w", [2, 3], normal) === tensor);
  assertThrows(() => source("w", [3, 2], normal), RangeError, '"w": [2,3], expected [3,2]');
  assertThrows(() => source("v", [1], normal), RangeError, '"v": missing, expected [1]');
});

Deno.test("zeroParameters() gives zeros of any shape", () => {
  const source = zeroParameters();
  for (const shape of [[2, 2], [3], [4, 5], [1]]) {
    assertEquals(source("w", shape, normal), float32(shape));
  }
  const [large, small] = [source("a", [9], normal), source("b", [2], normal)];
  assert(large.data.buffer === small.data.buffer, "zeros do not share memory");
});
