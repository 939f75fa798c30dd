/**
 * After how many runs packing and emitting have paid for themselves.
 *
 * @module
 */
import { median } from "../core/mod.ts";
import type { Measurement } from "./result.ts";
import { summarise } from "./summary.ts";

/**
 * Runs after which the time saved against a baseline exceeds what preparing took; `null` if a run saves nothing, or either
 * was not measured.
 *
 * Preparing counts in full; that the baseline was prepared too is not counted against it.
 */
export function paybackRuns(subject: Measurement, baseline: Measurement): number | null {
  const [own, other] = [summarise(subject), summarise(baseline)];
  const { facts } = subject;
  if (!own || !other || !facts || facts.packNs.length === 0) return null;
  const saved = other.median - own.median;
  if (saved <= 0) return null;
  return Math.ceil((median(facts.packNs) + median(facts.emitNs)) / saved);
}
