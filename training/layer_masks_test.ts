import { assertEquals } from "@std/assert";
import { asMatrix, createLayerMasks, inWeightOrder } from "./layer_masks.ts";
import { layerValues } from "./tiny_layers.ts";

const CONV = { name: "a", rows: 1, cols: 6, taps: 3 };

Deno.test("asMatrix() puts the input channels of a tap together, and inWeightOrder() puts them back", () => {
  // Channel 0 has taps 1, 2, 3, channel 1 has 4, 5, 6.
  const matrix = asMatrix(Float32Array.of(1, 2, 3, 4, 5, 6), CONV);
  assertEquals([...matrix], [1, 4, 2, 5, 3, 6]);
  assertEquals([...inWeightOrder(matrix, CONV)], [1, 2, 3, 4, 5, 6]);
  const linear = { name: "b", rows: 1, cols: 6 };
  assertEquals(asMatrix(matrix, linear), matrix);
});

Deno.test("apply() zeroes what falls and gives factors in the order of the weights", () => {
  const { values, weights } = layerValues([CONV], (i) => i === 1 ? NaN : i + 1);
  const masks = createLayerMasks([CONV], values);
  assertEquals([masks.any, masks.sparsity], [false, 0]);
  const kept = Uint8Array.of(1, 0, 0, 1, 1, 0);
  masks.apply({ of: new Map([["a", { rows: 1, cols: 6, kept }]]), frozen: new Set() });
  assertEquals([...masks.factorsOf("a")!], [1, 0, 1, 0, 1, 0]);
  assertEquals([...weights.get("a")!], [1, 0, 3, 0, 5, 0]);
  assertEquals([masks.any, masks.sparsity, masks.factorsOf("b")], [true, 0.5, null]);
});
