import { assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { createRandom, parsePattern, proveMask } from "../core/mod.ts";
import { type Floats, plainLoops } from "../engines/tfjs/mod.ts";
import type { PruningRule } from "../recipes/mod.ts";
import { createGradualPruner, type GradualOptions, ownTarget } from "./gradual_pruner.ts";
import type { Layer } from "./layers.ts";
import type { Pruner } from "./pruner.ts";
import { layerValues, plainRule } from "./tiny_layers.ts";

const LAYER = { name: "a", rows: 16, cols: 16 };
const RULE = plainRule("unstructured", 0.5);
const WINDOW = { start: 0, end: 4, frequency: 2 };

/** A pruner of layers whose weights are 1, 2, 3, ..., and the weights. */
function pruning(
  changes: Partial<PruningRule>,
  { layers = [LAYER], ...options }: Partial<GradualOptions> & { layers?: readonly Layer[] } = {},
): { pruner: Pruner; weights: ReadonlyMap<string, Floats> } {
  const { values, weights } = layerValues(layers, (i) => i + 1);
  const sparsity = { ...RULE, ...changes };
  const pruner = createGradualPruner(layers, values, plainLoops, {
    sparsity,
    window: WINDOW,
    ...options,
  });
  return { pruner, weights };
}

function filled(value: number): Floats {
  return new Float32Array(256).fill(value);
}

function scoreOf(pruner: Pruner, at: number): number {
  return (pruner.state().get("score/a")!.data as Float32Array)[at]!; // float32 of a scoring pruner
}

Deno.test("onGradients() with snip_momentum keeps 0.9 of the scores and adds |W·G|", () => {
  const { pruner, weights } = pruning({ criterion: "snip_momentum" });
  weights.get("a")!.fill(-2);
  for (const value of [1, -0.5, 3]) pruner.onGradients(0, () => filled(value));
  // 0.9 · (0.9 · 2 + 1) + 6
  assertAlmostEquals(scoreOf(pruner, 0), 8.52, 1e-5);
});

Deno.test("onGradients() with snip forgets what was before", () => {
  const { pruner, weights } = pruning({ criterion: "snip" });
  weights.get("a")!.fill(-2);
  for (const value of [1, -0.5]) pruner.onGradients(0, () => filled(value));
  assertEquals(scoreOf(pruner, 0), 1);
});

Deno.test("onGradients() drops gradients of fallen weights if told to", () => {
  for (const pruneGradients of [false, true]) {
    const { pruner } = pruning({}, { pruneGradients });
    pruner.beginStep(4);
    const gradient = filled(3);
    assertEquals(pruner.onGradients(4, () => gradient), true);
    assertEquals([gradient[0], gradient[255]], [pruneGradients ? 0 : 3, 3]);
  }
});

Deno.test("beginStep() brings patterns that decide their sparsity to it, and not past it", () => {
  const targets = {
    "partitioned-xy-2:8": 0.75,
    "block-x-2-partitioned-y-1:4": 0.75,
    "complementary-4": 0.75,
  };
  for (const [pattern, target] of Object.entries(targets)) {
    const { pruner, weights } = pruning({ pattern, target });
    const random = createRandom(pattern);
    weights.get("a")!.forEach((_, i, all) => all[i] = random.normal());
    for (const step of [0, 1, 2, 3, 4, 5]) pruner.beginStep(step);
    assertEquals([pruner.sparsity, pruner.done], [target, true], pattern);
    assertEquals(proveMask(pruner.masks.of.get("a")!, parsePattern(pattern)).violation, null);
  }
});

Deno.test("beginStep() prunes by the schedule and zeroes what fell", () => {
  const { pruner, weights } = pruning({});
  const sparsities = [0, 1, 2, 3, 4, 5].map((step) => {
    pruner.beginStep(step);
    return pruner.sparsity;
  });
  assertEquals(sparsities, [0, 0, 0.25, 0.25, 0.5, 0.5]);
  assertEquals([pruner.done, pruner.settledFrom], [true, 4]);
  assertEquals([weights.get("a")![127], weights.get("a")![128]], [0, 129]);
  assertEquals(pruner.maskOf("a")!.slice(126, 130), Float32Array.of(0, 0, 1, 1));
  assertEquals(pruner.maskOf("classifier.weight"), null);
});

Deno.test("finish() makes the masks that are due after the last step", () => {
  const { pruner } = pruning({});
  for (const step of [0, 1, 2, 3]) pruner.beginStep(step);
  assertEquals(pruner.sparsity, 0.25);
  pruner.finish(4);
  assertEquals(pruner.sparsity, 0.5);
});

Deno.test("beginStep() heeds targets of single layers", () => {
  const layers = [LAYER, { name: "b.long", rows: 16, cols: 16 }, { name: "b", rows: 16, cols: 16 }];
  const own = [{ name: "b", target: 0.25 }, { name: "b.long", target: 0.99609375 }];
  const { pruner } = pruning({ layers: own, target: 0.75 }, { layers });
  for (const step of [0, 2, 4]) pruner.beginStep(step);
  const zeros = layers.map(({ name }) =>
    pruner.masks.of.get(name)!.kept.filter((one) => one === 0)
  );
  assertEquals(zeros.map(({ length }) => length), [192, 255, 64]);
  assertEquals(pruner.done, true);
  assertEquals(ownTarget(LAYER, { ...RULE, layers: own }), null);
});

Deno.test("beginStep() draws the patterns of convolutions over input channels", () => {
  // Two outputs, four input channels, two taps: groups of 2:4 run over the channels of one tap.
  const layers = [{ name: "a", rows: 2, cols: 8, taps: 2 }];
  const { pruner, weights } = pruning({ pattern: "2:4", schedule: "one_shot" }, { layers });
  // Channel by channel: taps (1, 8), (2, 7), (3, 6), (4, 5).
  weights.get("a")!.set([1, 8, 2, 7, 3, 6, 4, 5, 8, 1, 7, 2, 6, 3, 5, 4]);
  pruner.beginStep(0);
  assertEquals([...weights.get("a")!], [0, 8, 0, 7, 3, 0, 4, 0, 8, 0, 7, 0, 0, 3, 0, 4]);
  assertEquals(pruner.maskOf("a")!.slice(0, 8), Float32Array.of(0, 1, 0, 1, 1, 0, 1, 0));
  assertEquals([...pruner.masks.of.get("a")!.kept.slice(0, 8)], [0, 0, 1, 1, 1, 1, 0, 0]);
});

Deno.test("restore() puts masks, scores, zeros and the cap back", () => {
  const { pruner, weights } = pruning({
    criterion: "snip",
    schedule: "one_shot",
    maxPerLayer: 0.4,
  });
  pruner.onGradients(0, () => filled(1));
  pruner.beginStep(0);
  const saved = new Map(
    [...pruner.state()].map(([name, tensor]) => [name, structuredClone(tensor)]),
  );
  assertEquals(pruner.masks.frozen, new Set(["a"]));
  const other = pruning({ criterion: "snip", schedule: "one_shot", maxPerLayer: 0.4 });
  other.pruner.restore(saved);
  assertEquals(other.pruner.state(), pruner.state());
  assertEquals(other.pruner.masks, pruner.masks);
  assertEquals(other.weights.get("a"), weights.get("a"));
  assertThrows(() => other.pruner.restore(new Map()), RangeError, 'tensor "mask/a" is missing');
});

Deno.test("onGradients() adds the group lasso of blocks that are kept, in its window only", () => {
  const layers = [{ name: "a", rows: 2, cols: 2 }];
  const { pruner, weights } = pruning({ pattern: "2x1", schedule: "one_shot" }, {
    layers,
    window: { start: 1, end: 2, frequency: 1 },
    groupLasso: { alpha: 10, variant: "correct" },
  });
  weights.get("a")!.set([3, 1, 4, 1]);
  const after = (step: number) => {
    pruner.beginStep(step);
    const gradient = Float32Array.of(1, 1, 1, 1);
    pruner.onGradients(step, () => gradient);
    return [...gradient];
  };
  assertEquals([0, 1, 3].map(after), [[1, 1, 1, 1], [7, 1, 9, 1], [1, 1, 1, 1]]);
});

Deno.test("onUpdated() takes alpha by the norm of the gradient from each block, as version 2.6 does", () => {
  const layers = [{ name: "a", rows: 2, cols: 2 }];
  const { pruner, weights } = pruning({ pattern: "2x1" }, {
    layers,
    groupLasso: { alpha: 0.5, variant: "inc-v2.6" },
  });
  weights.get("a")!.set([2, 1, 4, 1]);
  const gradient = Float32Array.of(3, 0, 4, 0.1);
  pruner.onGradients(0, () => gradient);
  assertEquals(gradient, Float32Array.of(3, 0, 4, 0.1));
  pruner.onUpdated(0);
  // 1 - 0.5 / 5, and 1 - 0.5 / 0.1: far past zero, the defect of that version.
  [1.8, -4, 3.6, -4].forEach((weight, i) =>
    assertAlmostEquals(weights.get("a")![i]!, weight, 1e-5)
  );
  pruner.onUpdated(1);
  assertAlmostEquals(weights.get("a")![0]!, 1.8, 1e-5);
});

Deno.test("the group lasso of version 1.12 changes nothing", () => {
  const { pruner, weights } = pruning({}, { groupLasso: { alpha: 1, variant: "inc-v1.12" } });
  const [before, gradient] = [weights.get("a")!.slice(), filled(2)];
  pruner.onGradients(0, () => gradient);
  pruner.onUpdated(0);
  assertEquals([weights.get("a"), gradient], [before, filled(2)]);
});
