import { assertEquals } from "@std/assert";
import type { LayerPreparation } from "./field.ts";
import type { Entrant } from "./job.ts";
import { factsOf, layerOf, peaksOf } from "./kernel_facts.ts";
import { PLAIN } from "./layer_cells.ts";
import { kernels } from "./kernels.ts";
import type { Peaks } from "./peaks.ts";
import type { GroupAnswers } from "./run_suite.ts";

const request = {
  recipes: [],
  recipesOnly: false,
  weights: new Map(),
  threads: [1],
  quick: true,
  data: null,
};
const [cell] = kernels.cells(request);

const preparation: LayerPreparation = {
  target: "avx512",
  family: "panel",
  packNs: 1000.4,
  emitNs: 10.6,
  codeBytes: 700,
  footprintBytes: 4096,
  executedMacs: 50,
  weightBytes: 100.5,
  activationBytes: 200,
  peak: 200.04,
};

const entrant: Entrant = {
  is: "entrant",
  id: "skipzero-native",
  detail: "avx512",
  loadMs: 1,
  maxError: 0,
  checkedAgainst: "the reference",
  dispatch: [],
  macs: 100,
  state: "ready",
  skipped: null,
};

Deno.test("layerOf() names the product that a convolution is", () => {
  const shape = {
    ...{ images: 2, inChannels: 8, outChannels: 4, height: 4, width: 4 },
    ...{ kernel: 3, stride: 1, padding: 1, groups: 2 },
  };
  const layer = { ...PLAIN, op: "convolution", pattern: "2x1", sparsity: 0.5, shape } as const;
  const { layer: facts } = layerOf({ ...cell!, work: { kind: "layer", layer } });
  assertEquals([facts!.rows, facts!.cols, facts!.lanes, facts!.dtype], [4, 36, 32, "f32"]);
  assertEquals(layerOf({ ...cell!, work: { kind: "loop" } }), {});
});

Deno.test("factsOf() keeps what preparing cost in each process", () => {
  const slower = { ...preparation, packNs: 2000, peak: null };
  const { facts } = factsOf([{ ...entrant, preparation }, { ...entrant, preparation: slower }]);
  assertEquals([facts!.packNs, facts!.emitNs], [[1000, 2000], [11, 11]]);
  assertEquals([facts!.flopsExecuted, facts!.weightBytes], [100, 101]);
  assertEquals(facts!.peaks, [200]);
  assertEquals(factsOf([entrant]), {});
});

Deno.test("peaksOf() puts peaks of one kind together, whatever process they are from", () => {
  const peaks: Peaks = {
    target: "avx512",
    threads: 1,
    gflops: 200.04,
    gops: null,
    reads: [{ sizeBytes: 16384, gbps: 300 }],
  };
  const answerOf = (own: readonly Peaks[]): GroupAnswers => ({
    cell: cell!,
    group: cell!.groups[0]!,
    answers: [{ entrants: [], rounds: [], failure: null, peaks: own }],
  });
  const found = peaksOf([
    answerOf([peaks, { ...peaks, target: "wasm", gops: 9 }]),
    answerOf([{ ...peaks, gflops: 190 }]),
  ]);
  assertEquals(found.map(({ target, gflops, gops }) => [target, gflops, gops]), [
    ["avx512", [200, 190], []],
    ["wasm", [200], [9]],
  ]);
  assertEquals(found[0]!.reads, [{ sizeBytes: 16384, gbps: [300, 300] }]);
});
