import { assert, assertEquals, assertGreater, assertRejects, assertThrows } from "@std/assert";
import { createRandom, float32, int64 } from "../core/mod.ts";
import {
  type BertConfig,
  bertConfigs,
  buildBert,
  createGraphBuilder,
  decodeOnnx,
  encodeOnnx,
  type Graph,
  initialiseBert,
  networkNamed,
  runReference,
  zeroParameters,
} from "../models/mod.ts";
import type { Engine, Tensors } from "./engine.ts";
import { onnxruntimeNode } from "./onnxruntime_node.ts";
import { onnxruntimeWeb } from "./onnxruntime_web.ts";
import { OP_CASES } from "./op_cases.ts";
import { tfjs } from "./tfjs/mod.ts";

const config: BertConfig = {
  ...bertConfigs["bert-tiny"],
  hidden: 32,
  intermediate: 48,
  vocabulary: 60,
  positions: 24,
};
const shape = { batch: 2, sequence: 17 };
const graph = buildBert(config, shape, initialiseBert(config, createRandom("ort")), {
  outputs: ["last_hidden_state"],
});
const inputs: Tensors = {
  input_ids: int64([2, 17], Array.from({ length: 34 }, (_, i) => (i * 13) % 60)),
  attention_mask: int64([2, 17], Array.from({ length: 34 }, (_, i) => Number(i < 17 || i < 29))),
  token_type_ids: int64([2, 17], Array.from({ length: 34 }, (_, i) => i % 2)),
};

/** Largest difference between two runs, relative to values of size 1 and above. */
function largestDifference(a: Tensors, b: Tensors): number {
  assertEquals(Object.keys(a), Object.keys(b));
  let largest = 0;
  for (const [name, { dtype, shape, data }] of Object.entries(a)) {
    assertEquals([b[name]!.dtype, b[name]!.shape], [dtype, shape]);
    data.forEach((value, i) => {
      const wanted = Number(b[name]!.data[i]);
      const difference = Math.abs(Number(value) - wanted) / Math.max(1, Math.abs(wanted));
      largest = Math.max(largest, difference); // NaN stays NaN
    });
  }
  return largest;
}

// The first session of onnxruntime-web opens a message port that lives as long as the process; no test is to blame for it.
const first = await onnxruntimeWeb.load(graph, { threads: 1 });
await first[Symbol.asyncDispose]();

for (const engine of [onnxruntimeNode, onnxruntimeWeb]) {
  Deno.test(`${engine.id} says its version`, async () => {
    const found = await engine.probe();
    assert(found.available, JSON.stringify(found));
    assertEquals(found.version, "1.30.0");
  });

  Deno.test(`${engine.id} agrees with the reference on every op`, async (t) => {
    for (const { name, graph, inputs } of OP_CASES) {
      await t.step(name, async () => {
        await using session = await engine.load(graph, { threads: 1 });
        const error = largestDifference(await session.run(inputs), runReference(graph, inputs));
        assert(error < 1e-5, `${error}`);
      });
    }
  });

  Deno.test(`${engine.id} agrees with the reference on BERT`, async () => {
    await using session = await engine.load(graph, { threads: 1 });
    assertGreater(session.loadMs, 0);
    assertEquals(session.dispatch, []);
    const error = largestDifference(await session.run(inputs), runReference(graph, inputs));
    assert(error < 1e-5, `${error}`);
  });

  Deno.test(`${engine.id} gives outputs that later runs leave alone`, async () => {
    await using session = await engine.load(graph, { threads: 1 });
    const first = (await session.run(inputs)).logits!;
    const kept = [...first.data];
    await session.run({ ...inputs, input_ids: int64([2, 17], Array(34).fill(3)) });
    assertEquals([...first.data], kept);
  });

  Deno.test(`${engine.id} refuses inputs that do not fit`, async () => {
    await using session = await engine.load(graph, { threads: 1 });
    const mask = { ...inputs, attention_mask: float32([2, 17]) };
    await assertRejects(() => session.run(mask), TypeError, '"attention_mask" is float32');
    await assertRejects(() => session.run({}), TypeError, '"input_ids" is missing');
    const { length } = (await session.run(inputs)).logits!.data; // and goes on working
    assertEquals(length, 4);
  });

  Deno.test(`${engine.id} can be disposed twice`, async () => {
    const session = await engine.load(graph, { threads: 1 });
    await session[Symbol.asyncDispose]();
    await session[Symbol.asyncDispose]();
  });
}

Deno.test("onnxruntime-node and onnxruntime-web agree on BERT", async () => {
  const outputs = await Promise.all([onnxruntimeNode, onnxruntimeWeb].map((engine) => run(engine)));
  assert(largestDifference(outputs[0]!, outputs[1]!) < 1e-4);
});

async function run(engine: Engine): Promise<Tensors> {
  await using session = await engine.load(graph, { threads: 1 });
  return await session.run(inputs);
}

Deno.test("onnxruntime-node gives the same result with 2 threads", async () => {
  await using one = await onnxruntimeNode.load(graph, { threads: 1 });
  await using two = await onnxruntimeNode.load(graph, { threads: 2 });
  assert(largestDifference(await one.run(inputs), await two.run(inputs)) < 1e-5);
});

Deno.test("onnxruntime-node runs a graph that was read from a file", async () => {
  const read = decodeOnnx(encodeOnnx(graph), "bert.onnx");
  await using session = await onnxruntimeNode.load(read, { threads: 1 });
  assert(largestDifference(await session.run(inputs), runReference(graph, inputs)) < 1e-5);
});

Deno.test("onnxruntime-web refuses a second number of threads in one process", async () => {
  await using _session = await onnxruntimeWeb.load(graph, { threads: 1 });
  await assertRejects(
    () => onnxruntimeWeb.load(graph, { threads: 2 }),
    RangeError,
    "with 2 threads: this process runs it with 1",
  );
});

/** Sums rows of 33 tables of 64 MiB, which share memory here and take 2.06 GiB in an engine. */
function largeGraph(): Graph {
  const builder = createGraphBuilder("large");
  const rows = 2 ** 18;
  const table = float32([rows, 64], new Float32Array(rows * 64).fill(0.5));
  const ids = builder.input("ids", "int64", [2]);
  const picked = Array.from({ length: 33 }, (_, i) => {
    const name = builder.parameter(`table ${i}`, table);
    return builder.node("Gather", `rows ${i}`, [name, ids]);
  });
  const sum = picked.reduce((sum, row, i) => builder.node("Add", `sum ${i}`, [sum, row]));
  builder.output(sum, "y");
  return builder.build();
}

Deno.test("onnxruntime-node loads graphs that no .onnx file can hold", async () => {
  const large = largeGraph();
  assertThrows(() => encodeOnnx(large), RangeError, "2.06 GiB, expected less than 2 GiB");
  await using session = await onnxruntimeNode.load(large, { threads: 1 });
  const { y } = await session.run({ ids: int64([2], [0, 2 ** 18 - 1]) });
  assert([...y!.data].every((value) => value === 16.5));
});

Deno.test("onnxruntime-web and tfjs refuse graphs that WebAssembly cannot hold, before they load anything", async () => {
  const large = networkNamed("bert-large").build({ batch: 512 }, zeroParameters());
  for (const engine of [onnxruntimeWeb, tfjs]) {
    await assertRejects(
      () => engine.load(large, { threads: 1 }),
      RangeError,
      `Cannot load bert-large in ${engine.id}: it needs about `,
    );
  }
});
