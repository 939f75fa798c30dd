import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { createRandom, int64, type Tensor, type TensorOf } from "../core/mod.ts";
import { buildBert } from "./bert.ts";
import { type BertConfig, bertConfigs, initialiseBert } from "./bert_config.ts";
import { parametersOf } from "./graph_builder.ts";
import { runReference } from "./reference.ts";

const config: BertConfig = {
  ...bertConfigs["bert-tiny"],
  hidden: 16,
  intermediate: 32,
  heads: 2,
  vocabulary: 50,
  positions: 12,
};

function tokens(
  batch: number,
  ids: readonly number[],
  mask: readonly number[],
): Record<string, Tensor> {
  const shape = [batch, ids.length / batch];
  return {
    input_ids: int64(shape, ids),
    attention_mask: int64(shape, mask),
    token_type_ids: int64(shape, ids.map((_, i) => i % 2)),
  };
}

/** Weights far from zero, so that every part of the network matters to the result. */
function strongParameters(config: BertConfig): Map<string, TensorOf<"float32">> {
  const parameters = initialiseBert(config, createRandom(3));
  for (const [name, { data }] of parameters) {
    const random = createRandom(name);
    for (let i = 0; i < data.length; i++) data[i] = data[i]! + 0.3 * random.normal();
  }
  return parameters;
}

Deno.test("buildBert() declares inputs and outputs of a classifier", () => {
  const graph = buildBert({ ...config, classes: 3 }, { batch: 2, sequence: 5 });
  assertEquals(graph.inputs.map(({ name }) => name), [
    "input_ids",
    "attention_mask",
    "token_type_ids",
  ]);
  assert(graph.inputs.every(({ dtype, shape }) => dtype === "int64" && shape.join() === "2,5"));
  assertEquals(graph.outputs, [{ name: "logits", dtype: "float32", shape: [2, 3] }]);
});

Deno.test("buildBert() declares the outputs of a span head and those asked for", () => {
  const options = { outputs: ["last_hidden_state", "attentions"] } as const;
  const graph = buildBert(
    { ...config, head: "span" },
    { batch: 2, sequence: 5 },
    undefined,
    options,
  );
  assertEquals(graph.outputs.map(({ name, shape }) => [name, shape]), [
    ["start_logits", [2, 5]],
    ["end_logits", [2, 5]],
    ["last_hidden_state", [2, 5, 16]],
    ["attentions.0", [2, 2, 5, 5]],
    ["attentions.1", [2, 2, 5, 5]],
  ]);
});

Deno.test("buildBert() keeps the parameters under their names, and does not copy them", () => {
  const parameters = initialiseBert(config, createRandom(1));
  const graph = buildBert(config, { batch: 1, sequence: 4 }, parameters);
  assertEquals([...parametersOf(graph).keys()], [...parameters.keys()]);
  const name = "bert.encoder.layer.0.attention.self.query.weight";
  assert(graph.initializers.get(name)?.data === parameters.get(name)?.data);
});

Deno.test("buildBert() draws the same parameters every time if none are given", () => {
  const [a, b] = [1, 2].map((batch) => buildBert(config, { batch, sequence: 4 }));
  assertEquals(parametersOf(a!), parametersOf(b!));
});

Deno.test("buildBert() throws if sizes do not fit together", () => {
  const build = (changed: Partial<BertConfig>, batch: number, sequence: number) => () =>
    buildBert({ ...config, ...changed }, { batch, sequence });
  assertThrows(build({ heads: 3 }, 1, 4), RangeError, "3 heads, expected a divisor of the 16");
  assertThrows(build({}, 0, 4), RangeError, "batch is 0");
  assertThrows(build({}, 1, 13), RangeError, "sequence is 13, expected 1 to 12 tokens");
});

Deno.test("buildBert() throws if a parameter is missing or of another shape", () => {
  const parameters = initialiseBert(config, createRandom(1));
  const shape = { batch: 1, sequence: 4 };
  const wide = { ...config, intermediate: 64 };
  assertThrows(
    () => buildBert(wide, shape, parameters),
    RangeError,
    'parameter "bert.encoder.layer.0.intermediate.dense.weight" is [32,16], expected [64,16]',
  );
  parameters.delete("classifier.bias");
  assertThrows(
    () => buildBert(config, shape, parameters),
    RangeError,
    '"classifier.bias" is missing, expected [2]',
  );
});

Deno.test("buildBert() does not see masked tokens", () => {
  const graph = buildBert(config, { batch: 1, sequence: 6 }, strongParameters(config));
  const mask = [1, 1, 1, 1, 0, 0];
  const a = runReference(graph, tokens(1, [1, 2, 3, 4, 5, 6], mask)).logits!;
  const b = runReference(graph, tokens(1, [1, 2, 3, 4, 40, 41], mask)).logits!;
  assertEquals(a.data, b.data);
  const seen = runReference(graph, tokens(1, [1, 2, 3, 4, 40, 41], Array(6).fill(1))).logits!;
  assert(Math.abs(Number(seen.data[0]) - Number(a.data[0])) > 1e-3);
});

Deno.test("buildBert() gives padded sequences the logits of short ones", () => {
  const parameters = strongParameters(config);
  const long = buildBert(config, { batch: 1, sequence: 6 }, parameters);
  const short = buildBert(config, { batch: 1, sequence: 4 }, parameters);
  const padded = runReference(long, tokens(1, [1, 2, 3, 4, 0, 0], [1, 1, 1, 1, 0, 0])).logits!;
  const plain = runReference(short, tokens(1, [1, 2, 3, 4], [1, 1, 1, 1])).logits!;
  assertAlmostEquals(Number(padded.data[0]), Number(plain.data[0]), 1e-6);
});

Deno.test("buildBert() treats the sequences of a batch apart", () => {
  const parameters = strongParameters(config);
  const one = buildBert(config, { batch: 1, sequence: 4 }, parameters);
  const two = buildBert(config, { batch: 2, sequence: 4 }, parameters);
  const ones = [1, 1, 1, 1];
  const alone = runReference(one, tokens(1, [9, 8, 7, 6], ones)).logits!;
  const both = runReference(two, tokens(2, [1, 2, 3, 4, 9, 8, 7, 6], [...ones, ...ones])).logits!;
  assertEquals([...both.data.subarray(2)], [...alone.data]);
});

Deno.test("buildBert() depends on the order of tokens and on their types", () => {
  const graph = buildBert(config, { batch: 1, sequence: 4 }, strongParameters(config));
  const ones = [1, 1, 1, 1];
  const first = tokens(1, [1, 2, 3, 4], ones);
  const logit = (inputs: Record<string, Tensor>) =>
    Number(runReference(graph, inputs).logits!.data[0]);
  const plain = logit(first);
  assert(Math.abs(logit(tokens(1, [1, 3, 2, 4], ones)) - plain) > 1e-3);
  assert(Math.abs(logit({ ...first, token_type_ids: int64([1, 4], ones) }) - plain) > 1e-3);
});

Deno.test("buildBert() gives attention probabilities: rows that add up to 1, none at padding", () => {
  const parameters = strongParameters(config);
  const graph = buildBert(config, { batch: 1, sequence: 3 }, parameters, {
    outputs: ["attentions"],
  });
  const found = runReference(graph, tokens(1, [4, 8, 2], [1, 1, 0]));
  for (const layer of [0, 1]) {
    const { data } = found[`attentions.${layer}`]!;
    for (let row = 0; row < data.length; row += 3) {
      const [first, second, padding] = [0, 1, 2].map((i) => Number(data[row + i]));
      assertAlmostEquals(first! + second!, 1, 1e-6);
      assertEquals(padding, 0);
    }
  }
});
