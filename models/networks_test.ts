import { assert, assertEquals, assertThrows } from "@std/assert";
import { sizeOf } from "../core/mod.ts";
import type { Graph } from "./graph.ts";
import { parametersOf } from "./graph_builder.ts";
import { graphLayers } from "./graph_layers.ts";
import { drawInputs } from "./draw_inputs.ts";
import { networkNamed, NETWORKS } from "./networks.ts";
import { zeroParameters } from "./parameter_source.ts";

function build(name: string, batch = 1): Graph {
  return networkNamed(name).build({ batch }, zeroParameters());
}

Deno.test("NETWORKS have unique names, which their graphs have too", () => {
  const names = NETWORKS.map(({ name }) => name);
  assertEquals(new Set(names).size, names.length);
  for (const name of names) assertEquals(build(name).name, name);
});

Deno.test("NETWORKS take any batch", () => {
  for (const { name, item } of NETWORKS) {
    const graph = build(name, 3);
    for (const { shape } of graph.outputs) assertEquals(shape[0], 3, name);
    assert(graph.inputs.every(({ shape }) => shape.includes(3)), `${name} ${item}`);
  }
});

Deno.test("NETWORKS with sequences have the published sizes", () => {
  const gigaMacs = (name: string) => {
    const layers = graphLayers(build(name)).filter(({ weight }) => weight.includes("encoder"));
    return layers.reduce((sum, { macs }) => sum + macs, 0) / 1e9;
  };
  assertEquals(gigaMacs("bert-large").toFixed(3), "115.964"); // 384 tokens
  assertEquals(gigaMacs("bert-mini").toFixed(3), "0.403"); // 128 tokens
  const large = build("bert-large");
  assertEquals(large.outputs.map(({ name }) => name), ["start_logits", "end_logits"]);
  assertEquals(parametersOf(large).get("qa_outputs.weight")?.shape, [2, 1024]);
  const base = networkNamed("bert-base").build({ batch: 1, sequence: 512 }, zeroParameters());
  assertEquals(base.inputs[0]?.shape, [1, 512]);
  const encoder = graphLayers(base).filter(({ weight }) => weight.includes("encoder"));
  assertEquals(encoder.reduce((sum, { macs }) => sum + macs, 0) / 1e9, 43.486543872);
});

/** Name, head, tokens, parameters, weights of the encoder and their 10^9 multiply-accumulates: 128 or 384 a weight. */
const BERTS: readonly (readonly [string, string[], number, number, number, string])[] = [
  ["bert-tiny", ["logits"], 128, 4_386_178, 393_216, "0.050"],
  ["bert-tiny-span", ["start_logits", "end_logits"], 384, 4_369_666, 393_216, "0.151"],
  ["bert-mini", ["logits"], 128, 11_171_074, 3_145_728, "0.403"],
  ["bert-mini-span", ["start_logits", "end_logits"], 384, 11_105_282, 3_145_728, "1.208"],
  ["bert-base", ["logits"], 128, 109_483_778, 84_934_656, "10.872"],
  ["bert-base-span", ["start_logits", "end_logits"], 384, 108_893_186, 84_934_656, "32.615"],
  ["bert-large", ["start_logits", "end_logits"], 384, 334_094_338, 301_989_888, "115.964"],
  ["bert-large-classification", ["logits"], 128, 335_143_938, 301_989_888, "38.655"],
];

for (const [name, outputs, tokens, parameters, weights, gigaMacs] of BERTS) {
  Deno.test(`NETWORKS have ${name} in its published size`, () => {
    const graph = build(name);
    assertEquals(graph.outputs.map(({ name }) => name), outputs);
    assertEquals(graph.inputs.map(({ shape }) => shape), Array(3).fill([1, tokens]));
    assertEquals(
      parametersOf(graph).values().reduce((n, { data }) => n + data.length, 0),
      parameters,
    );
    const layers = graphLayers(graph).filter(({ weight }) => weight.includes("encoder"));
    const size = networkNamed(name.replace(/-span|-classification/, "")).name.split("-")[1]!;
    assertEquals(layers.length, { tiny: 12, mini: 24, base: 72, large: 144 }[size]);
    assertEquals(layers.reduce((sum, { shape }) => sum + sizeOf(shape), 0), weights);
    const macs = layers.reduce((sum, layer) => sum + layer.macs, 0);
    assertEquals([macs, (macs / 1e9).toFixed(3)], [tokens * weights, gigaMacs]);
  });
}

Deno.test("NETWORKS have BERT layers of the published shapes", () => {
  const shapes = (name: string) =>
    graphLayers(build(name)).slice(0, 6).map(({ rows, inner, lanes }) => [rows, inner, lanes]);
  const square = [1024, 1024, 384];
  const wide = [[4096, 1024, 384], [1024, 4096, 384]];
  assertEquals(shapes("bert-large"), [square, square, square, square, ...wide]);
  assertEquals(shapes("bert-mini").slice(3), [[256, 256, 128], [1024, 256, 128], [256, 1024, 128]]);
});

Deno.test("networkNamed() suggests the nearest name", () => {
  assertThrows(() => networkNamed("resnet5"), RangeError, 'expected "resnet50"');
  assertThrows(
    () => networkNamed("yolo"),
    RangeError,
    '"yolo": no such name, expected one of bert-tiny',
  );
});

Deno.test("drawInputs() stays inside every table, and fills masks with ones", () => {
  const dlrm = build("dlrm", 50);
  const { indices, dense } = drawInputs(dlrm);
  for (let table = 0; table < 26; table++) {
    const rows = dlrm.initializers.get(`emb_l.${table}.weight`)!.shape[0]!;
    const drawn = [...indices!.data.subarray(50 * table, 50 * table + 50)].map(Number);
    assert(drawn.every((index) => index < rows), `table ${table}`);
    assert(rows < 3 || new Set(drawn).size > 1, `table ${table} is asked for one row`);
  }
  assertEquals(dense?.shape, [50, 13]);
  const bert = drawInputs(build("bert-tiny"), 1);
  assert([...bert.attention_mask!.data].every((value) => Number(value) === 1));
  assert([...bert.token_type_ids!.data].every((value) => Number(value) < 2));
  assert([...bert.input_ids!.data].some((value) => Number(value) > 1000));
});
