import { assertEquals, assertThrows } from "@std/assert";
import { parsePattern, proveMask } from "../core/mod.ts";
import { createRiglPruner, type RiglOptions } from "./rigl_pruner.ts";
import type { Layer } from "./layers.ts";
import type { Masks } from "./masks.ts";
import { layerValues } from "./tiny_layers.ts";

const OPTIONS: RiglOptions = {
  pattern: "unstructured",
  reduce: "sum",
  fraction: 1,
  frequency: 10,
  end: 20,
  scope: "layer",
  dropGradients: true,
};

function masksOf(layers: readonly Layer[], kept: readonly string[]): Masks {
  const of = new Map(layers.map(({ name, rows, cols }, i) => [
    name,
    { rows, cols, kept: Uint8Array.from(kept[i]!, Number) },
  ]));
  return { of, frozen: new Set() };
}

Deno.test("onGradients() exchanges weights when due, in place of the optimiser's step", () => {
  const layers = [{ name: "a", rows: 2, cols: 4 }];
  const { values, weights, states } = layerValues(layers, (i) => [4, 3, 2, -1][i % 4]!);
  states.get("a")!.fill(7);
  const pruner = createRiglPruner(layers, values, masksOf(layers, ["11110000"]), OPTIONS);
  assertEquals([...weights.get("a")!], [4, 3, 2, -1, 0, 0, 0, 0]);
  const gradientsAt = (step: number) => {
    const gradient = Float32Array.of(0, 0, 9, 1, -5, 4, -7, 6);
    return { goesOn: pruner.onGradients(step, () => gradient), gradient: [...gradient] };
  };
  assertEquals(gradientsAt(0).goesOn, true);
  // Between exchanges only kept weights get gradients.
  assertEquals(gradientsAt(9), { goesOn: true, gradient: [0, 0, 9, 1, 0, 0, 0, 0] });
  // Step 10 of 20: half of four. Weights 2 and 3 go; the largest gradients are those of 2 itself and of 6.
  assertEquals(gradientsAt(10).goesOn, false);
  assertEquals([...pruner.maskOf("a")!], [1, 1, 1, 0, 0, 0, 1, 0]);
  // What is regrown at once keeps its value and its state; what came starts at 0.
  assertEquals([...weights.get("a")!], [4, 3, 2, 0, 0, 0, 0, 0]);
  assertEquals([...states.get("a")!], [7, 7, 7, 7, 7, 7, 0, 7]);
  assertEquals(gradientsAt(30).goesOn, true);
  assertEquals([pruner.sparsity, pruner.settledFrom], [0.5, 20]);
});

Deno.test("onGradients() keeps the number of every layer, or of all together", () => {
  const layers = [{ name: "a", rows: 1, cols: 4 }, { name: "b", rows: 1, cols: 4 }];
  for (const [scope, wanted] of [["layer", [2, 2]], ["global", [0, 4]]] as const) {
    const { values, weights } = layerValues(layers, (i) => i + 1);
    weights.get("b")!.forEach((_, i, all) => all[i] = 10 + i);
    const pruner = createRiglPruner(layers, values, masksOf(layers, ["1100", "1100"]), {
      ...OPTIONS,
      fraction: 0.8,
      end: 40,
      scope,
    });
    // At step 10 of 40 the fraction is 0.4 · (1 + cos(π / 4)) = 0.68: one weight of two, or two of four.
    const gradients = { a: Float32Array.of(0, 0, 1, 0), b: Float32Array.of(0, 0, 9, 9) };
    pruner.onGradients(10, (name) => gradients[name as "a" | "b"]);
    const counts = layers.map(({ name }) => pruner.maskOf(name)!.filter((one) => one === 1).length);
    assertEquals(counts, [...wanted]);
  }
});

Deno.test("onGradients() exchanges whole blocks", () => {
  const layers = [{ name: "a", rows: 8, cols: 8 }];
  const { values, weights } = layerValues(layers, (i) => i % 13 + 1);
  const rows = Array.from({ length: 8 }, (_, row) => (row < 4 ? "10101010" : "01010101"));
  const pruner = createRiglPruner(layers, values, masksOf(layers, [rows.join("")]), {
    ...OPTIONS,
    pattern: "4x1",
    fraction: 0.5,
    end: 1000,
  });
  const before = pruner.masks.of.get("a")!.kept.join("");
  pruner.onGradients(10, () => weights.get("a")!.map((_, i) => i));
  const after = pruner.masks.of.get("a")!;
  assertEquals(after.kept.join("") === before, false);
  assertEquals(proveMask(after, parsePattern("4x1")), {
    proved: true,
    sparsity: 0.5,
    violation: null,
  });
});

Deno.test("restore() puts masks back where they were", () => {
  const layers = [{ name: "a", rows: 1, cols: 4, taps: 2 }];
  const { values } = layerValues(layers, (i) => i + 1);
  const pruner = createRiglPruner(layers, values, masksOf(layers, ["1100"]), OPTIONS);
  pruner.onGradients(10, () => Float32Array.of(0, 9, 0, 8));
  const again = createRiglPruner(layers, values, masksOf(layers, ["1100"]), OPTIONS);
  again.restore(pruner.state());
  assertEquals(again.masks, pruner.masks);
  assertEquals(again.maskOf("a"), pruner.maskOf("a"));
});

Deno.test("createRiglPruner() refuses patterns that decide what is kept where", () => {
  const layers = [{ name: "a", rows: 1, cols: 4 }];
  const { values } = layerValues(layers, (i) => i);
  const make = () =>
    createRiglPruner(layers, values, masksOf(layers, ["1100"]), { ...OPTIONS, pattern: "2:4" });
  assertThrows(make, RangeError, 'Cannot exchange weights of the pattern "2:4"');
});
