/**
 * Trials of `broadcastSpmm`.
 *
 * @module
 */
import { assert } from "@std/assert";
import type { Pattern } from "../../core/mod.ts";
import { hasWideOffsets, packRowBlocks } from "../formats/mod.ts";
import type { KernelCase } from "../kernels.ts";
import { BROADCAST_UNROLL, broadcastSpmm, mostTokens } from "../ops/mod.ts";
import { randomWeights } from "../reference/mod.ts";
import { proveRows, rowStride } from "./rows.ts";
import { type Bench, call, type Trial, uniform } from "./trial.ts";

type BroadcastCase = Extract<KernelCase, { op: "broadcast" }>;

/** Sizes around blocks, lanes and turns of the loop; one token, some, and as many as fit. */
export function broadcastTrials(kernel: BroadcastCase, bench: Bench): Trial[] {
  const { rowsPerBlock: R } = kernel;
  const most = mostTokens(bench.target, R);
  const sizes = [[1, 1], [R - 1, 7], [R, 4], [R + 1, 13], [3 * R, 67]] as const;
  return [
    ...sizes.map(([rows, cols]) => broadcastTrial(kernel, bench, rows, cols, 1)),
    ...[2, 3, most].filter((tokens) => tokens <= most).map((tokens) =>
      broadcastTrial(kernel, bench, 2 * R + 3, 29, tokens)
    ),
    broadcastTrial(kernel, bench, R, 2 ** 14 + 1, 1),
  ];
}

function broadcastTrial(
  { rowsPerBlock, dense, post }: BroadcastCase,
  { target, arena, random }: Bench,
  rows: number,
  cols: number,
  tokens: number,
): Trial {
  const pattern: Pattern = dense
    ? { kind: "dense" }
    : { kind: "block", rows: rowsPerBlock, cols: 1 };
  const weights = randomWeights(random, rows, cols, pattern);
  const packed = packRowBlocks(weights, rows, cols, {
    rowsPerBlock,
    unroll: BROADCAST_UNROLL,
    dense,
  });
  const written = packed.blocks * rowsPerBlock;
  const [xStride, yStride] = [rowStride(cols), rowStride(written)];
  const wide = hasWideOffsets(cols) && !dense;
  const options = { target, rowsPerBlock, tokens, dense, wide, post };
  const x = uniform(random, tokens * xStride);
  const bias = uniform(random, written);
  const y = arena.output(tokens * yStride);
  const step = call(broadcastSpmm({ ...options, xStride: 4 * xStride, yStride: 4 * yStride }), {
    x: arena.input(x),
    y,
    values: arena.input(packed.values),
    offsets: arena.input(packed.offsets),
    counts: arena.input(packed.counts),
    bias: arena.input(bias),
    blocks: packed.blocks,
  });
  return {
    steps: [step],
    prove: () => {
      const actual = arena.read(y, tokens * yStride);
      proveRows(actual, yStride, { weights, rows, cols, tokens, x, xStride, bias, post });
      for (let token = 0; token < tokens; token++) {
        const behind = actual.subarray(token * yStride + written, (token + 1) * yStride);
        assert(behind.every(Number.isNaN), `token ${token}: written past the last block`);
      }
    },
  };
}
