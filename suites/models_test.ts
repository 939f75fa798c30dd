import { assert, assertEquals } from "@std/assert";
import { findRecipes } from "../recipes/mod.ts";
import { models } from "./models.ts";
import { NETWORK_FIGURES } from "./network_figures.ts";
import type { Cell, SuiteRequest } from "./suite.ts";

const full: SuiteRequest = {
  recipes: await findRecipes("all"),
  recipesOnly: false,
  weights: new Map(),
  threads: [1, 2],
  quick: false,
  data: null,
};
const quick: SuiteRequest = { ...full, quick: true };

const contestantsOf = ({ groups }: Cell): string[] => groups.flatMap((group) => group.contestants);
const named = (cells: readonly Cell[], name: string): Cell[] =>
  cells.filter((cell) => cell.name === name);

Deno.test("models aims at every figure on every number of threads, and higher in WebAssembly", () => {
  const cells = models.cells(full);
  for (const { name, pattern, sparsity, batch, goal } of NETWORK_FIGURES) {
    const found = cells.filter((cell) =>
      cell.name.startsWith(`${name} f32 ${pattern} ${sparsity} batch=${batch}`)
    );
    assertEquals(found.map(({ threads }) => threads), [1, 2]);
    for (const { groups } of found) {
      const goals = groups.flatMap(({ pairs }) =>
        pairs.flatMap(({ subject, goal }) => goal === undefined ? [] : [[subject, goal]])
      );
      assertEquals(goals, [
        ["skipzero-native", goal],
        ["skipzero-native-dense", 0.85],
        ["skipzero-wasm", Number((1.4 * goal).toFixed(3))],
        ["skipzero-wasm-dense", 1.19],
      ]);
    }
  }
});

Deno.test("models gives a quick run each figure at one number of threads, the slow ones at all", () => {
  const cells = models.cells(quick).filter(({ tags }) => tags!.includes("figures"));
  assertEquals(cells.length, NETWORK_FIGURES.length);
  const threads = new Map(cells.map((cell) => [cell.name, cell.threads]));
  assertEquals(threads.get("bert-large f32 4x1 0.8 batch=1 seq=384"), 2);
  assertEquals(threads.get("resnet50 f32 2x1 0.78 batch=1"), 1);
});

Deno.test("models races our dense engine once a network, if it is to be quick", () => {
  const dense = models.cells(quick)
    .filter(({ tags }) => tags!.includes("figures"))
    .filter((cell) => contestantsOf(cell).includes("skipzero-native-dense"));
  const networks = dense.map(({ tags }) => tags![0]);
  assertEquals(new Set(networks).size, networks.length);
  assertEquals(new Set(networks), new Set(NETWORK_FIGURES.map(({ name }) => name)));
});

Deno.test("models has nothing but a recipe's batches if only the recipe is wanted", async () => {
  const recipes = await findRecipes("bert-mini-4x1-sst2");
  const cells = models.cells({ ...quick, recipes, recipesOnly: true });
  assertEquals(cells.length, recipes[0]!.benchmark.batches.length * 2);
  for (const cell of cells) {
    assert(cell.tags!.includes("bert-mini-4x1-sst2"));
    assertEquals(contestantsOf(cell).includes("onnxruntime-web"), cell.threads === 1);
  }
  const [first] = cells;
  assertEquals(first!.published!.map(({ sparse }) => sparse), [recipes[0]!.claim.sparse]);
});

Deno.test("models keeps the figures of all recipes that share a cell", () => {
  const [cell] = named(models.cells(full), "bert-mini f32 4x1 0.9 batch=32 seq=128");
  assertEquals(cell!.published!.map(({ recipe }) => recipe), [
    "bert-mini-4x1-mrpc",
    "bert-mini-4x1-sst2",
  ]);
  assert(["figures", "recipes", "frontier"].every((tag) => cell!.tags!.includes(tag)));
});

Deno.test("models has the talk's slides, on one thread and on all", () => {
  const cells = models.cells(full);
  const tagged = (tag: string) => cells.filter(({ tags }) => tags!.includes(tag));
  assertEquals(tagged("talk-deepsparse").length, 3 * 6 * 2);
  const [speech] = tagged("talk-cpu");
  for (
    const id of ["skipzero-native", "skipzero-wasm", "onnxruntime-node", "onnxruntime-web", "tfjs"]
  ) {
    assert(contestantsOf(speech!).includes(id), id);
  }
});

Deno.test("models races our dense engine on every network that is not sparse by design", () => {
  const dense = new Set(
    models.cells(full).filter((cell) => contestantsOf(cell).includes("skipzero-native-dense"))
      .map(({ tags }) => tags![0]),
  );
  for (const name of ["bert-tiny", "ssd-resnet34-1200", "mnist-cnn", "resnet20"]) {
    assert(dense.has(name), name);
  }
});

Deno.test("models leaves tfjs to short runs", () => {
  for (const cell of models.cells(full).filter(({ tags }) => tags!.includes("recipes"))) {
    if (contestantsOf(cell).includes("tfjs")) assert(!cell.name.startsWith("bert-large"));
  }
});

Deno.test("models measures slow cells with fewer processes", () => {
  const [large] = named(models.cells(full), "bert-large f32 4x1 0.8 batch=1 seq=384");
  const [mini] = named(models.cells(full), "bert-mini f32 4x1 0.9 batch=1 seq=128");
  const processes = (cell: Cell) => cell.groups[0]!.effort!.processes;
  assert(processes(large!) < processes(mini!));
  for (const { groups } of models.cells(quick)) {
    for (const { effort } of groups) assert(effort!.plan.minRounds >= 3);
  }
});

Deno.test("models leaves WebAssembly out of a recipe's quick run where its dense engines take long", async () => {
  const cellsOf = async (name: string, quick: boolean): Promise<readonly Cell[]> => {
    const recipes = await findRecipes(name);
    return models.cells({ ...full, recipes, recipesOnly: true, quick, threads: [1] });
  };
  const inWasm = (cells: readonly Cell[]) =>
    cells.map((cell) => contestantsOf(cell).includes("skipzero-wasm"));
  assertEquals(inWasm(await cellsOf("bert-large-2x1-squad", true)), [false]);
  assertEquals(inWasm(await cellsOf("bert-large-2x1-squad", false)), [true]);
  assertEquals(inWasm(await cellsOf("resnet50-2x1-imagenet", true)), [true, false]);
});
