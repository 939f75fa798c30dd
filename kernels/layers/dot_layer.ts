/**
 * Linear layers of a few tokens whose lanes are runs of inputs: the `dotSpmm` kernel.
 *
 * Threads take runs of rows with as many segments each; no output is written by two.
 *
 * @module
 */
import { formatPattern } from "../../core/mod.ts";
import type { Backend, Step } from "../backend.ts";
import { hasWideOffsets, packRowSegments, type RowSegments } from "../formats/mod.ts";
import type { Target } from "../machine.ts";
import { DOT_UNROLL, dotSpmm, LANES, MOST_DOT_TOKENS } from "../ops/mod.ts";
import type { Layer } from "./layer.ts";
import { checkRowsLinear, type RowsLinear, rowsStride, type TokenRun } from "./rows.ts";
import { placeRows, planRows, type RowsParts, type RowsPlan } from "./rows_plan.ts";

/**
 * Packs a linear layer in runs of inputs and plans its calls. Input and output are `rows`.
 *
 * An activation that is NaN or infinite reaches the outputs that store a run of inputs with it, zeros included.
 *
 * @throws {RangeError} If sizes, threads or the input port do not fit, or the arena is exhausted.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { parsePattern } from "../../core/mod.ts";
 * import { openBackend } from "../open.ts";
 * using backend = openBackend({ target: "wasm", arenaBytes: 1 << 16 });
 * const layer = prepareDot(backend, {
 *   weights: Float32Array.of(1, 2, 3, 4, 0, 0, 0, 0),
 *   rows: 2,
 *   cols: 4,
 *   pattern: parsePattern("1x4"),
 *   lanes: 1,
 * });
 * using program = backend.build(layer.steps);
 * layer.writeInput(Float32Array.of(1, 1, 1, 2));
 * program.run();
 * assertEquals([...layer.readOutput()], [14, 0]);
 * ```
 */
export function prepareDot(backend: Backend, linear: RowsLinear): Layer {
  return placeRows(backend, linear, planDot(backend.target, linear));
}

/**
 * Packs a linear layer in runs of inputs.
 *
 * @throws {RangeError} If sizes, threads or the input port do not fit.
 */
export function planDot(target: Target, linear: RowsLinear): RowsPlan {
  checkRowsLinear(linear);
  const { rows, cols, pattern } = linear;
  const packed = packRowSegments(linear.weights, rows, cols, LANES[target], DOT_UNROLL);
  const { values, offsets, counts, starts, macs } = packed;
  return planRows<Part>(linear, {
    reason: `${formatPattern(pattern)} in runs of ${packed.lanes} inputs`,
    blocks: rows,
    written: rows,
    starts,
    parts: { values, offsets, counts },
    stored: values.length,
    macs,
    mostTokens: MOST_DOT_TOKENS,
    step: (run, from, to, at) => stepOf(target, linear, packed, at, run, from, to),
  });
}

type Part = "offsets" | "counts";

function stepOf(
  target: Target,
  { rows, cols, post }: RowsLinear,
  { lanes, starts, offsets }: RowSegments,
  whole: RowsParts<Part>,
  { first, count }: TokenRun,
  from: number,
  to: number,
): Step {
  const [xStride, yStride] = [rowsStride(cols), rowsStride(rows)];
  const wide = hasWideOffsets(cols);
  const kernel = dotSpmm({ target, tokens: count, xStride, yStride, wide, ...post && { post } });
  const args = kernel.args({
    x: whole.x + first * xStride,
    y: whole.y + first * yStride + 4 * from,
    values: whole.values + 4 * starts[from]! * lanes,
    offsets: whole.offsets + offsets.BYTES_PER_ELEMENT * starts[from]!,
    counts: whole.counts + 8 * from,
    bias: whole.bias + 4 * from,
    rows: to - from,
  });
  return { do: "call", kernel, args };
}
