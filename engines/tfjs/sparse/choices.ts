/**
 * Which products of frozen weights are faster by sparse kernels, by measurement.
 *
 * @module
 */
import { type Mask, sparsityOf } from "../../../core/mod.ts";
import type { Target } from "../../../kernels/mod.ts";
import type { FrozenUse, WantedGradients } from "./frozen.ts";
import type { KeptWeights } from "./kept_weights.ts";
import { whyUnfit } from "./layer.ts";
import { blockHeight, transposeMask } from "./pattern.ts";

/** Chooses the products of a linear layer. */
export function chooseProducts(
  mask: Mask,
  target: Target,
  wanted: WantedGradients,
): FrozenUse["products"] {
  const isFit = whyUnfit(mask, target) === null;
  const sparsity = sparsityOf(mask);
  const choose = (least: number): "sparse" | "dense" =>
    isFit && sparsity >= least ? "sparse" : "dense";
  const height = blockHeight(mask);
  return {
    forward: choose(leastSparsity("panels", height)),
    byInput: choose(leastSparsity("panels", blockHeight(transposeMask(mask)))),
    byWeight: wanted === "all" ? "dense" : choose(leastSparsity("samples", height)),
  };
}

/** Chooses the products of a convolution. */
export function chooseConvolutions(
  mask: Mask,
  kept: KeptWeights,
  wanted: WantedGradients,
): FrozenUse["products"] {
  const sparsity = sparsityOf(mask);
  const choose = (least: number): "sparse" | "dense" => sparsity >= least ? "sparse" : "dense";
  const height = kept.outputRows(1).height;
  return {
    forward: choose(leastSparsity("cells", height)),
    byInput: choose(leastSparsity("cells", kept.inputRows(1).height)),
    byWeight: wanted === "all" ? "dense" : choose(leastSparsity("cell sums", height)),
  };
}

/**
 * From which sparsity on sparse products are faster, by rows that share their columns.
 *
 * Linear layers, measured with AVX-512, AVX2 and WebAssembly, one and two threads, 2048 tokens and matrices of 256 x 256 to 1024 x 256: at
 * 90 % zeros 3.5 to 8 times (gradients by weights 2 to 7), at 75 % 2 to 4 (1.2 to 3), at 50 % panels 1 to 2 and samples of one row 0.7 to
 * 1.1.
 *
 * Convolutions, measured with the same targets and threads, windows of 3 x 3 on 16 to 64 channels of 32 x 32 to 8 x 8 pixels, with strides
 * of 1 and 2, and of 1 x 1 on 64 to 2048 channels: at 90 % zeros cells 1.5 to 7 times (sums 1.4 to 10), at 75 % 1.2 to 3.8 (1 to 6), at 50 %
 * those of one row 0.8 to 1.7 (0.8 to 1.5) and those of several 1.2 to 2 (1.1 to 2.9). The rest is moving images into cells and back.
 */
function leastSparsity(
  kind: "panels" | "samples" | "cells" | "cell sums",
  height: number,
): number {
  switch (kind) {
    case "panels":
      return 0.5;
    case "samples":
      return height === 1 ? 0.7 : 0.6;
    case "cells":
      return height === 1 ? 0.6 : 0.5;
    case "cell sums":
      return height === 1 ? 0.65 : 0.5;
  }
}
