/**
 * What the machine's peaks allow a whole network.
 *
 * The roofline model (Williams, Waterman and Patterson 2009) product by product: arithmetic at the peak of registers, or bytes at the
 * bandwidth of the memory that holds them, whichever takes longer. Weights come from where all weights of the network lie, since each
 * is read once a run; activations from where those of the product lie.
 *
 * @module
 */
import { median } from "../core/mod.ts";
import type { LayerDispatch } from "../engines/mod.ts";
import { bandwidthAt, type MachinePeaks, type NetworkRoofline } from "../results/mod.ts";
import type { ProductTraffic } from "./network_traffic.ts";

/** What bounds a network are drawn from. */
export interface RooflineInput {
  /** Products of the network. */
  readonly products: readonly ProductTraffic[];
  /** What the subject skips. */
  readonly dispatch: readonly LayerDispatch[];
  /** Peaks of the subject's instruction set and number of threads. */
  readonly peaks: MachinePeaks;
  /** Median nanoseconds of the subject. */
  readonly measuredNs: number;
}

/** The least times of a network, and how near a measured one comes. */
export function networkRoofline(input: RooflineInput): NetworkRoofline {
  const { products, dispatch, peaks, measuredNs } = input;
  const skipped = new Map(dispatch.map((layer) => [layer.layer, layer.skipped ?? 0]));
  const kept = products.map((product) => 1 - Math.max(0, skipped.get(product.layer) ?? 0));
  const subjectNs = boundNs(products, kept, peaks);
  const denseNs = boundNs(products, products.map(() => 1), peaks);
  return {
    subjectNs: Math.round(subjectNs),
    denseNs: Math.round(denseNs),
    ceiling: denseNs / subjectNs,
    attained: subjectNs / measuredNs,
  };
}

/** @param kept Fraction of each product's weights that is not skipped. */
function boundNs(
  products: readonly ProductTraffic[],
  kept: readonly number[],
  peaks: MachinePeaks,
): number {
  const peak = median(peaks.gflops);
  const nsOf = (bytes: number, among: number): number =>
    bytes === 0 ? 0 : bytes / bandwidthAt(peaks, among / peaks.threads);
  const allWeights = products.reduce((sum, product, i) => sum + kept[i]! * product.weightBytes, 0);
  return products.reduce((sum, { macs, weightBytes, activationBytes }, i) => {
    const arithmetic = 2 * kept[i]! * macs / peak;
    const moving = nsOf(kept[i]! * weightBytes, allWeights) +
      nsOf(activationBytes, activationBytes);
    return sum + Math.max(arithmetic, moving);
  }, 0);
}
