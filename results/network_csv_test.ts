import { assertEquals } from "@std/assert";
import { parse } from "@std/csv";
import { hasNetworks, networksCsv } from "./network_csv.ts";
import { sampleComparison, sampleResult } from "./sample.ts";
import type { Measurement, Result } from "./result.ts";

const network = {
  name: "resnet50",
  pattern: "2x1",
  sparsity: 0.78,
  item: "image",
  batch: 4,
  sequence: null,
};
const cell = "resnet50 f32 2x1 0.78 batch=4";

function measured(engine: string, ms: number | null): Measurement {
  return {
    ...sampleResult().measurements[0]!,
    cell,
    engine,
    network,
    samplesNs: ms === null ? [] : [ms * 1e6, ms * 1e6],
    skipped: ms === null ? "not there" : null,
  };
}

const result: Result = sampleResult({
  measurements: [
    measured("skipzero-native", 10),
    measured("onnxruntime-node", 25),
    measured("tfjs", null),
  ],
  comparisons: [
    sampleComparison({ cell, baseline: "skipzero-native-dense", goal: 9 }),
    sampleComparison({
      cell,
      ratio: { estimate: 2.5, low: 2.4, high: 2.6 },
      goal: 2.2,
      roofline: { subjectNs: 4e6, denseNs: 12e6, ceiling: 3, attained: 0.4 },
    }),
  ],
});

Deno.test("networksCsv() has latency, throughput and the ratio to another's engine", () => {
  const [ours, other, absent] = parse(networksCsv([result]), { skipFirstRow: true });
  assertEquals([ours!["network"], ours!["batch"], ours!["sequence"]], ["resnet50", "4", ""]);
  assertEquals([ours!["medianMs"], ours!["itemsPerSecond"]], ["10", "400"]);
  const found = ["baseline", "ratio", "goal", "ceiling", "rooflineCeiling", "ofRoofline"];
  assertEquals(found.map((name) => ours![name as "ratio"]), [
    ...["onnxruntime-node", "2.5", "2.2", "5.9", "3", "0.4"],
  ]);
  assertEquals([other!["itemsPerSecond"], other!["ratio"]], ["160", ""]);
  assertEquals([absent!["medianMs"], absent!["skipped"]], ["", "not there"]);
});

Deno.test("networksCsv() leaves out what is no network", () => {
  assertEquals(hasNetworks(result), true);
  assertEquals(hasNetworks(sampleResult()), false);
  assertEquals(parse(networksCsv([sampleResult()]), { skipFirstRow: true }), []);
});
