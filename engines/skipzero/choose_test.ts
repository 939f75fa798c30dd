import { assert, assertEquals } from "@std/assert";
import {
  applyMask,
  createRandom,
  drawMask,
  formatPattern,
  parsePattern,
  sizeOf,
} from "../../core/mod.ts";
import { chooseKernel } from "./choose.ts";

const SHAPE = [64, 96] as const;

function draw(pattern: string, sparsity: number): Float32Array {
  const random = createRandom(`${pattern} ${sparsity}`);
  const weights = Float32Array.from({ length: sizeOf(SHAPE) }, () => 1 + random.next());
  applyMask(weights, drawMask(random, ...SHAPE, parsePattern(pattern), sparsity));
  return weights;
}

function chosen(pattern: string, sparsity: number): string {
  return formatPattern(chooseKernel(draw(pattern, sparsity), ...SHAPE, false).pattern);
}

Deno.test("chooseKernel() recognises the block height that the zeros have", () => {
  for (const pattern of ["2x1", "4x1", "8x1", "16x1"]) assertEquals(chosen(pattern, 0.8), pattern);
  assertEquals(chosen("4x4", 0.8), "4x1");
  assertEquals(chosen("2:4", 0.5), "unstructured");
  assertEquals(chosen("unstructured", 0.9), "unstructured");
});

Deno.test("chooseKernel() keeps a weight dense if zeros are too few to pay", () => {
  assertEquals(chosen("unstructured", 0), "dense");
  assertEquals(chosen("unstructured", 0.2), "dense");
  assertEquals(chosen("4x1", 0.2), "4x1");
});

Deno.test("chooseKernel() does not take blocks that do not divide the rows", () => {
  const weights = new Float32Array(6 * 8);
  weights.fill(1, 0, 8);
  assertEquals(chooseKernel(weights, 6, 8, false).pattern, { kind: "unstructured" });
});

Deno.test("chooseKernel() says why, and how many zeros there are", () => {
  const sparse = chooseKernel(draw("4x1", 0.9), ...SHAPE, false);
  assert(Math.abs(sparse.sparsity - 0.9) < 0.01);
  assert(/^90\.\d % zeros: \d+\.\dx cheaper than dense/.test(sparse.reason), sparse.reason);
  const unpruned = chooseKernel(draw("4x1", 0.9), ...SHAPE, true);
  assertEquals([formatPattern(unpruned.pattern), unpruned.reason], ["dense", "dense engine"]);
});

Deno.test("chooseKernel() accepts a weight that is all zeros", () => {
  const { sparsity, pattern } = chooseKernel(new Float32Array(32), 4, 8, false);
  assertEquals([sparsity, formatPattern(pattern)], [1, "4x1"]);
});
