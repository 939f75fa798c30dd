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
import {
  BROADCAST_UNROLL,
  type BroadcastArguments,
  broadcastSpmm,
  LANES,
  mostTokens,
} from "../ops/mod.ts";
import type { Layer } from "./layer.ts";
import {
  checkRowsLinear,
  newRowsPort,
  placeBias,
  placeData,
  rowsLayer,
  type RowsLinear,
  rowsStride,
  type TokenRun,
  tokensPerCall,
} from "./rows.ts";

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
  checkRowsLinear(linear);
  const { rows, cols, pattern, lanes } = linear;
  const rowsPerBlock = broadcastRows(pattern, backend.target);
  const packed = packRowBlocks(linear.weights, rows, cols, {
    rowsPerBlock,
    unroll: BROADCAST_UNROLL,
    dense: pattern.kind === "dense",
  });
  const input = linear.input ?? newRowsPort(backend, lanes, cols);
  const output = newRowsPort(backend, lanes, packed.blocks * rowsPerBlock);
  const whole: BroadcastArguments = {
    x: input.address,
    y: output.address,
    values: placeData(backend, packed.values),
    offsets: placeData(backend, packed.offsets),
    counts: placeData(backend, packed.counts),
    bias: placeBias(backend, linear.bias, packed.blocks * rowsPerBlock),
    blocks: packed.blocks,
  };
  const { blocks, starts, values, offsets, counts, macs } = packed;
  return rowsLayer(backend, linear, {
    reason: `${formatPattern(pattern)} in columns of ${rowsPerBlock} outputs`,
    input,
    output,
    blocks,
    starts,
    values,
    indices: [offsets, counts],
    macs,
    mostTokens: tokensPerCall(mostTokens(backend.target, rowsPerBlock), cols),
    step: (run, from, to) => stepOf(backend.target, linear, packed, whole, run, from, to),
  });
}

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
  whole: BroadcastArguments,
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
