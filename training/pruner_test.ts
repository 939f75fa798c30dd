import { assertAlmostEquals, assertEquals } from "@std/assert";
import { createRandom, parsePattern, proveMask } from "../core/mod.ts";
import { openTraining } from "../engines/tfjs/mod.ts";
import { initialiseBert } from "../models/mod.ts";
import { pruningRuleOf, type Sparsity } from "../recipes/mod.ts";
import { createNetwork, type Network, viewOf } from "./network.ts";
import { addLasso, createPruner, type Pruner } from "./pruner.ts";
import { configOf } from "./config.ts";
import { tinyDataset, tinyRecipe } from "./tiny_data.ts";

const recipe = tinyRecipe();
const config = configOf(recipe, "quick", tinyDataset(16, 16));
const NAME = "bert.encoder.layer.0.attention.self.query.weight";
const LAYER = { name: NAME, rows: 16, cols: 16 };

async function withPruner(
  changes: Partial<Sparsity>,
  body: (pruner: Pruner, network: Network) => void,
): Promise<void> {
  using machine = await openTraining();
  using network = createNetwork(machine, config, initialiseBert(config, createRandom(1)));
  using pruner = createPruner(network, [LAYER], {
    sparsity: { ...pruningRuleOf(recipe), pattern: "unstructured", target: 0.5, ...changes },
    window: { start: 0, end: 4, frequency: 2 },
  });
  body(pruner, network);
}

function weightsOf(network: Network): Float32Array {
  return viewOf(network, network.slots.find(({ name }) => name === NAME)!.weights);
}

function gradient(value: number): Float32Array<ArrayBuffer> {
  return new Float32Array(256).fill(value);
}

Deno.test("score() with snip_momentum keeps 0.9 of the scores and adds |W·G|", async () => {
  await withPruner({ criterion: "snip_momentum" }, (pruner, network) => {
    weightsOf(network).fill(-2);
    for (const value of [1, -0.5, 3]) pruner.score(NAME, gradient(value));
    // 0.9 · (0.9 · 2 + 1) + 6
    assertAlmostEquals(pruner.scores().get(NAME)![0]!, 8.52, 1e-5);
  });
});

Deno.test("score() with snip forgets what was before", async () => {
  await withPruner({ criterion: "snip" }, (pruner, network) => {
    weightsOf(network).fill(-2);
    for (const value of [1, -0.5]) pruner.score(NAME, gradient(value));
    assertEquals(pruner.scores().get(NAME)![0]!, 1);
  });
});

Deno.test("beginStep() brings patterns that decide their sparsity to it, and not past it", async () => {
  const targets = {
    "partitioned-xy-2:8": 0.75,
    "block-x-2-partitioned-y-1:4": 0.75,
    "complementary-4": 0.75,
  };
  for (const [pattern, target] of Object.entries(targets)) {
    const changes = { pattern, target, criterion: "magnitude", schedule: "linear" } as const;
    await withPruner(changes, (pruner, network) => {
      const random = createRandom(pattern);
      weightsOf(network).forEach((_, i, weights) => weights[i] = random.normal());
      for (const step of [0, 1, 2, 3, 4, 5]) pruner.beginStep(step);
      assertEquals([pruner.sparsity, pruner.done], [target, true], pattern);
      const proof = proveMask(pruner.masks.of.get(NAME)!, parsePattern(pattern));
      assertEquals(proof.violation, null);
    });
  }
});

Deno.test("beginStep() prunes by the schedule and zeroes what fell", async () => {
  await withPruner({ criterion: "magnitude", schedule: "linear" }, (pruner, network) => {
    weightsOf(network).forEach((_, i, weights) => weights[i] = i + 1);
    const sparsities = [0, 1, 2, 3, 4, 5].map((step) => {
      pruner.beginStep(step);
      return pruner.sparsity;
    });
    assertEquals(sparsities, [0, 0, 0.25, 0.25, 0.5, 0.5]);
    assertEquals(pruner.done, true);
    const weights = weightsOf(network);
    assertEquals([weights[127], weights[128]], [0, 129]);
    assertEquals(pruner.maskOf(NAME)!.slice(126, 130), Float32Array.of(0, 0, 1, 1));
    assertEquals(pruner.maskOf("classifier.weight"), null);
  });
});

Deno.test("restore() puts masks, scores and zeros back", async () => {
  await withPruner({ criterion: "snip_momentum", schedule: "one_shot" }, (pruner, network) => {
    weightsOf(network).fill(1);
    pruner.score(NAME, gradient(0).map((_, i) => i));
    pruner.beginStep(0);
    const saved = {
      masks: pruner.masks,
      scores: new Map([[NAME, pruner.scores().get(NAME)!.slice()]]),
    };
    weightsOf(network).fill(1);
    pruner.score(NAME, gradient(100));
    pruner.restore(saved.masks, saved.scores);
    assertEquals(pruner.scores().get(NAME)![255], 255);
    assertEquals(weightsOf(network)[0], 0);
    assertEquals(pruner.sparsity, 0.5);
  });
});

Deno.test("addLasso() adds alpha · W / ‖block‖ and drops the gradient of pruned weights", () => {
  const mask = { rows: 2, cols: 2, kept: Uint8Array.of(1, 0, 1, 0) };
  const weights = Float32Array.of(3, 0, 4, 0);
  const found = Float32Array.of(1, 1, 1, 1);
  addLasso(mask, weights, found, "2x1", 10);
  assertEquals([...found], [7, 0, 9, 0]);
});
