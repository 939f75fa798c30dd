/**
 * Kernels of convolutions over cells (see `interleave_kernels.ts`): products with weights, and gradients by them.
 *
 * Idea: with images in the lanes, a convolution is a sum of whole vectors times numbers, and where its terms lie is a list of offsets.
 * One kernel serves the convolution and its gradient by the input, which is a convolution with other offsets, strides and weights.
 *
 * Layout: weights come in strips of R outputs `[strip]([bias R][k][R])`; the offset list has for every k where the pixels of a pair
 * lie. Sums of the gradient by weights stay vectors until all pixels are in; then their lanes are added up.
 *
 * Cost: for a pair of pixels and each k, R + 2 loads and 2 · R multiply-adds; by weights, for each pixel BLOCK + S loads and
 * BLOCK · S multiply-adds. Limits: multiply-adds.
 *
 * @module
 */
import type { Scalar, Target, Vector } from "../../kernels/mod.ts";
import { type BlockKernel, defineBlockKernel } from "./block_kernel.ts";
import { BLOCK, cellBytes } from "./interleave_kernels.ts";

const FLOAT = 4;
/** Pixels of a tile. */
export const PAIR = 2;

/** Outputs of a tile: what fits the registers. A multiple of {@linkcode BLOCK}. */
export function stripOutputs(lanes: number): number {
  return lanes === 16 ? 2 * BLOCK : BLOCK;
}

/** Input channels of a tile of the gradient by weights; {@linkcode BLOCK} divides by it. */
export function tileInputs(lanes: number): number {
  return lanes === 16 ? BLOCK : 2;
}

type ConvolveName =
  | ("x" | "y" | "weights" | "offsets" | "k" | "rows" | "strips" | "pairs")
  | ("xRowBytes" | "xPairBytes" | "yRowBytes" | "yPairBytes" | "yPixelBytes")
  | ("weightBytes" | "yBlockBytes");

/**
 * `y = bias + Σ weights · x` for `rows` rows of `pairs` pairs of pixels and `strips` strips of outputs. `weightBytes` from strip to strip
 * of the weights, `yBlockBytes` from block to block of y.
 */
export function convolveCells(target: Target, lanes: number): BlockKernel<ConvolveName> {
  const outputs = stripOutputs(lanes);
  return defineBlockKernel<ConvolveName>(
    `convolve_cells_f32_${target}_${lanes}`,
    [
      ...["x", "y", "weights", "offsets", "k", "rows", "strips", "pairs"] as const,
      ...["xRowBytes", "xPairBytes", "yRowBytes", "yPairBytes", "yPixelBytes"] as const,
      ...["weightBytes", "yBlockBytes"] as const,
    ],
    (machine, load) => {
      const [xRow, yRow] = [load.address("x"), load.address("y")];
      /** Emits one pair: all k, then the stores. */
      function emitPair(x: Scalar, y: Scalar, weights: Scalar): void {
        const sums = Array.from(
          { length: outputs },
          () => Array.from({ length: PAIR }, () => machine.vector()),
        );
        machine.scope(() => {
          const [at, factor] = [machine.scalar(), machine.vector()];
          machine.move(at, weights);
          sums.forEach((row, r) => {
            machine.broadcast(row[0]!, { base: at, disp: r * FLOAT });
            machine.copy(row[1]!, row[0]!);
          });
          const offsets = load.address("offsets");
          const values = sums[0]!.map(() => machine.vector());
          machine.countDown(load.value("k"), () => {
            const offset = machine.scalar();
            machine.increase(at, outputs * FLOAT);
            values.forEach((value, p) => {
              machine.loadU32(offset, { base: offsets, disp: p * FLOAT });
              machine.load(value, { base: x, index: offset });
            });
            sums.forEach((row, r) => {
              machine.broadcast(factor, { base: at, disp: r * FLOAT });
              row.forEach((sum, p) => machine.fma(sum, factor, values[p]!));
            });
            machine.increase(offsets, PAIR * FLOAT);
          });
        });
        storePair(y, sums);
      }
      function storePair(y: Scalar, sums: readonly (readonly Vector[])[]): void {
        const bytes = cellBytes(lanes);
        for (let first = 0; first < outputs; first += BLOCK) {
          machine.scope(() => {
            const place = machine.scalar();
            machine.move(place, y);
            if (first > 0) machine.increase(place, load.value("yBlockBytes"));
            const block = sums.slice(first, first + BLOCK);
            for (let p = 0; p < PAIR; p++) {
              block.forEach((row, r) =>
                machine.store({ base: place, disp: r * bytes / BLOCK }, row[p]!)
              );
              if (p === 0) machine.scope(() => machine.increase(place, load.value("yPixelBytes")));
            }
          });
        }
      }
      machine.countDown(load.value("rows"), () => {
        const [weights, yStrip] = [load.address("weights"), machine.scalar()];
        machine.move(yStrip, yRow);
        machine.countDown(load.value("strips"), () => {
          const [x, y] = [machine.scalar(), machine.scalar()];
          machine.move(x, xRow);
          machine.move(y, yStrip);
          machine.countDown(load.value("pairs"), () => {
            machine.scope(() => emitPair(x, y, weights));
            machine.scope(() => machine.increase(x, load.value("xPairBytes")));
            machine.scope(() => machine.increase(y, load.value("yPairBytes")));
          });
          machine.scope(() => machine.increase(weights, load.value("weightBytes")));
          for (let block = 0; block < outputs; block += BLOCK) {
            machine.scope(() => machine.increase(yStrip, load.value("yBlockBytes")));
          }
        });
        machine.scope(() => machine.increase(xRow, load.value("xRowBytes")));
        machine.scope(() => machine.increase(yRow, load.value("yRowBytes")));
      });
    },
    lanes,
  );
}

type WeighName =
  | ("x" | "dy" | "sums" | "offsets" | "blocks" | "tiles" | "chunks" | "rows" | "cols")
  | ("xStepBytes" | "xRowBytes" | "xChunkBytes" | "dyRowGap" | "dyChunkGap" | "dyBlockBytes");

/**
 * `sums += Σ dy · x` over `chunks` chunks of images, `rows` rows and `cols` pixels: for `blocks` blocks of outputs and `tiles` tiles of
 * inputs, which begin where the offset list says; `[block][tile][output][input]`.
 */
export function weighCells(target: Target, lanes: number): BlockKernel<WeighName> {
  const inputs = tileInputs(lanes);
  const bytes = lanes * FLOAT;
  return defineBlockKernel<WeighName>(
    `weigh_cells_f32_${target}_${lanes}`,
    [
      ...["x", "dy", "sums", "offsets", "blocks", "tiles", "chunks", "rows", "cols"] as const,
      ...["xStepBytes", "xRowBytes", "xChunkBytes"] as const,
      ...["dyRowGap", "dyChunkGap", "dyBlockBytes"] as const,
    ],
    (machine, load) => {
      const [block, place] = [load.address("dy"), load.address("sums")];
      /** Emits the products of one pixel. */
      function emitPixel(sums: readonly (readonly Vector[])[], x: Scalar, dy: Scalar): void {
        const [slope, ...values] = [machine.vector(), ...sums[0]!.map(() => machine.vector())];
        values.forEach((value, i) => machine.load(value, { base: x, disp: i * bytes }));
        sums.forEach((row, r) => {
          machine.load(slope!, { base: dy, disp: r * bytes });
          row.forEach((sum, i) => machine.fma(sum, slope!, values[i]!));
        });
      }
      machine.countDown(load.value("blocks"), () => {
        const offsets = load.address("offsets");
        machine.countDown(load.value("tiles"), () => {
          const sums = Array.from(
            { length: BLOCK },
            () => Array.from({ length: inputs }, () => machine.vector()),
          );
          for (const row of sums) for (const sum of row) machine.zero(sum);
          machine.scope(() => {
            const [xRow, dy] = [load.address("x"), machine.scalar()];
            machine.scope(() => {
              const offset = machine.scalar();
              machine.loadU32(offset, { base: offsets });
              machine.increase(xRow, offset);
            });
            machine.move(dy, block);
            machine.countDown(load.value("chunks"), () => {
              machine.countDown(load.value("rows"), () => {
                const [x, step] = [machine.scalar(), load.value("xStepBytes")];
                machine.move(x, xRow);
                machine.countDown(load.value("cols"), () => {
                  emitPixel(sums, x, dy);
                  machine.increase(x, step);
                  machine.increase(dy, cellBytes(lanes));
                });
                machine.scope(() => machine.increase(xRow, load.value("xRowBytes")));
                machine.scope(() => machine.increase(dy, load.value("dyRowGap")));
              });
              machine.scope(() => machine.increase(xRow, load.value("xChunkBytes")));
              machine.scope(() => machine.increase(dy, load.value("dyChunkGap")));
            });
          });
          machine.scope(() => {
            const [before] = [machine.vector()];
            sums.flat().forEach((sum, i) => {
              const at = { base: place, disp: i * FLOAT };
              machine.addAcross(sum, sum);
              machine.broadcast(before, at);
              machine.add(sum, sum, before);
              machine.storeLane0(at, sum);
            });
          });
          machine.increase(place, BLOCK * inputs * FLOAT);
          machine.increase(offsets, FLOAT);
        });
        machine.scope(() => machine.increase(block, load.value("dyBlockBytes")));
      });
    },
    lanes,
  );
}
