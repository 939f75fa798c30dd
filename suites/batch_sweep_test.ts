import { assert, assertEquals } from "@std/assert";
import { findRecipes } from "../recipes/mod.ts";
import { batchSweep } from "./batch_sweep.ts";
import type { SuiteRequest } from "./suite.ts";

const full: SuiteRequest = {
  recipes: await findRecipes("all"),
  recipesOnly: false,
  weights: new Map(),
  threads: [1, 2],
  quick: false,
  data: null,
};

function valuesOf(name: string, key: string, threads = 1): number[] {
  const cells = batchSweep.cells(full).filter((cell) =>
    cell.tags!.includes(name) && cell.threads === threads
  );
  const found = cells.map((cell) => Number(RegExp(` ${key}=(\\d+)`).exec(cell.name)![1]));
  return [...new Set(found)].sort((a, b) => a - b);
}

Deno.test("batch-sweep goes over batch sizes from 1 to 64, on one thread and on all", () => {
  for (const threads of [1, 2]) {
    for (const name of ["bert-mini", "bert-base", "resnet50", "gsc-cnn-2.1m"]) {
      assertEquals(valuesOf(name, "batch", threads), [1, 2, 4, 8, 16, 24, 32, 64]);
    }
  }
});

Deno.test("batch-sweep goes over lengths where there are sequences", () => {
  assertEquals(valuesOf("bert-base", "seq"), [32, 64, 128, 384]);
  const images = batchSweep.cells(full).filter(({ tags }) => tags!.includes("image"));
  assert(images.every(({ name }) => !name.includes("seq=")));
});

Deno.test("batch-sweep races dense and sparse engines of every tier", () => {
  const [cell] = batchSweep.cells(full);
  assertEquals(cell!.groups.map(({ contestants }) => contestants), [
    ["skipzero-native", "skipzero-native-dense", "onnxruntime-node"],
    ["skipzero-wasm", "skipzero-wasm-dense", "onnxruntime-web"],
    ["skipzero-wasm", "tfjs"],
  ]);
});

Deno.test("batch-sweep takes few sizes of small networks on one thread, if it is to be quick", () => {
  const cells = batchSweep.cells({ ...full, quick: true });
  assert(cells.length >= 6 && cells.length <= 12, `${cells.length}`);
  assertEquals(new Set(cells.map(({ threads }) => threads)), new Set([1]));
});
