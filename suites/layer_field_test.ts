/** Real kernels on real layers, in small: what a measuring process does with a cell of the suite `kernels`. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { ENGINES } from "../engines/mod.ts";
import { SYSTEM_CLOCK } from "./clock.ts";
import type { Entrant, Line } from "./job.ts";
import { PLAIN } from "./layer_cells.ts";
import type { LayerSpec } from "./layer_spec.ts";
import { measure } from "./measure.ts";

const layer: LayerSpec = {
  ...PLAIN,
  op: "linear",
  pattern: "4x1",
  sparsity: 0.75,
  rows: 32,
  cols: 32,
  lanes: 20,
};

async function linesOf(layer: LayerSpec, contestants: string[], threads = 1): Promise<Line[]> {
  const lines: Line[] = [];
  await measure({
    kind: "race",
    cell: "test",
    work: { kind: "layer", layer },
    contestants,
    pairs: [],
    threads,
    plan: { turnNs: 1e6, blocks: 2, minRounds: 1, maxRounds: 1, budgetNs: 1e9, halfWidth: 0.01 },
    seed: "test",
    expected: null,
  }, {
    findEngine: (id) => ENGINES.find((engine) => engine.id === id),
    clock: SYSTEM_CLOCK,
    measuresPeaks: true,
    emit: (line) => lines.push(line),
  });
  return lines;
}

function entrantsOf(lines: readonly Line[]): Entrant[] {
  return lines.filter((line) => line.is === "entrant");
}

Deno.test("a layer is raced once our kernels and ONNX Runtime agree on it", async () => {
  const contestants = ["skipzero-wasm", "skipzero-wasm-dense", "onnxruntime-node"];
  const lines = await linesOf(layer, contestants);
  const [sparse, dense, runtime] = entrantsOf(lines);
  assertEquals([sparse, dense, runtime].map((entrant) => entrant?.skipped), [null, null, null]);
  assertEquals(sparse!.macs, 32 * 32 * 20);
  assertEquals(sparse!.dispatch[0]!.macsDone, 32 * 32 * 20 / 4);
  assertEquals(dense!.dispatch[0]!.macsDone, 32 * 32 * 20);
  assert(sparse!.preparation!.executedMacs < dense!.preparation!.executedMacs);
  assert(sparse!.preparation!.packNs > 0 && sparse!.preparation!.codeBytes > 0);
  assertEquals(runtime!.preparation, undefined);
  assertEquals(lines.filter(({ is }) => is === "round").length, 1);
  const peaks = lines.flatMap((line) => line.is === "peaks" ? [line.peaks.target] : []);
  assertEquals(peaks, [sparse!.preparation!.target]);
});

Deno.test("a chain of layers computes what ONNX Runtime's chain does", async () => {
  const lines = await linesOf({ ...layer, lanes: 2, copies: 5 }, [
    "skipzero-wasm",
    "onnxruntime-node",
  ]);
  assertEquals(entrantsOf(lines).map(({ skipped }) => skipped), [null, null]);
});

Deno.test("threads share every layer of a chain", async () => {
  const lines = await linesOf({ ...layer, lanes: 150, copies: 3 }, [
    "skipzero-wasm",
    "onnxruntime-node",
  ], 2);
  assertEquals(entrantsOf(lines).map(({ skipped }) => skipped), [null, null]);
  assertEquals(lines.flatMap((line) => line.is === "peaks" ? [line.peaks.threads] : []), [2]);
});

Deno.test("a chain with sparse activations feeds every layer the same ones", async () => {
  const lines = await linesOf({ ...layer, activationSparsity: 0.5, copies: 3 }, [
    "skipzero-wasm",
    "onnxruntime-node",
  ]);
  assertEquals(entrantsOf(lines).map(({ skipped }) => skipped), [null, null]);
});

Deno.test("kernels that skip zeros of the activations agree, and finding them is timed by itself", async () => {
  const ids = ["sparse-sparse", "k-winners", "finding"].map((kind) => `skipzero-wasm-${kind}`);
  const lines = await linesOf({ ...layer, pattern: "16x1", activationSparsity: 0.75, copies: 2 }, [
    ...ids,
    "onnxruntime-node",
  ]);
  const entrants = entrantsOf(lines);
  assertEquals(entrants.map(({ skipped }) => skipped), [null, null, null, null]);
  assertEquals(entrants[0]!.dispatch[0]!.macsDone, 2 * 20 * 32 * 32 / 16);
  // Finding is no product.
  assertEquals([entrants[2]!.dispatch[0]!.macsDense, entrants[2]!.preparation], [0, undefined]);
});

Deno.test("convolutions that skip zeros of the activations agree", async () => {
  const shape = {
    ...{ images: 1, inChannels: 32, outChannels: 16, height: 6, width: 5 },
    ...{ kernel: 3, stride: 1, padding: 0, groups: 1 },
  };
  const sparse = { pattern: "16x1", sparsity: 0.75, activationSparsity: 0.75 };
  const lines = await linesOf({ ...PLAIN, ...sparse, op: "convolution", shape }, [
    "skipzero-wasm-sparse-sparse",
    "skipzero-wasm-k-winners",
    "onnxruntime-node",
  ]);
  const entrants = entrantsOf(lines);
  assertEquals(entrants.map(({ skipped }) => skipped), [null, null, null]);
  const { macsDone, macsDense } = entrants[0]!.dispatch[0]!;
  assertEquals(macsDense / macsDone, 16);
});

Deno.test("ONNX Runtime's integer product and convolution are what the reference computes", async () => {
  const shape = {
    images: 2,
    inChannels: 4,
    outChannels: 8,
    height: 7,
    width: 6,
    kernel: 3,
    stride: 2,
    padding: 1,
    groups: 2,
  };
  for (
    const spec of [
      { ...layer, op: "quantized_linear" } as const,
      { ...PLAIN, op: "convolution", pattern: "2x1", sparsity: 0.5, shape } as const,
    ]
  ) {
    const [runtime] = entrantsOf(await linesOf(spec, ["onnxruntime-node"]));
    assertEquals(runtime!.skipped, null, spec.op);
  }
});

Deno.test("a layer's contestant that is not known is told apart from one that cannot", async () => {
  const [unknown, odd] = entrantsOf(await linesOf(layer, ["openvino", "tfjs"]));
  assertEquals([unknown!.state, unknown!.skipped], ["absent", "there is no such engine"]);
  assertEquals(odd!.state, "failed");
  assertStringIncludes(odd!.skipped!, "expected ONNX Runtime");
});
