import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { createRandom } from "../../core/mod.ts";
import { buildCifarResNet } from "../../models/mod.ts";
import { executePlan, toTf } from "./execute.ts";
import { fastLoops } from "./fast_loops.ts";
import { openTfjs, type TfTensor, tidied } from "./heap.ts";
import { type Loops, plainLoops } from "./loops.ts";
import { registerOwnKernels } from "./own_kernels.ts";
import { ownOps } from "./own_ops.ts";
import { planGraph } from "./plan.ts";

const { tf, heap } = await openTfjs();
const random = createRandom(2);
const BATCH = 5;
const config = { name: "tiny", blocks: 1, width: 4, image: 8, classes: 3 };
const graph = buildCifarResNet(config, { batch: BATCH });
const plan = planGraph(graph);
const parameters = new Map(
  [...graph.initializers].filter(([name]) => !name.includes("running") && !name.startsWith("zeros"))
    .map(([name, tensor]) => {
      // Gains of branches start at small values, where differences drown in rounding.
      if (tensor.dtype === "float32" && name.includes("bn")) {
        tensor.data.forEach((value, i) => tensor.data[i] = value + 0.5 + 0.2 * random.normal());
      }
      return [name, tf.keep(toTf(tf, tensor))];
    }),
);
const images = tf.keep(tf.tensor(
  Float32Array.from({ length: BATCH * 3 * 64 }, () => random.normal()),
  [BATCH, 3, 8, 8],
));

/** A loss that weighs the logits, and its gradients. */
function derive(loops: Loops): { value: number; gradients: Map<string, Float32Array> } {
  registerOwnKernels(tf, heap, loops);
  const training = { batchStatistics: () => {} };
  const loss = (): TfTensor => {
    const { logits } = executePlan(ownOps(tf, heap), plan, { images }, parameters, { training });
    const weights = tf.range(0, logits!.size).reshape(logits!.shape);
    return tf.sum(tf.mul(tf.sin(weights), logits!)).asScalar();
  };
  return tidied(tf, () => {
    const { value, grads } = tf.engine().gradients(loss, [...parameters.values()]);
    return {
      value: value.dataSync()[0]!,
      gradients: new Map(
        [...parameters.keys()].map((name, i) => [name, Float32Array.from(grads[i]!.dataSync())]),
      ),
    };
  });
}

Deno.test("a residual network has the gradients of plain loops on fast ones", () => {
  using fast = fastLoops({ threads: 2 });
  const [found, wanted] = [derive(fast), derive(plainLoops)];
  assertAlmostEquals(found.value, wanted.value, 1e-4 * Math.abs(wanted.value));
  for (const [name, gradient] of wanted.gradients) {
    const scale = Math.max(1e-2, ...gradient.map(Math.abs));
    gradient.forEach((value, i) =>
      assertAlmostEquals(found.gradients.get(name)![i]!, value, 1e-3 * scale, `${name} ${i}`)
    );
  }
});

Deno.test("a residual network has the gradients of finite differences", () => {
  const { gradients } = derive(plainLoops);
  let far = 0;
  for (const [name, tensor] of parameters) {
    const gradient = gradients.get(name)!;
    const at = gradient.reduce(
      (best, value, i) => Math.abs(value) > Math.abs(gradient[best]!) ? i : best,
      0,
    );
    const [before, step] = [heap.float32(tensor)[at]!, 1e-2];
    const values = [step, -step].map((away) => {
      heap.float32(tensor)[at] = before + away;
      return derive(plainLoops).value;
    });
    heap.float32(tensor)[at] = before;
    const slope = (values[0]! - values[1]!) / (2 * step);
    if (Math.abs(slope - gradient[at]!) > 0.05 * Math.abs(gradient[at]!) + 0.01) far++;
  }
  // A step may turn a ReLU; that it does so for one weight in six is unlikely.
  assert(far <= parameters.size / 6, `${far} of ${parameters.size} are far off`);
});

Deno.test("steps of a residual network leave no tensor behind", () => {
  using fast = fastLoops();
  derive(fast);
  const { numTensors, numBytes } = tf.memory();
  for (let step = 0; step < 20; step++) derive(fast);
  assertEquals(tf.memory().numTensors, numTensors);
  assertEquals(tf.memory().numBytes, numBytes);
});
