import { assertEquals } from "@std/assert";
import { networkCells, type WantedNetwork } from "./network_cells.ts";
import { denseNetwork, findNetwork } from "./network_figures.ts";

const network = findNetwork({ name: "gsc-cnn", pattern: "unstructured", sparsity: 0.9 }, []);
const wanted: WantedNetwork = {
  network,
  batch: 1,
  threads: 1,
  tiers: ["native"],
  tags: ["a"],
};

Deno.test("networkCells() makes one cell of what is wanted twice, with the wishes of both", () => {
  const cells = networkCells([
    { ...wanted, dense: false },
    { ...wanted, tiers: ["wasm"], tags: ["b"], goal: 2, dense: false },
    { ...wanted, threads: 2 },
  ], true);
  assertEquals(cells.map(({ threads }) => threads), [1, 2]);
  const [{ tags, groups }] = cells as [typeof cells[number]];
  assertEquals(tags, ["gsc-cnn", "a", "b"]);
  assertEquals(groups.map(({ contestants }) => contestants), [
    ["skipzero-native", "onnxruntime-node"],
    ["skipzero-wasm", "onnxruntime-web"],
  ]);
  assertEquals(groups.map(({ pairs }) => pairs[0]!.goal), [2, 2.8]);
});

Deno.test("networkCells() races only dense engines on a dense network", () => {
  const [cell] = networkCells([{ ...wanted, network: denseNetwork("gsc-cnn") }], true);
  assertEquals(cell!.groups[0]!.contestants, ["skipzero-native-dense", "onnxruntime-node"]);
  assertEquals(cell!.groups[0]!.pairs, [
    { subject: "skipzero-native-dense", baseline: "onnxruntime-node", goal: 0.85 },
  ]);
});

Deno.test("networkCells() lets WebAssembly meet the native baseline if that is wanted", () => {
  const [cell] = networkCells([{ ...wanted, tiers: ["wasm"], acrossTiers: true }], true);
  const { pairs } = cell!.groups[0]!;
  assertEquals(pairs.at(-1), { subject: "skipzero-wasm", baseline: "onnxruntime-node" });
});
