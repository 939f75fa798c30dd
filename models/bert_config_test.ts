import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { createRandom, sizeOf } from "../core/mod.ts";
import {
  bertConfigs,
  bertEncoderWeights,
  bertParameterShapes,
  initialiseBert,
} from "./bert_config.ts";

function total(shapes: ReadonlyMap<string, readonly number[]>): number {
  return shapes.values().reduce((sum, shape) => sum + sizeOf(shape), 0);
}

/** Small enough to draw in a moment. */
const small = { ...bertConfigs["bert-tiny"], vocabulary: 100, positions: 16 };

Deno.test("bertEncoderWeights() counts the published numbers of prunable weights", () => {
  assertEquals(total(bertEncoderWeights(bertConfigs["bert-mini"])), 3_145_728);
  assertEquals(total(bertEncoderWeights(bertConfigs["bert-large"])), 301_989_888);
  assertEquals(bertEncoderWeights(bertConfigs["bert-mini"]).size, 24);
  assertEquals(bertEncoderWeights(bertConfigs["bert-large"]).size, 144);
});

Deno.test("bertParameterShapes() counts the published sizes of whole models", () => {
  const head = 2 * 256 + 2;
  assertEquals(total(bertParameterShapes(bertConfigs["bert-mini"])) - head, 11_170_560);
  const baseHead = 2 * 768 + 2;
  assertEquals(total(bertParameterShapes(bertConfigs["bert-base"])) - baseHead, 109_482_240);
});

Deno.test("bertParameterShapes() names what Hugging Face names", () => {
  const shapes = bertParameterShapes(bertConfigs["bert-mini"]);
  assertEquals(shapes.get("bert.embeddings.word_embeddings.weight"), [30_522, 256]);
  assertEquals(shapes.get("bert.embeddings.token_type_embeddings.weight"), [2, 256]);
  assertEquals(shapes.get("bert.encoder.layer.0.attention.self.query.weight"), [256, 256]);
  assertEquals(shapes.get("bert.encoder.layer.3.output.dense.weight"), [256, 1024]);
  assertEquals(shapes.get("bert.encoder.layer.3.output.LayerNorm.bias"), [256]);
  assertEquals(shapes.get("bert.pooler.dense.weight"), [256, 256]);
  assertEquals(shapes.get("classifier.weight"), [2, 256]);
  assertEquals(shapes.size, 5 + 4 * 16 + 4);
});

Deno.test("bertParameterShapes() has no pooler if the head is a span", () => {
  const names = [...bertParameterShapes({ ...small, head: "span" }).keys()];
  assert(names.includes("qa_outputs.weight"));
  assert(!names.some((name) => name.startsWith("bert.pooler") || name.startsWith("classifier")));
});

Deno.test("initialiseBert() draws weights from a normal distribution cut at two deviations", () => {
  const parameters = initialiseBert(small, createRandom(1));
  const { data } = parameters.get("bert.encoder.layer.0.intermediate.dense.weight")!;
  const mean = data.reduce((sum, x) => sum + x, 0) / data.length;
  const variance = data.reduce((sum, x) => sum + (x - mean) ** 2, 0) / data.length;
  assertAlmostEquals(mean, 0, 2e-4);
  assertAlmostEquals(Math.sqrt(variance), 0.02 * 0.8796, 2e-4); // deviation of the cut distribution
  assert(data.every((x) => Math.abs(x) <= Math.fround(0.04)));
});

Deno.test("initialiseBert() sets biases to 0 and gains to 1", () => {
  const parameters = initialiseBert(small, createRandom(1));
  const all = (name: string, value: number) =>
    assert(parameters.get(name)!.data.every((x) => x === value), name);
  all("bert.encoder.layer.1.attention.self.key.bias", 0);
  all("bert.embeddings.LayerNorm.weight", 1);
  all("bert.embeddings.LayerNorm.bias", 0);
  all("classifier.bias", 0);
});

Deno.test("initialiseBert() gives the same values for the same seed, layer by layer", () => {
  const shallow = initialiseBert({ ...small, layers: 1 }, createRandom(7));
  const deep = initialiseBert(small, createRandom(7));
  const name = "bert.encoder.layer.0.output.dense.weight";
  assertEquals(shallow.get(name)!.data, deep.get(name)!.data);
  assertEquals(
    deep.get("classifier.weight")!.data,
    shallow.get("classifier.weight")!.data,
  );
  const other = initialiseBert(small, createRandom(8));
  assert(other.get(name)!.data[0] !== deep.get(name)!.data[0]);
});
