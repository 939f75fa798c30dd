import { assert, assertAlmostEquals, assertEquals, assertRejects } from "@std/assert";
import { createRandom, int64 } from "../../core/mod.ts";
import { bertConfigs, buildBert, initialiseBert, runReference } from "../../models/mod.ts";
import { OP_CASES } from "../op_cases.ts";
import { tfjs } from "./engine.ts";
import { openTfjs } from "./heap.ts";

const config = {
  ...bertConfigs["bert-tiny"],
  layers: 2,
  hidden: 32,
  intermediate: 64,
  vocabulary: 50,
  positions: 16,
};

Deno.test("tfjs agrees with the reference on BERT and frees its tensors", async () => {
  const random = createRandom(1);
  const parameters = initialiseBert(config, random);
  for (const { data } of parameters.values()) {
    data.forEach((value, i) => data[i] = 5 * value);
  }
  for (const head of ["classification", "span"] as const) {
    const headed = { ...config, head };
    const weights = initialiseBert(headed, random);
    for (const name of weights.keys()) {
      if (parameters.has(name)) weights.set(name, parameters.get(name)!);
    }
    const graph = buildBert(headed, { batch: 2, sequence: 8 }, weights, {
      outputs: ["last_hidden_state"],
    });
    const draw = (below: number) =>
      int64([2, 8], Array.from({ length: 16 }, () => random.integer(below)));
    const inputs = {
      input_ids: draw(50),
      attention_mask: int64([2, 8], [1, 1, 1, 1, 1, 1, 0, 0, 1, 1, 1, 1, 0, 0, 0, 0]),
      token_type_ids: draw(2),
    };
    const { tf } = await openTfjs();
    const before = tf.memory().numTensors;
    const session = await tfjs.load(graph, { threads: 1 });
    const outputs = await session.run(inputs);
    assertEquals(Object.keys(outputs), graph.outputs.map(({ name }) => name));
    const wanted = runReference(graph, inputs);
    for (const { name } of graph.outputs) {
      assertEquals(outputs[name]!.shape, wanted[name]!.shape);
      outputs[name]!.data.forEach((value, i) =>
        assertAlmostEquals(Number(value), Number(wanted[name]!.data[i]), 1e-4, `${name} ${i}`)
      );
    }
    await session[Symbol.asyncDispose]();
    assertEquals(tf.memory().numTensors, before);
  }
});

Deno.test("tfjs tells what it is, and refuses more threads and wrong inputs", async () => {
  const availability = await tfjs.probe();
  assert(availability.available);
  assertEquals(availability.version, "4.22.0");
  const graph = buildBert(config, { batch: 1, sequence: 8 });
  await assertRejects(() => tfjs.load(graph, { threads: 2 }), RangeError, "expected 1");
  const session = await tfjs.load(graph, { threads: 1 });
  await assertRejects(
    async () => await session.run({ input_ids: int64([1, 8], new Array(8).fill(1)) }),
    TypeError,
    'input "attention_mask" is missing',
  );
  await session[Symbol.asyncDispose]();
});

for (const { name, graph, inputs } of OP_CASES) {
  Deno.test(`tfjs agrees with the reference on ${name}`, async () => {
    const session = await tfjs.load(graph, { threads: 1 });
    const outputs = await session.run(inputs);
    const wanted = runReference(graph, inputs);
    for (const output of graph.outputs) {
      const found = outputs[output.name]!;
      assertEquals([found.dtype, found.shape], [output.dtype, output.shape]);
      found.data.forEach((value, i) =>
        assertAlmostEquals(Number(value), Number(wanted[output.name]!.data[i]), 1e-5, `${i}`)
      );
    }
    await session[Symbol.asyncDispose]();
  });
}
