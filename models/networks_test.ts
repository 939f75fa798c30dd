import { assert, assertEquals, assertThrows } from "@std/assert";
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
