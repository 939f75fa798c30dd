import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { createRandom } from "../core/mod.ts";
import {
  executePlan,
  type FrozenUse,
  openTraining,
  plainLoops,
  planGraph,
  type TfTensor,
  tidied,
  toTf,
} from "../engines/tfjs/mod.ts";
import { buildCifarResNet } from "../models/mod.ts";
import { createGradualPruner } from "./gradual_pruner.ts";
import { chooseLayers } from "./layers.ts";
import { skipSettledZeros } from "./settled_pruner.ts";
import { plainRule } from "./tiny_layers.ts";

const BATCH = 5;
const CONFIG = { name: "tiny", blocks: 1, width: 8, image: 8, classes: 3 };
const WINDOW = { start: 0, end: 4, frequency: 2 };
const STEPS = 10;

/** Losses of pruned gradient descent on a residual network, and how products were computed in each step. */
async function descend(
  pattern: string,
  skips: boolean,
): Promise<{ losses: number[]; uses: (readonly FrozenUse[])[] }> {
  using machine = await openTraining();
  const { heap, ops, ops: { tf } } = machine;
  const random = createRandom(9);
  const graph = buildCifarResNet(CONFIG, { batch: BATCH });
  const plan = planGraph(graph);
  const fixed = (name: string) => name.includes("running") || name.startsWith("zeros");
  const parameters = new Map(
    [...graph.initializers].filter(([name]) => !fixed(name)).map(
      ([name, tensor]) => {
        const value = tf.keep(toTf(tf, tensor));
        const values = heap.float32(value);
        values.forEach((_, i) => values[i] = values[i]! + 0.2 * random.normal());
        return [name, value];
      },
    ),
  );
  const tensorOf = (name: string) => parameters.get(name)!;
  const draw = (shape: number[]): TfTensor =>
    tf.keep(tf.tensor(
      Float32Array.from({ length: shape.reduce((a, b) => a * b) }, () => random.normal()),
      shape,
    ));
  const [images, target] = [draw([BATCH, 3, 8, 8]), draw([BATCH, 3])];
  const { pruned: layers } = chooseLayers(graph, { pattern, include: ["conv"], exclude: ["stem"] });
  const values = { weights: (name: string) => heap.float32(tensorOf(name)), states: () => [] };
  const masking = createGradualPruner(layers, values, plainLoops, {
    sparsity: { ...plainRule(pattern, 0.75), scope: "layer" },
    window: WINDOW,
  });
  using pruner = skipSettledZeros(masking, { machine, tensorOf, clips: false });
  const [losses, uses]: [number[], (readonly FrozenUse[])[]] = [[], []];
  for (let step = 0; step < STEPS; step++) {
    (skips ? pruner : masking).beginStep(step);
    // Once pruned weights are skipped, they are not read.
    const pruned = pruner.uses.length > 0 ? NaN : 0;
    tidied(tf, () => {
      const leaves = [...parameters.values()];
      const { value, grads } = tf.engine().gradients(() => {
        const training = { batchStatistics: () => {} };
        const { logits } = executePlan(ops, plan, { images }, parameters, { training });
        return tf.mean(tf.square(tf.sub(logits!, target))).asScalar();
      }, leaves);
      losses.push(heap.float32(value)[0]!);
      [...parameters].forEach(([name, tensor], i) => {
        const [weights, gradient] = [heap.float32(tensor), heap.float32(grads[i]!)];
        const mask = pruner.maskOf(name);
        weights.forEach((weight, j) =>
          weights[j] = mask?.[j] === 0 ? pruned : weight - 0.02 * gradient[j]!
        );
      });
    });
    uses.push(pruner.uses);
  }
  tf.dispose([...parameters.values(), images, target]);
  return { losses, uses };
}

for (const pattern of ["unstructured", "2x1"]) {
  Deno.test(`skipSettledZeros() trains convolutions of ${pattern} as the pruner alone does`, async () => {
    const [dense, sparse] = [await descend(pattern, false), await descend(pattern, true)];
    dense.losses.forEach((loss, step) =>
      assertAlmostEquals(sparse.losses[step]!, loss, 1e-4 * loss, `step ${step}`)
    );
    assert(dense.losses.at(-1)! < dense.losses[0]!);
    assert(dense.uses.every((uses) => uses.length === 0));
    const settled = sparse.uses.findIndex((uses) => uses.length > 0);
    assert(settled > WINDOW.end, `${settled}`);
    const kinds = sparse.uses[settled]!.map(({ products }) => Object.values(products).join());
    assert(kinds.length > 2);
    assertEquals(new Set(kinds), new Set(["sparse,sparse,sparse"]));
    assertEquals(sparse.losses.slice(0, settled), dense.losses.slice(0, settled));
  });
}
