import { assertEquals } from "@std/assert";
import { createRandom, parsePattern, proveMask } from "../core/mod.ts";
import type { Layer } from "./layers.ts";
import { fullMasks, type MaskRule, type Masks, masksAt, sparsityOfMasks } from "./masks.ts";

const RULE: MaskRule = {
  pattern: "unstructured",
  scope: "global",
  maxPerLayer: 0.98,
  reduce: "mean",
};

function layer(name: string, rows: number, cols: number): Layer {
  return { name, rows, cols };
}

function scores(values: Readonly<Record<string, readonly number[]>>): Map<string, Float32Array> {
  return new Map(Object.entries(values).map(([name, list]) => [name, Float32Array.from(list)]));
}

function keptOf(masks: Masks): Record<string, string> {
  return Object.fromEntries([...masks.of].map(([name, { kept }]) => [name, kept.join("")]));
}

Deno.test("masksAt() cuts through all layers at one threshold", () => {
  const layers = [layer("a", 2, 2), layer("b", 2, 2)];
  const found = masksAt(
    fullMasks(layers),
    layers,
    scores({ a: [1, 2, 3, 8], b: [4, 5, 6, 7] }),
    0.5,
    RULE,
  );
  assertEquals(keptOf(found), { a: "0001", b: "0111" });
  assertEquals(sparsityOfMasks(found), 0.5);
});

Deno.test("masksAt() cuts each layer by itself with scope layer", () => {
  const layers = [layer("a", 2, 2), layer("b", 2, 2)];
  const found = masksAt(
    fullMasks(layers),
    layers,
    scores({ a: [1, 2, 3, 8], b: [4, 5, 6, 7] }),
    0.5,
    { ...RULE, scope: "layer" },
  );
  assertEquals(keptOf(found), { a: "0011", b: "0011" });
});

Deno.test("masksAt() holds a layer at the cap and takes the rest from the others", () => {
  const layers = [layer("a", 1, 4), layer("b", 1, 4), layer("c", 1, 4)];
  // 6 of 12 fall; all of a and two of b would, but a may lose 3: then 3 of b and c.
  const values = scores({ a: [1, 2, 3, 4], b: [5, 6, 7, 20], c: [8, 9, 10, 11] });
  const found = masksAt(fullMasks(layers), layers, values, 0.5, { ...RULE, maxPerLayer: 0.75 });
  assertEquals(keptOf(found), { a: "0001", b: "0001", c: "1111" });
  assertEquals([...found.frozen], ["a"]);
});

Deno.test("masksAt() thresholds anew as often as another layer reaches the cap", () => {
  const layers = [layer("a", 1, 4), layer("b", 1, 4), layer("c", 1, 4)];
  // 8 of 12 fall: a at its cap of 2, then b at its cap, and c has to give the last 4 - no more than it has.
  const values = scores({ a: [1, 2, 3, 4], b: [5, 6, 7, 8], c: [9, 10, 11, 12] });
  const found = masksAt(fullMasks(layers), layers, values, 0.5, { ...RULE, maxPerLayer: 0.5 });
  assertEquals(keptOf(found), { a: "0011", b: "0011", c: "0011" });
});

Deno.test("masksAt() leaves a layer at the cap alone from then on", () => {
  const layers = [layer("a", 1, 4), layer("b", 1, 4)];
  const rule = { ...RULE, maxPerLayer: 0.75 };
  const before = masksAt(
    fullMasks(layers),
    layers,
    scores({ a: [1, 2, 3, 4], b: [5, 6, 7, 8] }),
    0.5,
    rule,
  );
  assertEquals(keptOf(before), { a: "0001", b: "0111" });
  const after = masksAt(
    before,
    layers,
    scores({ a: [40, 30, 20, 10], b: [8, 7, 6, 5] }),
    0.75,
    rule,
  );
  assertEquals(keptOf(after), { a: "0001", b: "1000" });
});

Deno.test("masksAt() lets a pruned unit come back if its score does", () => {
  const layers = [layer("a", 1, 4)];
  const before = masksAt(fullMasks(layers), layers, scores({ a: [1, 2, 3, 4] }), 0.5, RULE);
  const after = masksAt(before, layers, scores({ a: [9, 2, 3, 4] }), 0.5, RULE);
  assertEquals([keptOf(before), keptOf(after)], [{ a: "0011" }, { a: "1001" }]);
});

Deno.test("masksAt() scores a block by mean, sum or maximum of its weights", () => {
  const layers = [layer("a", 2, 3)];
  // Blocks are columns: means 3, 2.5, 3.5; maxima 3, 5, 4.
  const values = scores({ a: [3, 5, 4, 3, 0, 3] });
  const cut = (reduce: MaskRule["reduce"]) =>
    keptOf(masksAt(fullMasks(layers), layers, values, 1 / 3, { ...RULE, pattern: "2x1", reduce }));
  assertEquals(cut("mean"), { a: "101101" });
  assertEquals(cut("sum"), { a: "101101" });
  assertEquals(cut("max"), { a: "011011" });
});

Deno.test("masksAt() prunes N:M groups one after the other, by the weights that would fall", () => {
  const layers = [layer("a", 2, 4)];
  // Lowest two of each group: 1 + 2 and 0 + 4.
  const values = scores({ a: [9, 1, 8, 2, 4, 7, 0, 6] });
  const cut = (sparsity: number) =>
    keptOf(masksAt(fullMasks(layers), layers, values, sparsity, { ...RULE, pattern: "2:4" }));
  assertEquals(cut(0.25), { a: "10101111" });
  assertEquals(cut(0.5), { a: "10100101" });
});

Deno.test("masksAt() meets every sparsity of a schedule exactly and in the pattern", () => {
  const random = createRandom(5);
  const layers = [layer("q", 64, 32), layer("k", 32, 32), layer("wide", 128, 32)];
  for (const [pattern, targets] of [["4x1", [0.1, 0.5, 0.9]], ["2:4", [0.1, 0.3, 0.5]]] as const) {
    let masks = fullMasks(layers);
    for (const target of targets) {
      const values = new Map(layers.map(({ name, rows, cols }) => [
        name,
        Float32Array.from({ length: rows * cols }, () => random.next()),
      ]));
      masks = masksAt(masks, layers, values, target, { ...RULE, pattern });
      const units = pattern === "4x1" ? 7168 / 4 : 7168 / 4 * 2;
      assertEquals(sparsityOfMasks(masks), 1 - (units - Math.floor(units * target)) / units);
    }
    for (const mask of masks.of.values()) {
      assertEquals(proveMask(mask, parsePattern(pattern)).violation, null);
    }
  }
});

Deno.test("masksAt() brings partitioned and complementary patterns to their target step by step", () => {
  const random = createRandom(3);
  const layers = [layer("a", 16, 32), layer("b", 32, 16)];
  const values = new Map(layers.map(({ name, rows, cols }) => [
    name,
    Float32Array.from({ length: rows * cols }, () => random.next()),
  ]));
  const wanted = {
    "partitioned-x-4:16": [0, 0.25, 0.75],
    "partitioned-xy-2:8": [0, 0.25, 0.75],
    "block-y-4-partitioned-x-1:4": [0, 0.25, 0.75],
    "complementary-8": [0, 0.25, 0.875],
  };
  for (const [pattern, [none, some, all]] of Object.entries(wanted)) {
    let masks = fullMasks(layers);
    const steps = [[0.05, none], [0.3, some], [all, all]] as const;
    for (const [sparsity, reached] of steps) {
      masks = masksAt(masks, layers, values, sparsity!, { ...RULE, pattern });
      assertEquals(sparsityOfMasks(masks), reached, `${pattern} at ${sparsity}`);
    }
    for (const mask of masks.of.values()) {
      assertEquals(proveMask(mask, parsePattern(pattern)).violation, null);
    }
  }
});

Deno.test("masksAt() scores the blocks of a partition by the rule", () => {
  const layers = [layer("a", 2, 2)];
  const values = scores({ a: [5, 3, 0, 3] });
  const kept = (reduce: MaskRule["reduce"]) => {
    const rule = { ...RULE, pattern: "block-y-2-partitioned-x-1:2", reduce };
    return keptOf(masksAt(fullMasks(layers), layers, values, 0.5, rule));
  };
  assertEquals([kept("max"), kept("mean")], [{ a: "1010" }, { a: "0101" }]);
});
