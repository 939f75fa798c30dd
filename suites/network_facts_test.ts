import { assertEquals } from "@std/assert";
import { networkCells, type WantedNetwork } from "./network_cells.ts";
import { networkFactsOf, networkLayersOf, publishedOf } from "./network_facts.ts";
import { findNetwork } from "./network_figures.ts";

const network = findNetwork({ name: "gsc-cnn", pattern: "unstructured", sparsity: 0.9 }, []);
const figures = { recipe: "a", metric: "accuracy", kind: "max", dense: 0.97, sparse: 0.96 };
const wanted = (batch: number): WantedNetwork => ({
  network,
  batch,
  threads: 1,
  tiers: ["native"],
  tags: [],
  published: figures,
});
const cells = networkCells([wanted(1), wanted(8)], true);

Deno.test("networkFactsOf() says what throughput is counted in", () => {
  assertEquals(networkFactsOf(cells[1]!).network, {
    name: "gsc-cnn",
    pattern: "unstructured",
    sparsity: 0.9,
    item: "image",
    batch: 8,
    sequence: null,
  });
  assertEquals(networkFactsOf({ ...cells[0]!, work: { kind: "loop" } }), {});
});

Deno.test("networkLayersOf() lists the layers of a network once, whatever the batch", () => {
  const [layers, ...more] = networkLayersOf(cells);
  assertEquals(more, []);
  assertEquals(layers!.pruned.map(({ layer }) => layer), [
    "cnn1.weight",
    "cnn2.weight",
    "linear.weight",
  ]);
  assertEquals(layers!.skipped.map(({ layer }) => layer), ["output.weight"]);
});

Deno.test("publishedOf() puts accuracies beside every cell of the network", () => {
  assertEquals(publishedOf(cells), cells.map(({ name }) => ({ cell: name, ...figures })));
});
