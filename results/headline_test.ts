import { assertEquals } from "@std/assert";
import { atBatch, fastestBaseline, skipsZeros } from "./headline.ts";
import type { Comparison } from "./result.ts";

function comparison(
  cell: string,
  subject: string,
  baseline: string,
  estimate: number,
  threads = 1,
): Comparison {
  const ratio = { estimate, low: estimate, high: estimate };
  return { cell, subject, baseline, threads, ratio, ceiling: null, verdict: "faster", rounds: 9 };
}

const cell = "bert-mini f32 4x1 0.9 batch=32 seq=128";

Deno.test("skipsZeros() knows our sparse engines only", () => {
  assertEquals(
    ["skipzero-native", "skipzero-wasm", "skipzero-native-dense", "onnxruntime-node"].map(
      skipsZeros,
    ),
    [true, true, false, false],
  );
});

Deno.test("fastestBaseline() takes the fastest dense engine on the fewest threads", () => {
  const fastest = comparison(cell, "skipzero-native", "skipzero-native-dense", 4);
  assertEquals(
    fastestBaseline([
      comparison(cell, "skipzero-wasm", "onnxruntime-web", 2),
      comparison(cell, "skipzero-native", "onnxruntime-node", 5),
      fastest,
      comparison(cell, "skipzero-native", "skipzero-wasm", 1.1),
      comparison(cell, "skipzero-native", "onnxruntime-node", 3, 2),
    ]),
    fastest,
  );
});

Deno.test("fastestBaseline() is null without an engine of ours that skips zeros", () => {
  assertEquals(
    fastestBaseline([comparison(cell, "skipzero-native-dense", "onnxruntime-node", 1)]),
    null,
  );
});

Deno.test("atBatch() takes no network and no batch that only begins alike", () => {
  const cells = [cell, cell.replace("mini", "mini-x"), cell.replace("=32", "=3")];
  const comparisons = cells.map((name) => comparison(name, "skipzero-native", "tfjs", 2));
  assertEquals(atBatch(comparisons, "bert-mini", 32), comparisons.slice(0, 1));
});
