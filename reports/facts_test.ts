import { assertEquals } from "@std/assert";
import { findRecipe } from "../recipes/mod.ts";
import type { Comparison } from "../results/mod.ts";
import { at, checksOf, commandOf, headlineOf, machineOf } from "./facts.ts";
import { sampleResult, sampleSuiteResult } from "./sample_result.ts";

const recipe = await findRecipe("bert-mini-4x1-sst2");

function comparison(changes: Partial<Comparison>): Comparison {
  return { ...sampleResult().comparisons[0]!, ...changes };
}

function withRatio(baseline: string, estimate: number, more: Partial<Comparison> = {}): Comparison {
  const cell = "bert-mini f32 4x1 0.9 batch=32 seq=128";
  const ratio = { estimate, low: estimate, high: estimate };
  return comparison({ cell, baseline, ratio, subject: "skipzero-native", threads: 1, ...more });
}

Deno.test("headlineOf() takes the fastest dense baseline at the recipe's batch", () => {
  const comparisons = [
    withRatio("onnxruntime-node", 5),
    withRatio("skipzero-native-dense", 4),
    withRatio("onnxruntime-node", 2, { cell: "bert-mini f32 4x1 0.9 batch=3 seq=128" }),
    withRatio("onnxruntime-node", 3, { cell: "bert-base f32 4x1 0.9 batch=32 seq=128" }),
    withRatio("onnxruntime-node", 1, { threads: 2 }),
  ];
  assertEquals(headlineOf(sampleResult({ comparisons }), recipe), comparisons[1]!);
});

Deno.test("headlineOf() speaks of WebAssembly if there is no native engine", () => {
  const wasm = withRatio("onnxruntime-web", 7, { subject: "skipzero-wasm" });
  const dense = withRatio("onnxruntime-web", 2, { subject: "skipzero-wasm-dense" });
  assertEquals(headlineOf(sampleResult({ comparisons: [dense, wasm] }), recipe), wasm);
});

Deno.test("headlineOf() goes to the last cell if there is no recipe", () => {
  const small = withRatio("onnxruntime-node", 9, { cell: "net batch=8" });
  const large = withRatio("onnxruntime-node", 3, { cell: "net batch=16" });
  assertEquals(headlineOf(sampleResult({ comparisons: [large, small] }), null), large);
});

Deno.test("headlineOf() is null if no engine of ours was raced", () => {
  assertEquals(headlineOf(sampleSuiteResult(), null), null);
  assertEquals(headlineOf(sampleResult({ comparisons: [] }), recipe), null);
});

Deno.test("checksOf() reads the checks beside a verdict, and leaves out what is none", () => {
  const checks = [
    { name: "speed", status: "ok", text: "5x" },
    { name: "speed", status: "maybe" },
    null,
  ];
  const verdict = { outcome: "partial", reasons: [], checks } as const;
  assertEquals(checksOf(sampleResult({ verdict })).map(({ name }) => name), ["speed"]);
  assertEquals(checksOf(sampleResult({ verdict: { outcome: "partial", reasons: [] } })), []);
  assertEquals(checksOf(sampleSuiteResult()), []);
});

Deno.test("at() walks into what it does not know", () => {
  assertEquals(at({ a: { b: 1 } }, "a", "b"), 1);
  assertEquals(at({ a: null }, "a", "b"), undefined);
  assertEquals(at({}, "constructor"), undefined);
});

Deno.test("machineOf() names processor and cores as far as they are known", () => {
  assertEquals(machineOf(sampleResult()), "Sample Processor 9000, 2\u00a0cores");
  const machine = { cpu: { value: null, reason: "no lscpu" } };
  assertEquals(machineOf(sampleResult({ provenance: { machine } })), null);
});

Deno.test("commandOf() can be pasted into a shell", () => {
  const flags = ["bench", "models", "--filter", "batch=32 seq", "it's"];
  assertEquals(
    commandOf(sampleResult({ provenance: { flags } })),
    `deno task bench models --filter 'batch=32 seq' 'it'\\''s'`,
  );
  assertEquals(commandOf(sampleResult({ provenance: {} })), null);
});
