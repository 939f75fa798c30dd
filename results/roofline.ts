/**
 * The roofline of a measured layer: what it could reach at most, and what keeps it from there.
 *
 * Williams, Waterman and Patterson, "Roofline: An Insightful Visual Performance Model" (2009). Operations are those on
 * non-zeros; bytes are those of packed weights and of activations, each moved once.
 *
 * @module
 */
import { median } from "../core/mod.ts";
import type { MachinePeaks, Measurement } from "./result.ts";
import { summarise } from "./summary.ts";

/** What keeps a kernel from being faster. */
export type Limit = "compute" | "bandwidth" | "neither";

/** Where a measurement stands under its roof. */
export interface Roofline {
  /** Median time of a run in nanoseconds. */
  readonly medianNs: number;
  /** Operations on non-zeros a nanosecond: GFLOP/s or GOP/s. */
  readonly rateDone: number;
  /** Operations of the dense layer a nanosecond. */
  readonly rateDense: number;
  /** Bytes moved by a run. */
  readonly bytes: number;
  /** Operations on non-zeros a byte. */
  readonly intensity: number;
  /** Peak of the operations, GFLOP/s or GOP/s. */
  readonly peak: number;
  /** Bandwidth of the level of memory that holds what the run moves, GB/s. */
  readonly bandwidth: number;
  /** Rate done as a fraction of the peak. */
  readonly ofPeak: number;
  /** Bytes a nanosecond as a fraction of the bandwidth. */
  readonly ofBandwidth: number;
  /** The lower of peak and intensity times bandwidth, GFLOP/s or GOP/s. */
  readonly bound: number;
  /** Rate done as a fraction of the bound. */
  readonly ofBound: number;
  /** `neither` below {@linkcode NEAR_BOUND} of the bound: latencies, load slots, stored zeros or fixed costs. */
  readonly limit: Limit;
}

/** From this fraction of a roof on it is the roof that limits. */
export const NEAR_BOUND = 0.6;

/** The roofline of one of our own kernels; `null` if it was not timed, or its peaks were not measured. */
export function rooflineOf(
  measurement: Measurement,
  peaks: readonly MachinePeaks[] = [],
): Roofline | null {
  const { facts, layer, flopsDone, flopsDense, threads } = measurement;
  const summary = summarise(measurement);
  const own = peaks.find((one) => one.target === facts?.target && one.threads === threads);
  if (!facts || !layer || !summary || !own) return null;
  // Clocks differ from process to process, so a kernel is held against the peaks of its own.
  const peak = facts.peaks?.length ? median(facts.peaks) : peakOf(own, layer.dtype);
  const bytes = facts.weightBytes + facts.activationBytes;
  if (peak === null || bytes === 0 || own.reads.length === 0) return null;
  // What is read again and again comes from the level that holds all of it.
  const bandwidth = bandwidthAt(own, Math.min(bytes, facts.footprintBytes) / threads);
  const rateDone = flopsDone / summary.median;
  const intensity = flopsDone / bytes;
  const bound = Math.min(peak, intensity * bandwidth);
  const ofBound = rateDone / bound;
  return {
    medianNs: summary.median,
    rateDone,
    rateDense: flopsDense / summary.median,
    bytes,
    intensity,
    peak,
    bandwidth,
    ofPeak: rateDone / peak,
    ofBandwidth: bytes / summary.median / bandwidth,
    bound,
    ofBound,
    limit: ofBound < NEAR_BOUND ? "neither" : bound < peak ? "bandwidth" : "compute",
  };
}

/** Peak for a type of values; `null` if it was not measured. */
export function peakOf({ gflops, gops }: MachinePeaks, dtype: string): number | null {
  const rates = dtype === "f32" ? gflops : gops;
  return rates.length === 0 ? null : median(rates);
}

/** GB/s of reading a stretch of so many bytes: between the measured stretches, along the logarithm of the length. */
export function bandwidthAt({ reads }: MachinePeaks, sizeBytes: number): number {
  const points = reads.map((read) => [Math.log(read.sizeBytes), median(read.gbps)] as const);
  const at = Math.log(sizeBytes);
  const above = points.findIndex(([size]) => size >= at);
  if (above === 0) return points[0]![1];
  if (above < 0) return points.at(-1)![1];
  const [[from, low], [to, high]] = [points[above - 1]!, points[above]!];
  return low + (high - low) * (at - from) / (to - from);
}
