import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { createRandom, sizeOf } from "../../core/mod.ts";
import { createNetworkBuilder, drawParameters, type Graph } from "../../models/mod.ts";
import { executeGraph } from "./execute.ts";
import { openTfjs, type TfTensor, tidied } from "./heap.ts";
import { plainLoops } from "./loops.ts";
import { type Ops, stockOps } from "./ops.ts";
import { registerOwnKernels } from "./own_kernels.ts";
import { ownOps } from "./own_ops.ts";

const { tf, heap } = await openTfjs();
const random = createRandom(11);

function draw(mean: number, ...shape: number[]): TfTensor {
  const length = sizeOf(shape);
  return tf.tensor(Float32Array.from({ length }, () => mean + 2 * random.normal()), shape);
}

interface Ending {
  readonly residual: boolean;
  readonly relu: boolean;
}

function graphOf(shape: readonly number[], { residual, relu }: Ending): Graph {
  const network = createNetworkBuilder("test", drawParameters(1));
  let y = network.batchNorm(network.input("x", "float32", shape), "bn", shape[1]!);
  if (residual) y = network.node("Add", "sum", [y, network.input("beside", "float32", shape)]);
  network.output(relu ? network.relu(y, "relu") : y, "y");
  return network.build();
}

/** Values of the graph of {@linkcode graphOf}. */
function drawValues(shape: readonly number[], { residual }: Ending): Map<string, TfTensor> {
  const channels = shape[1]!;
  return new Map([
    ["x", draw(3, ...shape)],
    ...residual ? [["beside", draw(-2, ...shape)] as const] : [],
    ["bn.weight", draw(3, channels)],
    ["bn.bias", draw(0, channels)],
    ["bn.running_mean", draw(3, channels)],
    ["bn.running_var", tf.square(draw(3, channels))],
  ]);
}

/** The output, gradients of its weighted sum by what has one, and what was told of the batch. */
function derive(
  ops: Ops,
  graph: Graph,
  values: ReadonlyMap<string, TfTensor>,
  weights: TfTensor,
  batch: boolean,
): ReadonlyMap<string, Float32Array> {
  const found = new Map<string, Float32Array>();
  const tell = (name: string, values: TfTensor) =>
    void found.set(name, Float32Array.from(values.dataSync()));
  const training = {
    batchStatistics(_: unknown, mean: TfTensor, variance: TfTensor): void {
      tell("told mean", mean);
      tell("told variance", variance);
    },
  };
  const names = [...values.keys()].filter((name) => !name.includes("running"));
  tidied(tf, () => {
    const { grads } = tf.engine().gradients(() => {
      const inputs = Object.fromEntries(values);
      const { y } = executeGraph(ops, graph, inputs, values, batch ? { training } : {});
      tell("y", y!);
      return tf.sum(tf.mul(y!, weights)).asScalar();
    }, names.map((name) => values.get(name)!));
    names.forEach((name, i) => tell(`gradient by ${name}`, grads[i]!));
  });
  return found;
}

for (const shape of [[4, 3, 5, 2], [6, 5]]) {
  for (const batch of [true, false]) {
    for (const residual of [true, false]) {
      for (const relu of [true, false]) {
        const what = `${shape}, moments of ${batch ? "the batch" : "before"}${
          residual ? ", a residual" : ""
        }${relu ? ", ReLU" : ""}`;
        Deno.test(`normalise() agrees with tfjs' operations on ${what}`, () => {
          registerOwnKernels(tf, heap, plainLoops);
          tidied(tf, () => {
            const [graph, values, weights] = [
              graphOf(shape, { residual, relu }),
              drawValues(shape, { residual, relu }),
              draw(0, ...shape),
            ];
            const wanted = derive(stockOps(tf), graph, values, weights, batch);
            const found = derive(ownOps(tf, heap), graph, values, weights, batch);
            assertEquals([...found.keys()], [...wanted.keys()]);
            assertEquals(found.has("told mean"), batch);
            for (const [name, array] of wanted) {
              const scale = Math.max(1e-2, ...array.map(Math.abs));
              array.forEach((value, i) =>
                assertAlmostEquals(found.get(name)![i]!, value, 5e-5 * scale, `${name} ${i}`)
              );
            }
          });
        });
      }
    }
  }
}

Deno.test("executePlan() puts another activation behind a normalisation in place of its ReLU", () => {
  registerOwnKernels(tf, heap, plainLoops);
  tidied(tf, () => {
    const ending = { residual: false, relu: true };
    const values = drawValues([2, 3, 4, 4], ending);
    const run = (options: Parameters<typeof executeGraph>[4], relu: boolean) => {
      const graph = graphOf([2, 3, 4, 4], { ...ending, relu });
      return executeGraph(ownOps(tf, heap), graph, Object.fromEntries(values), values, options).y!
        .dataSync();
    };
    const activations = new Map([["y", (x: TfTensor) => tf.neg(x)]]);
    const plain = run({}, false);
    assertEquals(run({ activations }, true), plain.map((value) => -value));
  });
});

Deno.test("normalise() leaves no tensor behind", () => {
  registerOwnKernels(tf, heap, plainLoops);
  tidied(tf, () => {
    const shape = [4, 3, 2, 2];
    const graph = graphOf(shape, { residual: true, relu: true });
    const values = drawValues(shape, { residual: true, relu: true });
    const weights = draw(0, ...shape);
    const before = tf.memory();
    const found = derive(ownOps(tf, heap), graph, values, weights, true);
    assert(found.get("gradient by beside")!.some((value) => value !== 0));
    assertEquals(tf.memory().numTensors, before.numTensors);
    assertEquals(tf.memory().numBytes, before.numBytes);
  });
});
