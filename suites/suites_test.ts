import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { UsageError } from "../core/mod.ts";
import { findRecipes } from "../recipes/mod.ts";
import { findSuite, SUITES } from "./suites.ts";
import type { SuiteRequest } from "./suite.ts";

const request: SuiteRequest = {
  recipes: await findRecipes("all"),
  recipesOnly: false,
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

Deno.test("kernels tells what formats take to store matrices, with and without blocks", () => {
  const rows = findSuite("kernels").storage!();
  assertEquals(new Set(rows.map(({ pattern }) => pattern)), new Set(["unstructured", "4x1"]));
  for (const { sparsity, bytes, denseBytes } of rows.filter(({ format }) => format === "bitmap")) {
    // The non-zeros, and a bit for every weight.
    assertAlmostEquals(bytes.total / denseBytes, 1 - sparsity + 1 / 32, 1e-6);
  }
});
