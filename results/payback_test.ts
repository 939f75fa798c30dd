import { assertEquals } from "@std/assert";
import { paybackRuns } from "./payback.ts";
import { sampleKernelMeasurement } from "./sample.ts";

const sparse = sampleKernelMeasurement({ samplesNs: [4000, 4000] });

Deno.test("paybackRuns() divides what preparing took by what a run saves", () => {
  const dense = sampleKernelMeasurement({ samplesNs: [44_000, 44_000] });
  // 150 µs of packing and 50 µs of emitting, 40 µs saved a run.
  assertEquals(paybackRuns(sparse, dense), 5);
});

Deno.test("paybackRuns() is never where nothing is saved or known", () => {
  assertEquals(paybackRuns(sparse, sparse), null);
  const { facts: _, ...unknown } = sparse;
  const dense = sampleKernelMeasurement({ samplesNs: [44_000] });
  assertEquals(paybackRuns(unknown, dense), null);
  assertEquals(paybackRuns(sparse, { ...dense, samplesNs: [] }), null);
});
