/**
 * The comparison to speak of: our best engine against the fastest dense one.
 *
 * @module
 */
import type { Comparison } from "./result.ts";

/** Our sparse engines, the one to speak of first. */
const SUBJECTS = ["skipzero-native", "skipzero-wasm"];

/** Whether an engine is one of ours that skips zeros. */
export function skipsZeros(engine: string): boolean {
  return engine.startsWith("skipzero-") && !engine.endsWith("-dense");
}

/** Whether both engines are native, or both WebAssembly. */
export function isOneTier(
  { subject, baseline }: Pick<Comparison, "subject" | "baseline">,
): boolean {
  return isNative(subject) === isNative(baseline);
}

/** Whether an engine runs machine code of ours or of ONNX Runtime. */
export function isNative(engine: string): boolean {
  return engine.startsWith("skipzero-native") || engine === "onnxruntime-node";
}

/**
 * Our best available sparse engine against the fastest dense baseline it was compared with, on the fewest threads there;
 * `null` if none of ours was compared.
 */
export function fastestBaseline(comparisons: readonly Comparison[]): Comparison | null {
  for (const subject of SUBJECTS) {
    const own = comparisons.filter((one) => one.subject === subject && !skipsZeros(one.baseline));
    const threads = Math.min(...own.map((one) => one.threads));
    // The smallest ratio belongs to the fastest baseline.
    const [fastest] = own.filter((one) => one.threads === threads)
      .sort((a, b) => a.ratio.estimate - b.ratio.estimate);
    if (fastest !== undefined) return fastest;
  }
  return null;
}

/** The comparisons, or measurements, in cells of a network at a batch size. */
export function atBatch<Row extends { readonly cell: string }>(
  rows: readonly Row[],
  network: string,
  batch: number,
): Row[] {
  return rows.filter(({ cell }) =>
    cell.startsWith(`${network} `) && ` ${cell} `.includes(` batch=${batch} `)
  );
}
