import { assertAlmostEquals, assertEquals } from "@std/assert";
import type { MachinePeaks, Measurement } from "./result.ts";
import { bandwidthAt, rooflineOf } from "./roofline.ts";
import { sampleKernelMeasurement, samplePeaks } from "./sample.ts";

const peaks: MachinePeaks = samplePeaks();

function timed(ns: number, changes: Partial<Measurement> = {}): Measurement {
  return sampleKernelMeasurement({ samplesNs: [ns, ns, ns], ...changes });
}

Deno.test("rooflineOf() says that compute limits a kernel near the peak", () => {
  // 8e6 operations in 50 µs are 160 GFLOP/s of 200; 1.6e5 bytes lie between 16 KiB and 1 MiB.
  const roof = rooflineOf(timed(5e4, { flopsDone: 8e6, flopsDense: 8e7 }), [peaks])!;
  assertEquals([roof.rateDone, roof.rateDense, roof.ofPeak], [160, 1600, 0.8]);
  assertEquals([roof.intensity, roof.bound, roof.limit], [50, 200, "compute"]);
});

Deno.test("rooflineOf() says that bandwidth limits, or neither, below the other roof", () => {
  const roof = rooflineOf(timed(1000, { flopsDone: 8e4 }), [peaks])!;
  assertEquals(roof.intensity, 0.5);
  assertAlmostEquals(roof.ofBandwidth, 160 / roof.bandwidth, 1e-9);
  assertEquals(roof.limit, "bandwidth");
  assertEquals(rooflineOf(timed(16_000, { flopsDone: 8e4 }), [peaks])!.limit, "neither");
});

Deno.test("rooflineOf() needs samples, and peaks of the same target and threads", () => {
  assertEquals(rooflineOf(timed(1600, { samplesNs: [] }), [peaks]), null);
  assertEquals(rooflineOf(timed(1600), [{ ...peaks, target: "avx2" }]), null);
  assertEquals(rooflineOf(timed(1600), [{ ...peaks, threads: 2 }]), null);
  const bytes = timed(1600);
  const integer = { ...bytes, layer: { ...bytes.layer!, dtype: "u8s8" } };
  assertEquals(rooflineOf(integer, [{ ...peaks, gops: [] }]), null);
  assertEquals(rooflineOf(integer, [peaks])!.peak, 800);
});

Deno.test("bandwidthAt() lies between the measured stretches", () => {
  assertEquals([bandwidthAt(peaks, 1), bandwidthAt(peaks, 1e12)], [300, 30]);
  assertAlmostEquals(bandwidthAt(peaks, Math.sqrt(16384 * 1048576)), (300 + 100) / 2, 1e-9);
});
