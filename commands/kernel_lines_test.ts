import { assertEquals, assertStringIncludes } from "@std/assert";
import type { Comparison, Measurement } from "../results/mod.ts";
import { kernelLines } from "./kernel_lines.ts";
import { sampleResult } from "./sample.ts";

function measurement(sparsity: number, ns: number): Measurement {
  return {
    cell: `f32 4x1 ${sparsity} 64x512x64`,
    engine: "skipzero-native",
    kernel: "spmm_f32_4x1_avx512_64",
    threads: 1,
    samplesNs: [ns, ns, ns],
    flopsDone: 420_000,
    flopsDense: 4_200_000,
    maxError: 0,
    skipped: null,
    layer: {
      ...{ op: "linear", dtype: "f32", pattern: "4x1", sparsity, activationSparsity: 0 },
      ...{ rows: 64, cols: 512, lanes: 64, layers: 1 },
    },
    facts: {
      ...{ target: "avx512", family: "panel", packNs: [2e6], emitNs: [1e6], codeBytes: 700 },
      ...{ flopsExecuted: 420_000, weightBytes: 20_000, activationBytes: 140_000 },
      ...{ footprintBytes: 160_000 },
    },
  };
}

function comparison(sparsity: number, ratio: number): Comparison {
  return {
    cell: `f32 4x1 ${sparsity} 64x512x64`,
    subject: "skipzero-native",
    baseline: "onnxruntime-node",
    threads: 1,
    ratio: { estimate: ratio, low: ratio / 1.1, high: ratio * 1.1 },
    ceiling: null,
    verdict: "faster",
    ...(sparsity > 0.8 && { goal: 9 }),
  };
}

const peaks = [{
  target: "avx512",
  threads: 1,
  gflops: [200],
  gops: [800],
  reads: [{ sizeBytes: 16384, gbps: [300] }],
}];

Deno.test("kernelLines() tells rates, limits, break-even and peaks", () => {
  const { facts: _, ...dense } = { ...measurement(0.9, 16_000), engine: "onnxruntime-node" };
  const result = {
    comparisons: [comparison(0.5, 0.5), comparison(0.7, 2), comparison(0.9, 8)],
    measurements: [measurement(0.5, 4000), measurement(0.7, 4000), measurement(0.9, 4000), dense],
    peaks,
  };
  const text = kernelLines(sampleResult(result)).join("\n");
  assertStringIncludes(text, "105 [1050] GFLOP/s");
  assertStringIncludes(text, "53 % of peak");
  assertStringIncludes(text, "f32 4x1 0.9 64x512x64, 1 thread\n  native (panel avx512)  105");
  assertStringIncludes(text, "packed 2.00 ms, emitted 1.00 ms  paid back in 250 runs");
  assertStringIncludes(text, "wins over onnxruntime-node from 60 % zeros on [59 %, 61 %]");
  assertStringIncludes(text, "peaks of avx512, 1 thread: 200 GFLOP/s, 800 GOP/s of bytes");
});

Deno.test("kernelLines() says nothing of networks", () => {
  assertEquals(kernelLines(sampleResult()), []);
});
