import { assertAlmostEquals, assertEquals } from "@std/assert";
import { createNetworkBuilder, drawParameters, type Graph } from "../../models/mod.ts";
import { executeGraph, toTf } from "./execute.ts";
import type { TfTensor } from "./heap.ts";
import { openTraining } from "./training.ts";

/** One channel of four values in two examples. */
const X = Float32Array.of(1, 2, 3, 6);

function normalised(): Graph {
  const network = createNetworkBuilder("normalised", drawParameters(1));
  const x = network.input("x", "float32", [2, 1, 1, 2]);
  network.output(network.batchNorm(x, "bn", 1), "y");
  return network.build();
}

Deno.test("executePlan() normalises by the batch and tells its unbiased variance while training", async () => {
  using machine = await openTraining();
  const { ops, heap } = machine;
  const { tf } = ops;
  const graph = normalised();
  const told: number[][] = [];
  const run = (x: TfTensor): TfTensor => {
    const parameters = new Map([...graph.initializers].map(([name, t]) => [name, toTf(tf, t)]));
    const { y } = executeGraph(ops, graph, { x }, parameters, {
      training: {
        batchStatistics(node, mean, variance): void {
          assertEquals(node.op, "BatchNormalization");
          told.push([...heap.float32(mean), ...heap.float32(variance)]);
        },
      },
    });
    return tf.sum(tf.mul(y!, tf.tensor(Float32Array.of(1, 0, 0, 0), [2, 1, 1, 2])));
  };
  const x = tf.tensor(X, [2, 1, 1, 2]);
  const { value, grad } = tf.valueAndGrad(run)(x);
  // By hand: mean 3, squares 4 + 1 + 0 + 9 = 14; biased variance 3.5, unbiased 14 / 3.
  assertEquals(told.length, 1);
  assertAlmostEquals(told[0]![0]!, 3, 1e-6);
  assertAlmostEquals(told[0]![1]!, 14 / 3, 1e-5);
  const scale = 1 / Math.sqrt(3.5 + 1e-5);
  assertAlmostEquals(value.dataSync()[0]!, -2 * scale, 1e-5);
  // d y0 / d x_i = scale · (δ - 1/4 - n_0 n_i / 4), n the normalised values.
  const normal = [-2, -1, 0, 3].map((deviation) => deviation * scale);
  const wanted = normal.map((n, i) => scale * ((i === 0 ? 1 : 0) - 0.25 - normal[0]! * n / 4));
  grad.dataSync().forEach((found, i) => assertAlmostEquals(found, wanted[i]!, 1e-5));
  tf.dispose([x, value, grad]);
});

Deno.test("executePlan() normalises by the running statistics otherwise", async () => {
  using machine = await openTraining();
  const { ops } = machine;
  const y = ops.tf.tidy(() =>
    executeGraph(ops, normalised(), { x: ops.tf.tensor(X, [2, 1, 1, 2]) }, new Map()).y!.dataSync()
  );
  y.forEach((found, i) => assertAlmostEquals(found, X[i]! / Math.sqrt(1 + 1e-5), 1e-5));
});
