import { assert, assertEquals } from "@std/assert";
import { parsePattern, whyIndivisible } from "../core/mod.ts";
import { activationGrid } from "./activation_grid.ts";
import { kernels } from "./kernels.ts";
import { productOf } from "./layer_spec.ts";
import type { Cell, SuiteRequest } from "./suite.ts";

const quick: SuiteRequest = {
  recipes: [],
  recipesOnly: false,
  weights: new Map(),
  threads: [1, 2],
  quick: true,
  data: null,
};
const full = { ...quick, quick: false };

for (const suite of [kernels, activationGrid]) {
  Deno.test(`suite ${suite.id} has layers only that their pattern divides`, () => {
    for (const { work, name } of suite.cells(full)) {
      assert(work.kind === "layer");
      const { rows, cols } = productOf(work.layer);
      assertEquals(whyIndivisible(parsePattern(work.layer.pattern), rows, cols), null, name);
    }
  });

  Deno.test(`suite ${suite.id} does in a quick run only what it does in a full one`, () => {
    const names = new Set(suite.cells(full).map(({ name }) => name));
    for (const { name } of suite.cells(quick)) assert(names.has(name), name);
  });
}

function withTag(cells: readonly Cell[], tag: string): Cell[] {
  return cells.filter(({ tags = [] }) => tags.includes(tag));
}

Deno.test("suite kernels aims at figures, shows all twelve patterns, and sweeps", () => {
  const cells = kernels.cells(quick);
  const pairs = withTag(cells, "figures").flatMap(({ groups }) =>
    groups.flatMap((group) => group.pairs)
  );
  assert(pairs.filter(({ goal }) => goal !== undefined).length >= 26);
  assertEquals(withTag(cells, "taxonomy").length, 12);
  assert(withTag(cells, "break-even").length >= 14);
});

Deno.test("suite kernels looks for the break-even of linear layers, chains and convolutions", () => {
  const swept = withTag(kernels.cells(full), "break-even").filter(({ name }) =>
    name.startsWith("f32 2x1 0.3 ")
  );
  assertEquals(swept.length, 6);
  assertEquals(swept.filter(({ name }) => name.includes("conv=")).length, 2);
  assertEquals(swept.filter(({ name }) => name.includes("chain=")).length, 1);
});

Deno.test("suite kernels has the layers of every network, on one thread", () => {
  const cells = kernels.cells(full).filter(({ threads }) => threads === 1);
  for (const network of ["bert-large", "dlrm", "resnet50", "resnext101", "ssd-1200", "gsc"]) {
    assert(withTag(cells, network).length > 0, network);
  }
});

Deno.test("suite kernels takes figures of few tokens from chains", () => {
  for (const { work } of withTag(kernels.cells(quick), "figures")) {
    assert(work.kind === "layer");
    const { lanes } = productOf(work.layer);
    assertEquals(work.layer.copies > 1, lanes <= 16);
  }
});

Deno.test("suite activation-grid has the whole grid, for both kinds of layers", () => {
  const cells = activationGrid.cells(full);
  assertEquals(cells.length, 6 * 5 * 3 * 2);
  assertEquals(withTag(cells, "convolution").length, 6 * 5 * 3);
});
