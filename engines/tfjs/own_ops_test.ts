import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { createRandom, type TensorOf } from "../../core/mod.ts";
import { type BertConfig, buildBert, initialiseBert, runReference } from "../../models/mod.ts";
import { OP_CASES } from "../op_cases.ts";
import { executePlan, toTf, type Values } from "./execute.ts";
import { openTfjs, type TfTensor, tidied } from "./heap.ts";
import { fastLoops } from "./fast_loops.ts";
import { type Loops, plainLoops } from "./loops.ts";
import { type Ops, stockOps } from "./ops.ts";
import { registerOwnKernels } from "./own_kernels.ts";
import { ownOps } from "./own_ops.ts";
import { planGraph } from "./plan.ts";

const config: BertConfig = {
  name: "bert-test",
  layers: 2,
  hidden: 16,
  heads: 2,
  intermediate: 24,
  vocabulary: 20,
  positions: 12,
  typeVocabulary: 2,
  head: "classification",
  classes: 3,
  layerNormEpsilon: 1e-12,
};
const shape = { batch: 2, sequence: 8 };

const tfjs = await openTfjs();
const { tf } = tfjs;
const random = createRandom(7);

/** Weights larger than a fresh network's, so that no gradient is lost in rounding. */
function wide(): Map<string, TensorOf<"float32">> {
  const parameters = initialiseBert(config, random.fork("weights"));
  for (const { data } of parameters.values()) {
    for (let i = 0; i < data.length; i++) data[i] = data[i]! * 4 + 0.1 * random.normal();
  }
  return parameters;
}

const parameters = wide();
const graph = buildBert(config, shape, parameters, { outputs: ["last_hidden_state"] });
const plan = planGraph(graph);

function inputs(): Values {
  const ids = [3, 7, 1, 19, 0, 0, 0, 0, 2, 7, 7, 5, 4, 9, 11, 0];
  const tensor = (values: number[]) => tf.tensor(values, [2, 8], "int32");
  return {
    input_ids: tensor(ids),
    attention_mask: tensor(ids.map((id) => Number(id !== 0))),
    token_type_ids: tensor(ids.map((id) => id % 2)),
  };
}

/** A scalar that depends on all outputs, and its gradients. */
function derive(ops: Ops, tensors: ReadonlyMap<string, TfTensor>): {
  value: number;
  gradients: Map<string, Float32Array>;
} {
  const names = [...tensors.keys()];
  const loss = (): TfTensor => {
    const { logits, last_hidden_state } = executePlan(ops, plan, inputs(), tensors);
    const weights = tf.range(0, logits!.size).reshape(logits!.shape);
    return tf.add(tf.sum(tf.mul(logits!, weights)), tf.sum(tf.square(last_hidden_state!)))
      .asScalar();
  };
  return tidied(tf, () => {
    const { value, grads } = tf.engine().gradients(loss, [...tensors.values()]);
    return {
      value: value.dataSync()[0]!,
      gradients: new Map(names.map((name, i) => [name, grads[i]!.dataSync() as Float32Array])), // float32 parameters
    };
  });
}

function tensorsOf(names: (name: string) => boolean): Map<string, TfTensor> {
  return new Map(
    [...parameters].filter(([name]) => names(name)).map(([name, { shape, data }]) => [
      name,
      tf.tensor(data, [...shape], "float32"),
    ]),
  );
}

function assertClose(found: ArrayLike<number>, wanted: ArrayLike<number>, name: string): void {
  const scale = Math.max(1e-2, ...Array.from(wanted, Math.abs));
  for (let i = 0; i < wanted.length; i++) {
    assertAlmostEquals(found[i]!, wanted[i]!, 2e-4 * scale, `${name}[${i}]`);
  }
}

/** Checks a set of loops against tfjs' own operations and gradients. */
function checkLoops(loops: Loops): void {
  registerOwnKernels(tf, tfjs.heap, loops);
  // tfjs' own look-up has no gradient on this backend.
  const tensors = tensorsOf((name) => !name.includes("_embeddings"));
  const stock = derive(stockOps(tf), tensors);
  const own = derive(ownOps(tf, tfjs.heap), tensors);
  assertAlmostEquals(own.value, stock.value, 1e-4 * Math.abs(stock.value));
  for (const [name, gradient] of stock.gradients) {
    assert(gradient.some((value) => value !== 0) || name.includes("key.bias"), name);
    assertClose(own.gradients.get(name)!, gradient, name);
  }
  tf.dispose([...tensors.values()]);
}

Deno.test("ownOps() with plain loops has the values and gradients of tfjs' operations", () => {
  checkLoops(plainLoops);
});

Deno.test("ownOps() with fast loops has the values and gradients of tfjs' operations", () => {
  using loops = fastLoops();
  checkLoops(loops);
});

Deno.test("ownOps() differentiates look-ups as finite differences do", () => {
  registerOwnKernels(tf, tfjs.heap, plainLoops);
  const tensors = tensorsOf((name) => name.includes("_embeddings"));
  const { gradients } = derive(ownOps(tf, tfjs.heap), tensors);
  const step = 2e-3;
  for (const [name, tensor] of tensors) {
    const gradient = gradients.get(name)!;
    const data = tfjs.heap.float32(tensor);
    // The largest element: rounding matters least there.
    const at = gradient.reduce(
      (best, value, i) => Math.abs(value) > Math.abs(gradient[best]!) ? i : best,
      0,
    );
    const before = data[at]!;
    data[at] = before + step;
    const above = derive(ownOps(tf, tfjs.heap), tensors).value;
    tfjs.heap.float32(tensor)[at] = before - step;
    const below = derive(ownOps(tf, tfjs.heap), tensors).value;
    tfjs.heap.float32(tensor)[at] = before;
    assertAlmostEquals(
      (above - below) / (2 * step),
      gradient[at]!,
      0.03 * Math.abs(gradient[at]!),
      name,
    );
  }
  const words = gradients.get("bert.embeddings.word_embeddings.weight")!;
  const unused = 18 * config.hidden;
  assertEquals(
    [...words.subarray(unused, unused + config.hidden)].every((value) => value === 0),
    true,
  );
  tf.dispose([...tensors.values()]);
});

Deno.test("ownOps() leaves no tensor behind", () => {
  registerOwnKernels(tf, tfjs.heap, plainLoops);
  const tensors = tensorsOf(() => true);
  derive(ownOps(tf, tfjs.heap), tensors);
  const { numTensors, numBytes } = tf.memory();
  derive(ownOps(tf, tfjs.heap), tensors);
  assertEquals(tf.memory().numTensors, numTensors);
  assertEquals(tf.memory().numBytes, numBytes);
  tf.dispose([...tensors.values()]);
});

Deno.test("dropout() drops the given fraction, keeps the mean, and drops the gradient alike", () => {
  const ops = ownOps(tf, tfjs.heap);
  tidied(tf, () => {
    const x = tf.ones([10_000]);
    const { value, grads } = tf.engine().gradients(
      () => tf.sum(ops.dropout(x, 0.1, 5)).asScalar(),
      [x],
    );
    const y = ops.dropout(x, 0.1, 5).dataSync();
    const zeros = y.filter((element) => element === 0).length;
    assertAlmostEquals(zeros / y.length, 0.1, 0.01);
    assertAlmostEquals(value.dataSync()[0]!, 10_000, 150);
    assertEquals(grads[0]!.dataSync(), y);
    const other = ops.dropout(x, 0.1, 6).dataSync();
    assert(other.some((element, i) => element !== y[i]));
  });
});

for (const { name, graph, inputs } of OP_CASES) {
  Deno.test(`ownOps() agrees with the reference on ${name}`, () => {
    registerOwnKernels(tf, tfjs.heap, plainLoops);
    tidied(tf, () => {
      const values = Object.fromEntries(
        Object.entries(inputs).map(([input, tensor]) => [input, toTf(tf, tensor)]),
      );
      const outputs = executePlan(ownOps(tf, tfjs.heap), planGraph(graph), values, new Map());
      const wanted = runReference(graph, inputs);
      for (const output of graph.outputs) {
        assertEquals(outputs[output.name]!.shape, [...output.shape]);
        outputs[output.name]!.dataSync().forEach((value, i) =>
          assertAlmostEquals(value, Number(wanted[output.name]!.data[i]), 1e-5, `${i}`)
        );
      }
    });
  });
}
