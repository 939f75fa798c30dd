import { assertEquals } from "@std/assert";
import type { Measurement } from "../../results/mod.ts";
import { timeUnit } from "../wording.ts";
import { latencyRows, latencyTitle, timedOf } from "./latency.ts";

function measurement(engine: string, ms: number, changes: Partial<Measurement> = {}): Measurement {
  return {
    cell: "net batch=8",
    engine,
    kernel: null,
    threads: 1,
    samplesNs: [ms, ms, ms].map((one) => one * 1e6),
    flopsDone: 0,
    flopsDense: 0,
    maxError: 0,
    skipped: null,
    ...changes,
  };
}

Deno.test("timedOf() leaves out what was not timed and sorts by cell, then the fastest first", () => {
  const timed = timedOf([
    measurement("tfjs", 9, { samplesNs: [], skipped: "too slow" }),
    measurement("onnxruntime-node", 60, { cell: "net batch=32" }),
    measurement("onnxruntime-node", 20),
    measurement("skipzero-native", 4),
  ]);
  assertEquals(
    timed.map(({ measurement, summary }) => [measurement.engine, summary.median]),
    [["skipzero-native", 4e6], ["onnxruntime-node", 20e6], ["onnxruntime-node", 60e6]],
  );
});

Deno.test("latencyRows() has the interval of the median in the unit asked for", () => {
  const samplesNs = Array.from({ length: 21 }, (_, i) => (i + 1) * 1e6);
  const timed = timedOf([measurement("skipzero-native", 0, { samplesNs })]);
  const [row] = latencyRows(timed, timeUnit(1e6));
  assertEquals([row!.value, row!.interval], [11, [6, 16]]);
  assertEquals(
    row!.tip.replaceAll("\u00a0", " "),
    "skipzero-native: median 11.0 ms [6.00 ms, 16.0 ms] of 21 runs",
  );
});

Deno.test("latencyRows() colours our sparse engines only", () => {
  const engines = ["skipzero-native", "skipzero-native-dense", "onnxruntime-node"];
  const rows = latencyRows(timedOf(engines.map((engine) => measurement(engine, 1))), timeUnit(1));
  assertEquals(rows.map(({ tone }) => tone), ["sparse", "dense", "dense"]);
});

Deno.test("latencyTitle() compares the fastest engines in the last cell", () => {
  const timed = timedOf([
    measurement("skipzero-native", 4),
    measurement("skipzero-native", 13.5, { cell: "net batch=32" }),
    measurement("onnxruntime-node", 69, { cell: "net batch=32" }),
    measurement("skipzero-native-dense", 64.1, { cell: "net batch=32" }),
  ]);
  assertEquals(
    latencyTitle(timed).replaceAll("\u00a0", " "),
    "At batch 32 skipzero-native takes 13.5 ms, the fastest dense engine 64.1 ms",
  );
});

Deno.test("latencyTitle() gives the range if there is nothing to compare", () => {
  const timed = timedOf([measurement("loop 0", 0.001), measurement("loop 10", 5)]);
  assertEquals(latencyTitle(timed).replaceAll("\u00a0", " "), "Runs take 1.00 µs to 5.00 ms");
  assertEquals(latencyTitle([]), "Nothing was timed");
});
