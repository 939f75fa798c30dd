import { assertEquals } from "@std/assert";
import { networkGroups, spokenBatch } from "./network_groups.ts";
import { itemsPerSecond, networkSweeps } from "./network_sweeps.ts";
import { sampleComparison, sampleResult } from "./sample.ts";
import type { Result } from "./result.ts";

const [TIMED] = sampleResult().measurements;

/** Cells of two networks, batches out of order, one of them with a sequence of another length. */
function swept(): Pick<Result, "measurements" | "comparisons"> {
  const cells = [
    "net f32 4x1 0.9 batch=8",
    "net f32 4x1 0.9 batch=1",
    "net f32 4x1 0.9 batch=32",
    "bert f32 2:4 0.5 batch=8 seq=64",
    "bert f32 2:4 0.5 batch=8 seq=128",
  ];
  return {
    measurements: cells.map((cell, index) => ({
      ...TIMED!,
      cell,
      samplesNs: [1000 * (index + 1)],
    })),
    comparisons: cells.map((cell) => sampleComparison({ cell })),
  };
}

Deno.test("networkSweeps() puts the cells of a network in order of the batch", () => {
  const [sweep, ...others] = networkSweeps(swept(), "batch", 2);
  assertEquals(others, []);
  assertEquals(sweep!.places, [1, 8, 32]);
  assertEquals(sweep!.network.network, "net");
  assertEquals(sweep!.times.get("skipzero-native")!.map(({ at }) => at), [1, 8, 32]);
  assertEquals(sweep!.ratios.map((ratios) => ratios.map(({ at }) => at)), [[1, 8, 32]]);
});

Deno.test("networkSweeps() goes along sequences too, and asks for enough places", () => {
  const [sweep, ...others] = networkSweeps(swept(), "sequence", 2);
  assertEquals(others, []);
  assertEquals([sweep!.network.network, sweep!.places], ["bert", [64, 128]]);
  assertEquals(networkSweeps(swept(), "batch", 4), []);
});

Deno.test("networkSweeps() keeps threads apart and leaves out what was not timed", () => {
  const { measurements, comparisons } = swept();
  const threaded = measurements.map((one, index) => ({ ...one, threads: index < 2 ? 2 : 1 }));
  assertEquals(
    networkSweeps({ measurements: threaded, comparisons }, "batch", 2).map((one) => one.threads),
    [2],
  );
  const untimed = measurements.map((one) => ({ ...one, samplesNs: [] }));
  assertEquals(networkSweeps({ measurements: untimed, comparisons }, "batch", 1), []);
});

Deno.test("itemsPerSecond() divides the batch by the time, its interval the other way round", () => {
  const summary = { median: 2e6, low: 1e6, high: 4e6, n: 9 };
  const measurement = { ...TIMED!, cell: "net f32 4x1 0.9 batch=8" };
  assertEquals(itemsPerSecond({ measurement, summary }), { estimate: 4000, low: 2000, high: 8000 });
  assertEquals(itemsPerSecond({ measurement: { ...TIMED!, cell: "loop" }, summary }), null);
});

Deno.test("networkGroups() gathers what belongs to a network, whatever the batch", () => {
  const groups = networkGroups(swept());
  assertEquals(groups.map(({ cells }) => cells), [
    "net f32 4x1 0.9",
    "bert f32 2:4 0.5 seq=64",
    "bert f32 2:4 0.5 seq=128",
  ]);
  assertEquals(groups.map(({ measurements }) => measurements.length), [3, 1, 1]);
  assertEquals(networkGroups({ measurements: [{ ...TIMED!, cell: "loop" }], comparisons: [] }), []);
});

Deno.test("spokenBatch() is the one with a figure aimed at, else the largest", () => {
  const { measurements, comparisons } = swept();
  assertEquals(spokenBatch(networkGroups({ measurements, comparisons })[0]!), 32);
  const aimed = comparisons.map((one, index) => index === 0 ? { ...one, goal: 3 } : one);
  assertEquals(spokenBatch(networkGroups({ measurements, comparisons: aimed })[0]!), 8);
});
