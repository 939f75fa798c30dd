import { assertAlmostEquals, assertEquals } from "@std/assert";
import type { Comparison } from "../../results/mod.ts";
import { sampleResult } from "../sample_result.ts";
import { speedupRows, speedupTitle } from "./speedup.ts";

const BASE: Comparison = {
  cell: "net batch=8",
  subject: "skipzero-native",
  baseline: "onnxruntime-node",
  threads: 1,
  ratio: { estimate: 5.16, low: 5.04, high: 5.31 },
  ceiling: 5.9,
  verdict: "faster",
  noiseFloor: 0.25,
};

Deno.test("speedupRows() gives a row its interval, ceiling and noise floor", () => {
  assertEquals(speedupRows([BASE]), [{
    group: "batch 8",
    label: "skipzero-native / onnxruntime-node",
    tone: "sparse",
    value: 5.16,
    interval: [5.04, 5.31],
    ceiling: 5.9,
    roof: null,
    band: [0.8, 1.25],
    figure: "5.2x",
    tip: "skipzero-native against onnxruntime-node: 5.2x [5.0, 5.3], ceiling 5.9x, faster",
  }]);
});

Deno.test("speedupRows() colours dense engines grey and open questions amber", () => {
  const tones = speedupRows([
    BASE,
    { ...BASE, subject: "skipzero-native-dense" },
    { ...BASE, subject: "skipzero-wasm", verdict: "inconclusive" },
  ]).map(({ tone }) => tone);
  assertEquals(tones, ["sparse", "doubt", "dense"]);
});

Deno.test("speedupRows() sorts cells by number, our sparse engines first", () => {
  const cells = ["net batch=32", "net batch=8", "net batch=8"];
  const subjects = ["skipzero-native", "onnxruntime-node", "skipzero-native"];
  const rows = speedupRows(
    cells.map((cell, index) => ({ ...BASE, cell, subject: subjects[index]! })),
  );
  assertEquals(rows.map(({ group, label }) => [group, label.split(" ")[0]]), [
    ["batch 8", "skipzero-native"],
    ["batch 8", "onnxruntime-node"],
    ["batch 32", "skipzero-native"],
  ]);
});

Deno.test("speedupRows() has no band where no noise floor was measured", () => {
  const { noiseFloor: _, ...quiet } = BASE;
  assertEquals(speedupRows([quiet])[0]!.band, null);
  assertAlmostEquals(speedupRows([{ ...BASE, noiseFloor: 0 }])[0]!.band![0], 1);
});

Deno.test("speedupTitle() says what is seen", () => {
  const at = (verdict: Comparison["verdict"], estimate: number): string => {
    const headline = { ...BASE, verdict, ratio: { ...BASE.ratio, estimate } };
    return speedupTitle([headline, { ...BASE, cell: "net batch=1" }], headline);
  };
  assertEquals(
    at("faster", 5.16),
    "skipzero-native runs 5.2x as fast as onnxruntime-node at batch 8",
  );
  assertEquals(
    at("slower", 0.5),
    "skipzero-native runs only 0.50x as fast as onnxruntime-node at batch 8",
  );
  assertEquals(
    at("inconclusive", 1),
    "skipzero-native and onnxruntime-node cannot be told apart at batch 8",
  );
});

Deno.test("speedupTitle() counts verdicts if there is no headline", () => {
  const slower = { ...BASE, verdict: "slower" as const };
  const open = { ...BASE, verdict: "inconclusive" as const };
  assertEquals(
    speedupTitle([BASE, BASE, slower, open], null),
    "2 of 4 comparisons are faster, 1 slower, 1 undecided",
  );
  assertEquals(speedupTitle([open], null), "No difference shows above the noise");
});

Deno.test("the sample has every kind of row", () => {
  const tones = new Set(speedupRows(sampleResult().comparisons).map(({ tone }) => tone));
  assertEquals(tones, new Set(["sparse", "dense", "doubt"]));
});
