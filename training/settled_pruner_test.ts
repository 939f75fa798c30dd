import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { createRandom, maskOf } from "../core/mod.ts";
import { type Floats, openTraining, plainLoops, type TfTensor } from "../engines/tfjs/mod.ts";
import { createGradualPruner } from "./gradual_pruner.ts";
import { skipSettledZeros } from "./settled_pruner.ts";
import { plainRule } from "./tiny_layers.ts";

const LAYER = { name: "fc.weight", rows: 32, cols: 16 };
const WINDOW = { start: 0, end: 4, frequency: 2 };
const TOKENS = 64;

/** Ten steps of pruned gradient descent on `½ ‖x · Wᵀ + b‖²`; the weights after it, and what the pruner said. */
async function descend(
  skips: boolean,
  clips = false,
): Promise<{ weights: Floats; uses: string[] }> {
  using machine = await openTraining();
  const { heap, ops: { tf } } = machine;
  const random = createRandom(5);
  const draw = (shape: number[]): TfTensor =>
    tf.tensor(
      Float32Array.from({ length: shape.reduce((a, b) => a * b) }, () => random.normal()),
      shape,
    );
  const weight = draw([LAYER.rows, LAYER.cols]);
  const [bias, x] = [draw([LAYER.rows]), draw([TOKENS, LAYER.cols])];
  const masking = createGradualPruner(
    [LAYER],
    {
      weights: () => heap.float32(weight),
      states: () => [],
    },
    plainLoops,
    {
      sparsity: plainRule("4x1", 0.75),
      window: WINDOW,
    },
  );
  using pruner = skipSettledZeros(masking, { machine, tensorOf: () => weight, clips });
  const uses: string[] = [];
  for (let step = 0; step < 10; step++) {
    (skips ? pruner : masking).beginStep(step);
    const { grads } = tf.engine().gradients(
      () => tf.mul(tf.sum(tf.square(machine.ops.linear(x, weight, bias))), 0.5).asScalar(),
      [weight],
    );
    const mask = pruner.maskOf(LAYER.name);
    const [values, gradient] = [heap.float32(weight), heap.float32(grads[0]!)];
    values.forEach((value, i) => values[i] = (value - 1e-3 * gradient[i]!) * (mask?.[i] ?? 1));
    uses.push(Object.values(pruner.uses[0]?.products ?? {}).join());
  }
  return { weights: heap.float32(weight).slice(), uses };
}

Deno.test("skipSettledZeros() trains what the pruner alone trains, skipping zeros once masks have settled", async () => {
  const [dense, sparse] = [await descend(false), await descend(true)];
  dense.weights.forEach((value, i) => assertAlmostEquals(sparse.weights[i]!, value, 1e-5, `${i}`));
  const { kept } = maskOf(sparse.weights, LAYER.rows, LAYER.cols);
  assertEquals(kept.filter((keep) => keep === 0).length, 0.75 * kept.length);
  const first = sparse.uses.findIndex((use) => use !== "");
  assert(first > WINDOW.end, `${first}`);
  assertEquals(sparse.uses[first], "sparse,sparse,sparse");
  assertEquals(dense.uses.every((use) => use === ""), true);
});

Deno.test("skipSettledZeros() computes all gradients if they are clipped by their norm", async () => {
  assertEquals((await descend(true, true)).uses.at(-1), "sparse,sparse,dense");
});
