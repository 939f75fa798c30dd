import { assert, assertEquals, assertNotEquals } from "@std/assert";
import { applyMask, createRandom, drawMask, formatPattern, parsePattern } from "../../core/mod.ts";
import { maskRows, TARGETS } from "../../kernels/mod.ts";
import { chooseKernel } from "./choose.ts";
import { type CpuName, PANEL_COSTS, panelCostsOf } from "./panel_costs.ts";

const zen4: CpuName = {
  vendor: "AuthenticAMD",
  family: 25,
  features: new Set(["avx2", "avx512f"] as const),
};

Deno.test("panelCostsOf() knows processors by vendor, family and AVX-512, and falls back", () => {
  assertNotEquals(panelCostsOf("avx512", zen4), PANEL_COSTS.avx512);
  const others: (CpuName | string)[] = [
    { ...zen4, features: new Set(["avx2"] as const) },
    { ...zen4, family: 26 },
    { ...zen4, vendor: "GenuineIntel" },
    "no --allow-ffi",
  ];
  for (const other of others) assertEquals(panelCostsOf("avx512", other), PANEL_COSTS.avx512);
  assertEquals(panelCostsOf("wasm_relaxed", zen4), PANEL_COSTS.wasm_relaxed);
});

// What was measured to be fastest on a Zen 4, with every form within 10 % of it.
const FASTEST: readonly (readonly [mask: string, sparsity: number, forms: readonly string[]])[] = [
  ["dense", 0, ["dense"]],
  ["unstructured", 0.5, ["unstructured", "2x1"]],
  ["unstructured", 0.9, ["unstructured"]],
  ["2:4", 0.5, ["unstructured", "2x1"]],
  ["2x1", 0.5, ["2x1"]],
  ["2x1", 0.95, ["2x1"]],
  ["4x1", 0.5, ["4x1"]],
  ["4x1", 0.95, ["4x1"]],
];

for (const [mask, sparsity, forms] of FASTEST) {
  Deno.test(`panelCostsOf() leads to ${forms.join(" or ")} for ${mask} at ${sparsity}`, () => {
    const [rows, cols] = [256, 1024];
    const weights = new Float32Array(rows * cols).fill(1);
    const drawn = drawMask(createRandom(mask), rows, cols, parsePattern(mask), sparsity);
    applyMask(weights, drawn);
    const masks = maskRows(weights, rows, cols);
    for (const target of TARGETS) {
      for (const cpu of [zen4, "unknown"]) {
        const costs = panelCostsOf(target, cpu);
        const { pattern, reason } = chooseKernel(masks, { target, costs, form: null });
        assert(forms.includes(formatPattern(pattern)), `${target} ${costs.measuredOn}: ${reason}`);
      }
    }
  });
}
