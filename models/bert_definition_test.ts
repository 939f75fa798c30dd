/**
 * BERT once more, written from the paper with plain arrays, one sentence, no graph: what `buildBert` must equal.
 */
import { assertAlmostEquals } from "@std/assert";
import { createRandom, int64 } from "../core/mod.ts";
import { buildBert } from "./bert.ts";
import { type BertConfig, bertConfigs, initialiseBert } from "./bert_config.ts";
import { erf } from "./reference_elementwise.ts";
import { runReference } from "./reference.ts";

type Vector = number[];

const config: BertConfig = {
  ...bertConfigs["bert-tiny"],
  hidden: 12,
  intermediate: 20,
  heads: 3,
  vocabulary: 30,
  positions: 8,
  classes: 3,
};

/** Trained-looking values: nothing is 0 or 1. */
const parameters = initialiseBert(config, createRandom("values"));
for (const [name, { data }] of parameters) {
  const random = createRandom(name);
  for (let i = 0; i < data.length; i++) data[i] = data[i]! + 0.4 * random.normal();
}

function vector(name: string): Vector {
  return [...parameters.get(name)!.data];
}

function row(name: string, index: number): Vector {
  const { shape, data } = parameters.get(name)!;
  return [...data.subarray(index * shape[1]!, (index + 1) * shape[1]!)];
}

function add(...vectors: Vector[]): Vector {
  return vectors[0]!.map((_, i) => vectors.reduce((sum, vector) => sum + vector[i]!, 0));
}

function dot(a: Vector, b: Vector): number {
  return a.reduce((sum, x, i) => sum + x * b[i]!, 0);
}

function linear(x: Vector, name: string): Vector {
  return vector(`${name}.bias`).map((bias, i) => bias + dot(x, row(`${name}.weight`, i)));
}

function normalise(x: Vector, name: string): Vector {
  const mean = x.reduce((sum, value) => sum + value, 0) / x.length;
  const variance = x.reduce((sum, value) => sum + (value - mean) ** 2, 0) / x.length;
  const [gain, bias] = [vector(`${name}.weight`), vector(`${name}.bias`)];
  return x.map((value, i) =>
    (value - mean) / Math.sqrt(variance + config.layerNormEpsilon) * gain[i]! + bias[i]!
  );
}

function softmax(scores: Vector): Vector {
  const powers = scores.map((score) => Math.exp(score - Math.max(...scores)));
  const sum = powers.reduce((a, b) => a + b, 0);
  return powers.map((power) => power / sum);
}

/** One head's view of every token. */
function headOf(tokens: Vector[], head: number): Vector[] {
  const depth = config.hidden / config.heads;
  return tokens.map((token) => token.slice(head * depth, (head + 1) * depth));
}

function attention(x: Vector[], mask: Vector, name: string): Vector[] {
  const project = (part: string) => x.map((token) => linear(token, `${name}.self.${part}`));
  const [queries, keys, values] = [project("query"), project("key"), project("value")];
  const heads = Array.from({ length: config.heads }, (_, head) => {
    const [q, k, v] = [headOf(queries, head), headOf(keys, head), headOf(values, head)];
    return q.map((query) => {
      const scores = k.map((key, j) =>
        dot(query, key) / Math.sqrt(query.length) + (mask[j] ? 0 : -1e4)
      );
      const weights = softmax(scores);
      return add(...v.map((value, j) => value.map((element) => weights[j]! * element)));
    });
  });
  return x.map((_, token) => linear(heads.flatMap((head) => head[token]!), `${name}.output.dense`));
}

function layer(x: Vector[], mask: Vector, name: string): Vector[] {
  const attended = attention(x, mask, `${name}.attention`);
  const y = x.map((token, i) =>
    normalise(add(token, attended[i]!), `${name}.attention.output.LayerNorm`)
  );
  return y.map((token) => {
    const wide = linear(token, `${name}.intermediate.dense`);
    const active = wide.map((value) => value * (1 + erf(value / Math.SQRT2)) / 2);
    return normalise(
      add(token, linear(active, `${name}.output.dense`)),
      `${name}.output.LayerNorm`,
    );
  });
}

function encode(ids: Vector, mask: Vector, types: Vector): Vector[] {
  const table = (name: string, index: number) =>
    row(`bert.embeddings.${name}_embeddings.weight`, index);
  let x = ids.map((id, i) => {
    const sum = add(table("word", id), table("position", i), table("token_type", types[i]!));
    return normalise(sum, "bert.embeddings.LayerNorm");
  });
  for (let i = 0; i < config.layers; i++) x = layer(x, mask, `bert.encoder.layer.${i}`);
  return x;
}

Deno.test("buildBert() computes what the paper defines", () => {
  const [ids, mask, types] = [[7, 3, 29, 3, 0, 11], [1, 1, 1, 1, 0, 1], [0, 0, 0, 1, 1, 1]];
  const hidden = encode(ids, mask, types);
  const pooled = linear(hidden[0]!, "bert.pooler.dense").map(Math.tanh);
  const logits = linear(pooled, "classifier");

  const shape = { batch: 1, sequence: ids.length };
  const graph = buildBert(config, shape, parameters, { outputs: ["last_hidden_state"] });
  const found = runReference(graph, {
    input_ids: int64([1, 6], ids),
    attention_mask: int64([1, 6], mask),
    token_type_ids: int64([1, 6], types),
  });
  logits.forEach((logit, i) => assertAlmostEquals(Number(found.logits!.data[i]), logit, 1e-6));
  hidden.flat().forEach((value, i) => {
    assertAlmostEquals(Number(found.last_hidden_state!.data[i]), value, 1e-6);
  });
});
