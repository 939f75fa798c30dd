import { assertEquals } from "@std/assert";
import { parse } from "@std/csv";
import { dispatchCsv, profilesCsv } from "./layers_csv.ts";
import type { LayerProfile } from "./result.ts";
import { sampleResult } from "./sample.ts";

Deno.test("dispatchCsv() has one line for each choice", () => {
  const rows = parse(dispatchCsv([sampleResult()]), { skipFirstRow: true });
  assertEquals(rows, [{
    suite: "models",
    startedAt: "2026-01-31T12:00:00Z",
    cell: "bert-mini f32 4x1 0.9 batch=32 seq=128",
    engine: "skipzero-native",
    layer: "query.weight",
    kernel: "spmm_f32_4x1_avx512",
    sparsity: "0.9",
    skipped: "0.9",
    reason: "proved 4x1",
  }]);
});

Deno.test("profilesCsv() numbers the layers of each profile, with empty fields where nothing is known", () => {
  const layer = {
    layer: "softmax",
    kernel: "softmax_f32",
    ns: 1500,
    gflops: null,
    ofPeak: null,
    isSparse: null,
    sparsity: null,
    reason: "no weights, one pass",
  };
  const profile: LayerProfile = {
    cell: "net f32 4x1 0.9 batch=1",
    engine: "skipzero-native",
    threads: 2,
    layers: [layer, { ...layer, layer: "query.weight", isSparse: true, gflops: 80 }],
    waitNs: 0,
    outsideNs: 0,
    profiledNs: 3000,
    runNs: 3000,
  };
  const text = profilesCsv([sampleResult(), sampleResult({ profiles: [profile] })]);
  const rows = parse(text, { skipFirstRow: true });
  assertEquals(rows.map(({ order, layer }) => [order, layer]), [["1", "softmax"], [
    "2",
    "query.weight",
  ]]);
  assertEquals([rows[0]!.gflops, rows[1]!.gflops, rows[1]!.isSparse], ["", "80", "true"]);
  assertEquals(rows[0]!.reason, "no weights, one pass");
});
