import { assert, assertEquals } from "@std/assert";
import { createRandom, parsePattern } from "../../../core/mod.ts";
import { maskRows, placeWindow } from "../../../kernels/mod.ts";
import { chooseConvolution, type ConvolutionChoice, type ConvolutionChoices } from "./choose.ts";
import type { ConvolutionLayer } from "./layers.ts";

const options = { target: "avx512", unpruned: false, form: null } as const;

/** A layer with blocks of so many output channels, of which a fraction is zero. */
function layerOf(height: number, zeros: number, kernel = 3, groups = 1): ConvolutionLayer {
  const [rows, channels] = [32, 16];
  const cols = channels / groups * kernel ** 2;
  const random = createRandom(`${height} ${zeros}`);
  const values = new Float32Array(rows * cols);
  for (let top = 0; top < rows; top += height) {
    for (let col = 0; col < cols; col++) {
      if (random.next() < zeros) continue;
      for (let row = top; row < top + height; row++) values[row * cols + col] = 1;
    }
  }
  const image = { name: "x", size: [8, 8], nonNegative: false } as const;
  return {
    kind: "convolution",
    out: { ...image, id: 1, channels: rows },
    x: { ...image, id: 0, channels },
    weight: "w",
    values,
    scale: null,
    bias: null,
    groups,
    window: placeWindow({ image: [8, 8], kernel: [kernel, kernel] }),
    residual: null,
    activation: "none",
    selects: false,
  };
}

function choose(layer: ConvolutionLayer, options: ConvolutionChoices): ConvolutionChoice {
  const { values, out: { channels } } = layer;
  return chooseConvolution(layer, maskRows(values, channels, values.length / channels), options);
}

Deno.test("chooseConvolution() finds the blocks that are there", () => {
  for (const [height, pattern] of [[1, "unstructured"], [2, "2x1"], [4, "4x1"]] as const) {
    const { pattern: found, reason } = choose(layerOf(height, 0.9), options);
    assertEquals(found, parsePattern(pattern), reason);
    assert(/^\d\d\.\d % zeros: .*cheaper than dense/.test(reason), reason);
  }
});

Deno.test("chooseConvolution() says why zeros are multiplied", () => {
  const { pattern, reason, sparsity } = choose(layerOf(1, 0.35), options);
  assertEquals(pattern, { kind: "dense" });
  assert(sparsity > 0.3 && reason.includes("skipping them would cost more"), reason);
});

Deno.test("chooseConvolution() skips less where loads are not aligned", () => {
  const isDense = (aligned: boolean): boolean =>
    choose(layerOf(1, 0.42), { ...options, aligned }).pattern.kind === "dense";
  assertEquals([isDense(false), isDense(true)], [true, false]);
});

Deno.test("chooseConvolution() takes no block that reaches from one group into the next", () => {
  const layer = layerOf(4, 0.8, 3, 16); // two output channels a group
  assertEquals(choose(layer, options).pattern, parsePattern("2x1"));
});

Deno.test("chooseConvolution() does as it is told: dense, a form, or a selection", () => {
  const layer = layerOf(2, 0.9);
  const dense = choose(layer, { ...options, unpruned: true });
  assertEquals([dense.pattern.kind, dense.reason], ["dense", "dense engine"]);
  const asked = choose(layer, { ...options, form: parsePattern("4x1") });
  assertEquals(asked.pattern, parsePattern("4x1"));
  assert(asked.reason.includes("as asked"));
  const selection = { ...layer, selects: true };
  const found = choose(selection, { ...options, unpruned: true });
  assertEquals(found.pattern.kind, "unstructured");
});
