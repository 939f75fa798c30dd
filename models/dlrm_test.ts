import { assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { createRandom, float32, int64, type TensorOf } from "../core/mod.ts";
import { buildDlrm, buildDlrmMlp } from "./dlrm.ts";
import { CRITEO_ROWS, describeCaps, type DlrmConfig, dlrmConfig } from "./dlrm_config.ts";
import { parametersOf } from "./graph_builder.ts";
import { graphLayers } from "./graph_layers.ts";
import { networkNamed } from "./networks.ts";
import { drawParameters, zeroParameters } from "./parameter_source.ts";
import { runReference } from "./reference.ts";

Deno.test("buildDlrm() has the layers of MLPerf's model", () => {
  const graph = buildDlrm(dlrmConfig(2 ** 20), { batch: 2048 }, zeroParameters());
  const layers = graphLayers(graph);
  assertEquals(
    layers.map(({ weight, inner, rows }) => [weight, inner, rows, inner * rows]),
    [
      ["bot_l.0.weight", 13, 512, 6656],
      ["bot_l.2.weight", 512, 256, 131_072],
      ["bot_l.4.weight", 256, 128, 32_768],
      ["top_l.0.weight", 479, 1024, 490_496],
      ["top_l.2.weight", 1024, 1024, 1_048_576],
      ["top_l.4.weight", 1024, 512, 524_288],
      ["top_l.6.weight", 512, 256, 131_072],
      ["top_l.8.weight", 256, 1, 256],
    ],
  );
  const macs = layers.reduce((sum, layer) => sum + layer.macs, 0);
  assertEquals(macs, 2048 * 2_365_184);
  assertEquals(graph.outputs[0]?.shape, [2048, 1]);
  const tables = [...parametersOf(graph)].filter(([name]) => name.startsWith("emb_l."));
  assertEquals(tables.length, 26);
  assertEquals(tables[5]?.[1].shape, [3, 128]);
});

Deno.test("dlrmConfig() caps tables to the memory that they may take, and says what was cut", () => {
  for (const bytes of [26 * 512, 2 ** 20, 2 ** 28, 2 ** 31]) {
    const { tableRows, publishedRows } = dlrmConfig(bytes);
    const used = tableRows.reduce((sum, rows) => sum + rows, 0) * 512;
    assertEquals(publishedRows, CRITEO_ROWS);
    const cap = Math.max(...tableRows);
    assertEquals(tableRows, publishedRows.map((rows) => Math.min(rows, cap)));
    const next = publishedRows.reduce((sum, rows) => sum + Math.min(rows, cap + 1), 0) * 512;
    assertEquals([used <= bytes, next > bytes], [true, true], `${bytes}`);
  }
  assertEquals(dlrmConfig(2 ** 40).tableRows, CRITEO_ROWS);
  assertThrows(() => dlrmConfig(1000), RangeError, "expected at least 13312");
});

Deno.test("describeCaps() says which tables lost rows, and how many they had", () => {
  assertEquals(describeCaps(dlrmConfig(2 ** 40)), []);
  const config = dlrmConfig(2 ** 28);
  const [text] = describeCaps(config);
  const capped = config.tableRows.filter((rows, i) => rows < CRITEO_ROWS[i]!);
  assertEquals(
    text?.startsWith(
      `dlrm: ${capped.length} of 26 embedding tables are capped to ${
        capped[0]!.toLocaleString("en-US")
      } rows (0: 39,884,406; 9: 38,532,951; 10: 2,953,546; `,
    ),
    true,
    text,
  );
  assertEquals(new Set(capped).size, 1);
  assertEquals(networkNamed("dlrm").deviations, describeCaps(config));
});

/** Small enough to compute by hand: 3 tables, vectors of 4. */
const tiny: DlrmConfig = {
  name: "dlrm-tiny",
  dense: 3,
  bottom: [5, 4],
  top: [6, 1],
  tableRows: [7, 2, 5],
  publishedRows: [7, 2, 5],
};

Deno.test("buildDlrm() computes what the paper defines", () => {
  const graph = buildDlrm(tiny, { batch: 2 }, drawParameters("dlrm"));
  const parameter = (name: string): TensorOf<"float32"> => parametersOf(graph).get(name)!;
  const dot = (a: readonly number[], b: readonly number[]) =>
    a.reduce((sum, x, i) => sum + x * b[i]!, 0);
  const row = (name: string, i: number): number[] => {
    const { shape, data } = parameter(name);
    return [...data.subarray(i * shape[1]!, (i + 1) * shape[1]!)];
  };
  const linear = (x: readonly number[], name: string) =>
    [...parameter(`${name}.bias`).data].map((bias, i) => bias + dot(x, row(`${name}.weight`, i)));
  const relu = (x: readonly number[]) => x.map((value) => Math.max(0, value));

  const random = createRandom("samples");
  const dense = Float32Array.from({ length: 6 }, () => random.normal());
  const indices = [6, 0, 1, 1, 2, 4]; // a row a table
  const { probabilities } = runReference(graph, {
    dense: float32([2, 3], dense),
    indices: int64([3, 2], indices),
  });
  for (const sample of [0, 1]) {
    const numeric = [...dense.subarray(3 * sample, 3 * sample + 3)];
    const x = relu(linear(relu(linear(numeric, "bot_l.0")), "bot_l.2"));
    const [a, b, c] = [0, 1, 2].map((i) => row(`emb_l.${i}.weight`, indices[2 * i + sample]!));
    const pairs = [dot(a!, x), dot(b!, x), dot(b!, a!), dot(c!, x), dot(c!, a!), dot(c!, b!)];
    const [click] = linear(relu(linear([...x, ...pairs], "top_l.0")), "top_l.2");
    assertAlmostEquals(Number(probabilities!.data[sample]), 1 / (1 + Math.exp(-click!)), 1e-6);
  }
});

Deno.test("buildDlrmMlp() is the network behind the look-ups", () => {
  const source = drawParameters("dlrm");
  const graph = buildDlrmMlp(tiny, { batch: 2 }, source);
  assertEquals(graph.name, "dlrm-tiny-mlp");
  assertEquals(graph.inputs.map(({ name, shape }) => [name, shape]), [
    ["dense", [2, 3]],
    ["embeddings", [2, 3, 4]],
  ]);
  const whole = buildDlrm(tiny, { batch: 2 }, source);
  const indices = [6, 0, 1, 1, 2, 4]; // a row a table
  const embeddings = [0, 1].flatMap((sample) =>
    [0, 1, 2].flatMap((table) => {
      const { data } = parametersOf(whole).get(`emb_l.${table}.weight`)!;
      const row = indices[2 * table + sample]!;
      return [...data.subarray(4 * row, 4 * row + 4)];
    })
  );
  const dense = float32([2, 3], Float32Array.of(1, -2, 3, 0.5, 0, -1));
  const given = { dense, embeddings: float32([2, 3, 4], Float32Array.from(embeddings)) };
  assertEquals(
    runReference(graph, given),
    runReference(whole, { dense, indices: int64([3, 2], indices) }),
  );
});
