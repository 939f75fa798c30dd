import { assert, assertEquals } from "@std/assert";
import {
  applyMask,
  createRandom,
  drawMask,
  formatPattern,
  parsePattern,
  sizeOf,
} from "../../core/mod.ts";
import { maskRows, type RowMasks } from "../../kernels/mod.ts";
import { chooseKernel, forcedForm } from "./choose.ts";
import type { PanelCosts } from "./panel_costs.ts";

const SHAPE = [64, 96] as const;
const OPTIONS = { target: "avx512", form: null } as const;

function draw(pattern: string, sparsity: number): RowMasks {
  const random = createRandom(`${pattern} ${sparsity}`);
  const weights = Float32Array.from({ length: sizeOf(SHAPE) }, () => 1 + random.next());
  applyMask(weights, drawMask(random, ...SHAPE, parsePattern(pattern), sparsity));
  return maskRows(weights, ...SHAPE);
}

function chosen(pattern: string, sparsity: number): string {
  return formatPattern(chooseKernel(draw(pattern, sparsity), OPTIONS).pattern);
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
  assertEquals(chooseKernel(maskRows(weights, 6, 8), OPTIONS).pattern, { kind: "unstructured" });
});

Deno.test("chooseKernel() says why, and how many zeros there are", () => {
  const sparse = chooseKernel(draw("4x1", 0.9), OPTIONS);
  assert(Math.abs(sparse.sparsity - 0.9) < 0.01);
  assert(/^90\.\d % zeros: \d+\.\dx cheaper than dense/.test(sparse.reason), sparse.reason);
  assert(/; costs dense 1\.\d+, unstructured 0\.\d+, 2x1 0/.test(sparse.reason), sparse.reason);
  assert(sparse.costs["4x1"]! <= sparse.costs["2x1"]!);
  const unpruned = chooseKernel(draw("4x1", 0.9), {
    ...OPTIONS,
    unpruned: true,
  });
  assertEquals([formatPattern(unpruned.pattern), unpruned.reason], ["dense", "dense engine"]);
});

Deno.test("chooseKernel() accepts a weight that is all zeros", () => {
  const { sparsity, pattern } = chooseKernel(maskRows(new Float32Array(32), 4, 8), OPTIONS);
  assertEquals([sparsity, formatPattern(pattern)], [1, "4x1"]);
});

Deno.test("chooseKernel() does as it is asked, and tells what it would have cost", () => {
  const form = parsePattern("2x1");
  const { pattern, reason, costs } = chooseKernel(draw("4x1", 0.9), { ...OPTIONS, form });
  assertEquals(pattern, form);
  assert(reason.includes("as asked; costs dense"), reason);
  assert(costs["2x1"]! > 0);
});

Deno.test("chooseKernel() goes by the costs that it is given", () => {
  const weights = draw("unstructured", 0.5);
  const costs = (fraction: number): PanelCosts => ({
    measuredOn: "a test",
    dense: { fraction: 1, startColumns: 0 },
    tiles: {
      1: { fraction, startColumns: 0, passColumns: 0 },
      2: { fraction: 0.1, startColumns: 0, passColumns: 0 },
      4: { fraction: 0.1, startColumns: 0, passColumns: 0 },
    },
  });
  const chosen = (fraction: number): string =>
    chooseKernel(weights, { ...OPTIONS, costs: costs(fraction) }).pattern.kind;
  assertEquals([chosen(0.7), chosen(0.4)], ["unstructured", "dense"]);
});

Deno.test("forcedForm() reads SKIPZERO_FORM", () => {
  const before = Deno.env.get("SKIPZERO_FORM");
  try {
    Deno.env.set("SKIPZERO_FORM", "4x1");
    assertEquals(forcedForm(), parsePattern("4x1"));
    Deno.env.set("SKIPZERO_FORM", "");
    assertEquals(forcedForm(), null);
  } finally {
    if (before === undefined) Deno.env.delete("SKIPZERO_FORM");
    else Deno.env.set("SKIPZERO_FORM", before);
  }
});
