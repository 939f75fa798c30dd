import { assertEquals, assertThrows } from "@std/assert";
import { createRandom, parsePattern, proveMask } from "../core/mod.ts";
import { plainLoops } from "../engines/tfjs/mod.ts";
import type { PruningRule } from "../recipes/mod.ts";
import { createPruner, type PrunePlan, type PrunerOptions } from "./create_pruner.ts";
import type { Pruner } from "./pruner.ts";
import { layerValues, plainRule } from "./tiny_layers.ts";

const LAYERS = [
  { name: "first", rows: 8, cols: 16 },
  { name: "conv", rows: 16, cols: 72, taps: 9 },
  { name: "last", rows: 64, cols: 64 },
];
const RULE: PruningRule = { ...plainRule("unstructured", 0.75), schedule: "gmp_cubic" };
const PLAN: PrunePlan = { epochs: 4, warmEpochs: 1, cooldownEpochs: 1, frequency: 5 };

function made(
  plan: Partial<PrunePlan>,
  sparsity: Partial<PruningRule> = {},
  from: PrunerOptions["from"] = "scratch",
): Pruner {
  const random = createRandom("weights");
  const { values } = layerValues(LAYERS, () => random.normal());
  return createPruner(LAYERS, values, plainLoops, {
    sparsity: { ...RULE, ...sparsity },
    plan: { ...PLAN, ...plan },
    stepsPerEpoch: 10,
    label: "seed 1",
    from,
  });
}

/** Sparsities before each step and after the last of 40. */
function run(pruner: Pruner): number[] {
  const random = createRandom("gradients");
  const sizes = new Map(LAYERS.map(({ name, rows, cols }) => [name, rows * cols]));
  const found = Array.from({ length: 40 }, (_, step) => {
    pruner.beginStep(step);
    pruner.onGradients(
      step,
      (name) => Float32Array.from({ length: sizes.get(name)! }, () => random.normal()),
    );
    pruner.onUpdated(step);
    return pruner.sparsity;
  });
  pruner.finish(40);
  return [...found, pruner.sparsity];
}

Deno.test("createPruner() makes GMP: the curve of Zhu and Gupta from the first to the last change", () => {
  const found = run(made({}));
  // Changes at steps 10, 15, ..., 30: 0.75 · (1 - (1 - i / 4)³), weights counted in whole ones of 5,376.
  const wanted = [0, 0.43359375, 0.65625, 0.73828125, 0.75];
  found.forEach((sparsity, step) => {
    const index = Math.min(4, Math.max(0, Math.floor((step - 10) / 5)));
    assertEquals(Math.abs(sparsity - wanted[index]!) < 2e-4, true, `step ${step}: ${sparsity}`);
  });
});

Deno.test("createPruner() prunes at once, and then keeps the best two of every four", () => {
  const pruner = made({ method: "one_shot" }, { pattern: "2:4", target: 0.5 });
  assertEquals(new Set(run(pruner)), new Set([0.5]));
  assertEquals([pruner.done, pruner.settledFrom], [true, 0]);
  for (const mask of pruner.masks.of.values()) {
    assertEquals(proveMask(mask, parsePattern("2:4")).violation, null);
  }
});

Deno.test("createPruner() draws static masks and keeps them", () => {
  const pruner = made({ method: "static" }, { layers: [{ name: "first", target: 0.5 }] });
  const before = pruner.masks;
  run(pruner);
  assertEquals(pruner.masks, before);
  const kept = [...pruner.masks.of.values()].map((mask) => mask.kept.reduce((a, b) => a + b, 0));
  assertEquals(kept, [8 * 8, 16 * 18, 64 * 16]);
  assertEquals(made({ method: "static" }, { target: 0.5 }).sparsity, 0.5);
});

for (const pattern of ["unstructured", "4x1"]) {
  for (const distribution of ["erk", "uniform"] as const) {
    for (const scope of ["layer", "global"] as const) {
      const name = `${pattern}, ${distribution}, ${scope}`;
      Deno.test(`createPruner() with RigL moves masks and keeps their sparsity and pattern: ${name}`, () => {
        const rigl = { fraction: 0.3, untilFraction: 0.75, distribution, scope };
        const pruner = made({ method: "rigl", rigl }, { pattern });
        const before = pruner.masks;
        const found = run(pruner);
        assertEquals(new Set(found).size, 1);
        assertEquals(Math.abs(found[0]! - 0.75) < 0.002, true);
        let moved = 0;
        for (const [layer, mask] of pruner.masks.of) {
          assertEquals(proveMask(mask, parsePattern(pattern)).violation, null);
          const old = before.of.get(layer)!.kept;
          moved += mask.kept.reduce((sum, one, i) => sum + Math.abs(one - old[i]!), 0);
        }
        assertEquals(moved > 100, true);
        assertEquals(pruner.settledFrom, 30);
      });
    }
  }
}

Deno.test("createPruner() starts RigL on the largest weights of a trained network", () => {
  const rigl = {
    fraction: 0.3,
    untilFraction: 1,
    distribution: "uniform",
    scope: "layer",
  } as const;
  const random = createRandom("weights");
  const { values, weights } = layerValues(LAYERS, () => random.normal());
  const before = weights.get("last")!.slice();
  const plan = { ...PLAN, method: "rigl", rigl } as const;
  const options = { sparsity: RULE, plan, stepsPerEpoch: 10, label: "x", from: "dense" } as const;
  const { kept } = createPruner(LAYERS, values, plainLoops, options).masks.of.get("last")!;
  const sizes = (wanted: number) => before.filter((_, i) => kept[i] === wanted).map(Math.abs);
  assertEquals(Math.min(...sizes(1)) >= Math.max(...sizes(0)), true);
});

Deno.test("createPruner() refuses to score by gradients before there are any", () => {
  const make = () => made({ method: "one_shot" }, { criterion: "snip" });
  assertThrows(make, RangeError, "Cannot prune before the first step by snip");
});
