import { assertEquals, assertStringIncludes } from "@std/assert";
import type { LayerProfile } from "../results/mod.ts";
import { layerLines } from "./layer_lines.ts";

const profile: LayerProfile = {
  cell: "bert-mini f32 4x1 0.9 batch=1 seq=128",
  engine: "skipzero-native",
  threads: 2,
  layers: [{
    layer: "bert.encoder.layer.0.output.dense.weight",
    kernel: "spmm_f32_4x1_avx512_64",
    ns: 500_000,
    gflops: 80.5,
    ofPeak: 0.7,
    isSparse: true,
    sparsity: 0.9,
    reason: "90.0 % zeros",
  }, {
    layer: "softmax",
    kernel: "softmax_f32_avx512",
    ns: 250_000,
    gflops: null,
    ofPeak: null,
    isSparse: null,
    sparsity: null,
    reason: "",
  }],
  waitNs: 200_000,
  outsideNs: 50_000,
  profiledNs: 1_010_000,
  runNs: 1_000_000,
};

Deno.test("layerLines() has a row a layer, with rate, peak, kernel and reason", () => {
  const [, heading, dense, softmax, wait, outside] = layerLines({ profiles: [profile] });
  assertStringIncludes(heading!, "2 threads, skipzero-native: 1.000 ms a run, 1.010 ms with");
  assertEquals(dense!.split(/\s{2,}/).slice(1), [
    "layer.0.output.dense",
    "0.500 ms",
    "50.0 %",
    "80.5 GFLOP/s",
    "70 % of peak",
    "sparse",
    "spmm_f32_4x1_avx512_64",
    "90.0 % zeros",
  ]);
  assertStringIncludes(softmax!, "softmax_f32_avx512");
  assertStringIncludes(wait!, "20.0 %");
  assertStringIncludes(outside!, "5.0 %");
});

Deno.test("layerLines() is empty unless layers were profiled", () => {
  assertEquals(layerLines({}), []);
});
