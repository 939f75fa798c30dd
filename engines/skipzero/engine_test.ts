import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import {
  applyMask,
  createRandom,
  drawMask,
  float32,
  int64,
  parsePattern,
  type Pattern,
  type Tensor,
} from "../../core/mod.ts";
import { kernelSupport, type Target } from "../../kernels/mod.ts";
import {
  type BertConfig,
  bertConfigs,
  bertEncoderWeights,
  type BertParameters,
  buildBert,
  type Graph,
  initialiseBert,
  runReference,
} from "../../models/mod.ts";
import type { LayerDispatch } from "../engine.ts";
import { compileGraph } from "./compile.ts";
import { skipzeroNative, skipzeroWasm } from "./engine.ts";
import { openSession } from "./session.ts";

const small: BertConfig = {
  ...bertConfigs["bert-tiny"],
  name: "bert-small",
  hidden: 48,
  heads: 3,
  intermediate: 80,
  vocabulary: 50,
  positions: 160,
};

/** Large biases and gammas, so that a forgotten one shows. */
function drawParameters(config: BertConfig, pattern: Pattern, sparsity: number): BertParameters {
  const random = createRandom(7);
  const drawn = new Map(initialiseBert(config, random));
  for (const [name, { shape, data }] of drawn) {
    const isMatrix = shape.length === 2;
    const moved = data.map((value) => isMatrix ? 5 * value : value + 0.3 * random.normal());
    const pruned = bertEncoderWeights(config).has(name);
    const [rows = 0, cols = 0] = shape;
    if (pruned) applyMask(moved, drawMask(random, rows, cols, pattern, sparsity));
    drawn.set(name, float32(shape, moved));
  }
  return drawn;
}

/** Random ids, and sequences of different lengths. */
function drawInputs(graph: Graph, config: BertConfig): Record<string, Tensor> {
  const random = createRandom(11);
  const shape = graph.inputs[0]?.shape ?? [];
  const [batch = 0, sequence = 0] = shape;
  const size = batch * sequence;
  const draw = (below: number) => Array.from({ length: size }, () => random.integer(below));
  const lengths = Array.from({ length: batch }, () => 1 + random.integer(sequence));
  const mask = Array.from(
    { length: size },
    (_, i) => i % sequence < (lengths[Math.floor(i / sequence)] ?? 0) ? 1 : 0,
  );
  return {
    input_ids: int64(shape, draw(config.vocabulary)),
    attention_mask: int64(shape, mask),
    token_type_ids: int64(shape, draw(2)),
  };
}

function largestDifference(a: Tensor | undefined, b: Tensor | undefined): number {
  assert(a?.dtype === "float32" && b?.dtype === "float32");
  assertEquals(a.shape, b.shape);
  return a.data.reduce((most, x, i) => Math.max(most, Math.abs(x - (b.data[i] ?? NaN))), 0);
}

async function checkAgainstReference(
  target: Target,
  threads: number,
  batch: number,
  sequence: number,
  pattern: string,
): Promise<readonly LayerDispatch[]> {
  const parameters = drawParameters(small, parsePattern(pattern), pattern === "2:4" ? 0.5 : 0.8);
  const graph = buildBert(small, { batch, sequence }, parameters, {
    outputs: ["last_hidden_state"],
  });
  const inputs = drawInputs(graph, small);
  const expected = runReference(graph, inputs);
  await using session = openSession("skipzero-native", graph, {
    target,
    threads,
    unpruned: pattern === "dense",
  });
  for (let turn = 0; turn < 2; turn++) {
    const found = await session.run(inputs);
    for (const { name } of graph.outputs) {
      const difference = largestDifference(found[name], expected[name]);
      assert(difference < 2e-4, `${name} differs by ${difference} in run ${turn}`);
    }
  }
  return session.dispatch;
}

const CASES = [
  // threads, batch, sequence, pattern: whole panels, cut panels, several panels, more threads than sequences or panels
  [1, 1, 64, "4x1"],
  [1, 3, 7, "dense"],
  [1, 2, 100, "2:4"],
  [1, 70, 2, "unstructured"],
  [2, 2, 64, "4x1"],
  [2, 1, 130, "2x1"],
  [2, 3, 9, "16x1"],
] as const;

for (const target of kernelSupport().targets) {
  for (const [threads, batch, sequence, pattern] of CASES) {
    const title = `${pattern}, ${threads} threads, ${batch} x ${sequence} tokens`;
    Deno.test(`openSession() agrees with the reference on ${target}: ${title}`, async () => {
      await checkAgainstReference(target, threads, batch, sequence, pattern);
    });
  }

  Deno.test(`openSession() proves on ${target} that zeros are skipped`, async () => {
    const dispatch = await checkAgainstReference(target, 1, 1, 64, "4x1");
    const query = dispatch.find(({ layer }) =>
      layer.endsWith("layer.0.attention.self.query.weight")
    );
    assert(query?.kernel.startsWith(`spmm_f32_4x1_${target}`), query?.kernel);
    assert(Math.abs((query?.skipped ?? 0) - 0.8) < 0.01, `${query?.skipped} skipped`);
    const classifier = dispatch.find(({ layer }) => layer === "classifier.weight");
    assert(classifier?.kernel.startsWith(`dot_f32_${target}`), classifier?.kernel);
    assertEquals(classifier?.macsDone, classifier?.macsDense);
  });
}

const wasm = kernelSupport().targets.find((target) => target.startsWith("wasm")) ?? "wasm";
const graph = buildBert(small, { batch: 2, sequence: 16 });

Deno.test("run() refuses an id outside the vocabulary", async () => {
  await using session = openSession("skipzero-wasm", graph, {
    target: wasm,
    threads: 1,
    unpruned: false,
  });
  const inputs = drawInputs(graph, small);
  for (const bad of [50, -1, 2 ** 33]) {
    const ids = int64([2, 16], Array.from({ length: 32 }, (_, i) => i === 17 ? bad : 0));
    await assertRejects(
      () => session.run({ ...inputs, input_ids: ids }),
      RangeError,
      "of token 1 in item 1, expected 0 to 49",
    );
  }
});

Deno.test("run() refuses an input that is missing or of another shape", async () => {
  await using session = openSession("skipzero-wasm", graph, {
    target: wasm,
    threads: 1,
    unpruned: false,
  });
  const { input_ids, ...rest } = drawInputs(graph, small);
  assert(input_ids);
  await assertRejects(() => session.run(rest), TypeError, '"input_ids"');
  const short = int64([2, 15], Array(30).fill(0));
  await assertRejects(() => session.run({ ...rest, input_ids: short }), TypeError, "[2,15]");
});

Deno.test("compileGraph() refuses a graph without a layer for a node, and frees what it took", () => {
  const [first, ...nodes] = graph.nodes;
  assert(first);
  const odd: Graph = {
    ...graph,
    nodes: [...nodes, { ...first, op: "Softmax", name: "odd", outputs: ["odd"] }],
  };
  assertThrows(() => compileGraph(odd, { target: wasm, threads: 1, unpruned: false }), RangeError);
});

Deno.test("compileGraph() refuses what WebAssembly cannot address before it packs anything", () => {
  const config: BertConfig = { ...small, head: "span" };
  const large = buildBert(config, { batch: 2 ** 17, sequence: 160 }, undefined, {
    outputs: ["last_hidden_state"],
  });
  assertThrows(
    () => compileGraph(large, { target: wasm, threads: 1, unpruned: false }),
    RangeError,
    "expected at most 4.23 GB together",
  );
});

Deno.test("probe() tells the instruction set, or why there is none", async () => {
  for (const engine of [skipzeroNative, skipzeroWasm]) {
    const found = await engine.probe();
    assert(found.available ? found.detail.length > 0 : found.reason.length > 0);
  }
});
