/**
 * Linear layers of a few tokens whose lanes are blocks of output rows: the `broadcastSpmm` kernel.
 *
 * Threads take runs of row blocks with as many stored columns each; no output is written by two.
 *
 * @module
 */
import { formatPattern, type Pattern, unitOf } from "../../core/mod.ts";
import type { Backend, Step } from "../backend.ts";
import { hasWideOffsets, packRowBlocks, type RowBlocks } from "../formats/mod.ts";
import type { Target } from "../machine.ts";
import { BROADCAST_UNROLL, broadcastSpmm, LANES, mostTokens } from "../ops/mod.ts";
import type { Layer } from "./layer.ts";
import {
  checkRowsLinear,
  type RowsLinear,
  rowsStride,
  type TokenRun,
  tokensPerCall,
} from "./rows.ts";
import { placeRows, planRows, type RowsParts, type RowsPlan } from "./rows_plan.ts";

/**
 * Packs a linear layer in row blocks and plans its calls. Input and output are `rows`.
 *
 * An activation that is NaN or infinite reaches the outputs of every block that stores its column; a partly empty block
 * stores zeros.
 *
 * @throws {RangeError} If sizes, threads or the input port do not fit, or the arena is exhausted.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { parsePattern } from "../../core/mod.ts";
 * import { openBackend } from "../open.ts";
 * using backend = openBackend({ target: "wasm", arenaBytes: 1 << 16 });
 * const pattern = parsePattern("4x1");
 * const layer = prepareBroadcast(backend, {
 *   weights: Float32Array.of(0, 1, 0, 2, 0, 3, 0, 4),
 *   rows: 4,
 *   cols: 2,
 *   pattern,
 *   lanes: 1,
 * });
 * using program = backend.build(layer.steps);
 * layer.writeInput(Float32Array.of(5, 7));
 * program.run();
 * assertEquals([...layer.readOutput()], [7, 14, 21, 28]);
 * ```
 */
export function prepareBroadcast(backend: Backend, linear: RowsLinear): Layer {
  return placeRows(backend, linear, planBroadcast(backend.target, linear));
}

/**
 * Packs a linear layer in row blocks.
 *
 * @throws {RangeError} If sizes, threads or the input port do not fit.
 */
export function planBroadcast(target: Target, linear: RowsLinear): RowsPlan {
  checkRowsLinear(linear);
  const { rows, cols, pattern } = linear;
  const rowsPerBlock = broadcastRows(pattern, target);
  const packed = packRowBlocks(linear.weights, rows, cols, {
    rowsPerBlock,
    unroll: BROADCAST_UNROLL,
    dense: pattern.kind === "dense",
  });
  const { blocks, starts, values, offsets, counts, macs } = packed;
  return planRows<Part>(linear, {
    reason: `${formatPattern(pattern)} in columns of ${rowsPerBlock} outputs`,
    blocks,
    written: blocks * rowsPerBlock,
    starts,
    parts: { values, offsets, counts },
    stored: values.length,
    macs,
    mostTokens: tokensPerCall(mostTokens(target, rowsPerBlock), cols),
    step: (run, from, to, at) => stepOf(target, linear, packed, at, run, from, to),
  });
}

type Part = "offsets" | "counts";

/** R: the highest column of 4, 8 or 16 rows, or of whole vectors, that divides the pattern's blocks; at least 4. */
export function broadcastRows(pattern: Pattern, target: Target): 4 | 8 | 16 {
  if (pattern.kind === "dense") return LANES[target] === 16 ? 16 : 8;
  const { rows } = unitOf(pattern);
  return rows % 16 === 0 ? 16 : rows % 8 === 0 ? 8 : 4;
}

function stepOf(
  target: Target,
  { cols, pattern, post }: RowsLinear,
  { rowsPerBlock, blocks, starts, offsets }: RowBlocks,
  whole: RowsParts<Part>,
  { first, count }: TokenRun,
  from: number,
  to: number,
): Step {
  const [xStride, yStride] = [rowsStride(cols), rowsStride(blocks * rowsPerBlock)];
  const dense = pattern.kind === "dense";
  const kernel = broadcastSpmm({
    target,
    rowsPerBlock,
    tokens: count,
    xStride,
    yStride,
    dense,
    wide: !dense && hasWideOffsets(cols),
    ...post && { post },
  });
  const args = kernel.args({
    x: whole.x + first * xStride,
    y: whole.y + first * yStride + 4 * from * rowsPerBlock,
    values: whole.values + 4 * starts[from]! * rowsPerBlock,
    offsets: dense ? 0 : whole.offsets + offsets.BYTES_PER_ELEMENT * starts[from]!,
    counts: whole.counts + 8 * from,
    bias: whole.bias + 4 * from * rowsPerBlock,
    blocks: to - from,
  });
  return { do: "call", kernel, args };
}
