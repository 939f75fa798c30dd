import { assertEquals, assertNotEquals, assertThrows } from "@std/assert";
import { createRandom } from "../core/mod.ts";
import { executeGraph, openTfjs, stockOps, type TfTensor } from "../engines/tfjs/mod.ts";
import { buildNumentaCnn, numentaCnnConfigs } from "../models/mod.ts";
import { createWinnerLayers, type NetworkWinnersPlan } from "./winner_layers.ts";

// As published for the MNIST network of nupic.torch.
const PLAN: NetworkWinnersPlan = {
  percentOn: { cnn1: 0.1, cnn2: 0.2, linear: 0.2 },
  boostStrength: 1.5,
  boostStrengthFactor: 0.85,
  kInferenceFactor: 1.5,
  dutyCyclePeriod: 1000,
  local: false,
};
const graph = buildNumentaCnn(
  numentaCnnConfigs.find(({ name }) => name === "mnist-cnn")!,
  { batch: 3 },
);

Deno.test("createWinnerLayers() keeps as many activations as the plan says, where ReLUs were", async () => {
  const { tf, heap } = await openTfjs();
  const winners = createWinnerLayers(graph, PLAN);
  const random = createRandom(2);
  const pixels = Array.from({ length: 3 * 784 }, () => random.normal());
  const keep = ["cnn1_relu", "cnn2_relu", "linear_relu"];
  const ops = stockOps(tf);
  const counts = (mode: "training" | "evaluation") =>
    tf.tidy(() => {
      const activations = winners.activations({ ops, heap }, 0, mode);
      const inputs = { images: tf.tensor(pixels, [3, 1, 28, 28]) };
      const values = executeGraph(ops, graph, inputs, new Map(), { activations, keep });
      return keep.map((name) => firstExample(values[name]!).filter((x) => x !== 0).length);
    });
  // 0.1 of 32 maps of 12 by 12, 0.2 of 64 of 4 by 4, 0.2 of 700; then half as many again.
  assertEquals(counts("training"), [461, 205, 140]);
  assertEquals(counts("evaluation"), [691, 307, 210]);
  winners.learn();
  assertNotEquals(winners.layers.get("cnn1")!.dutyCycle, new Float32Array(32));
  const again = createWinnerLayers(graph, PLAN);
  again.restore(winners.state());
  assertEquals(again.state(), winners.state());
});

function firstExample(tensor: TfTensor): Float32Array {
  return (tensor.dataSync() as Float32Array).subarray(0, tensor.size / 3); // float32 of the network
}

Deno.test("createWinnerLayers() refuses layers that the graph does not have", () => {
  const plan = { ...PLAN, percentOn: { cnn3: 0.1 } };
  assertThrows(
    () => createWinnerLayers(graph, plan),
    RangeError,
    'no ReLU "cnn3_relu", expected one of cnn1_relu, cnn2_relu, linear_relu',
  );
});
