import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { UsageError } from "../core/mod.ts";
import { ENGINE_IDS } from "../engines/mod.ts";
import { findRecipes } from "../recipes/mod.ts";
import { findSuite, SUITES } from "./suites.ts";
import type { SuiteRequest } from "./suite.ts";

const request: SuiteRequest = {
  recipes: await findRecipes("all"),
  weights: new Map(),
  threads: [1, 2],
  quick: true,
  data: null,
};

Deno.test("SUITES have distinct ids and a line of help each", () => {
  assertEquals(new Set(SUITES.map(({ id }) => id)).size, SUITES.length);
  for (const { summary } of SUITES) assert(summary.length > 10);
});

Deno.test("findSuite() names the nearest suite", () => {
  const error = assertThrows(() => findSuite("model"), UsageError);
  assertEquals(error.remedy, "deno task bench models");
});

for (const suite of SUITES) {
  Deno.test(`suite ${suite.id} has cells that are distinct and compare only what they time`, () => {
    const cells = suite.cells(request);
    assert(cells.length > 0);
    assertEquals(new Set(cells.map((cell) => `${cell.name} ${cell.threads}`)).size, cells.length);
    for (const { groups } of cells) {
      for (const { contestants, pairs } of groups) {
        for (const { subject, baseline } of pairs) {
          assert(contestants.includes(subject), subject);
          assert(contestants.includes(baseline), baseline);
        }
      }
    }
  });

  Deno.test(`suite ${suite.id} has rounds enough for an interval`, () => {
    const { processes, plan } = suite.effort(request);
    assert(processes * plan.minRounds >= 6);
  });
}

Deno.test("suite models races every engine of both tiers at every batch and thread count", () => {
  const cells = findSuite("models").cells({ ...request, quick: false });
  const recipe = request.recipes.find(({ name }) => name === "bert-mini-4x1-sst2")!;
  const own = cells.filter(({ name }) => name.startsWith("bert-mini f32 4x1 0.9 "));
  assertEquals(own.length, recipe.benchmark.batches.length * 2);
  for (const { groups } of own) {
    const contestants = new Set(groups.flatMap((group) => group.contestants));
    for (const id of ENGINE_IDS) if (id !== "tfjs") assert(contestants.has(id), id);
  }
});

Deno.test("suite models races WebAssembly on the fewest threads only, if it is to be quick", () => {
  for (const { threads, groups } of findSuite("models").cells(request)) {
    const wasm = groups.some(({ contestants }) => contestants.includes("onnxruntime-web"));
    assertEquals(wasm, threads === 1);
  }
});

Deno.test("suite models has one cell for recipes with the same network", () => {
  const names = findSuite("models").cells(request).map(({ name }) => name);
  assertEquals(new Set(names).size, names.length / request.threads.length);
});

Deno.test("suite models times tfjs at batch 1 only", () => {
  for (const { name, groups } of findSuite("models").cells(request)) {
    if (groups.some(({ contestants }) => contestants.includes("tfjs"))) {
      assert(/ batch=1( |$)/.test(name), name);
    }
  }
});

Deno.test("kernels tells what formats take to store matrices, with and without blocks", () => {
  const rows = findSuite("kernels").storage!();
  assertEquals(new Set(rows.map(({ pattern }) => pattern)), new Set(["unstructured", "4x1"]));
  for (const { sparsity, bytes, denseBytes } of rows.filter(({ format }) => format === "bitmap")) {
    // The non-zeros, and a bit for every weight.
    assertAlmostEquals(bytes.total / denseBytes, 1 - sparsity + 1 / 32, 1e-6);
  }
});
