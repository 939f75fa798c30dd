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
import { DOT_UNROLL, type DotArguments, dotSpmm, LANES, MOST_DOT_TOKENS } from "../ops/mod.ts";
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
} from "./rows.ts";

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
  checkRowsLinear(linear);
  const { rows, cols, pattern, lanes } = linear;
  const { target } = backend;
  const packed = packRowSegments(linear.weights, rows, cols, LANES[target], DOT_UNROLL);
  const input = linear.input ?? newRowsPort(backend, lanes, cols);
  const output = newRowsPort(backend, lanes, rows);
  const { values, offsets, counts, starts, macs } = packed;
  const whole: DotArguments = {
    x: input.address,
    y: output.address,
    values: placeData(backend, values),
    offsets: placeData(backend, offsets),
    counts: placeData(backend, counts),
    bias: placeBias(backend, linear.bias, rows),
    rows,
  };
  return rowsLayer(backend, linear, {
    reason: `${formatPattern(pattern)} in runs of ${packed.lanes} inputs`,
    input,
    output,
    blocks: rows,
    starts,
    values,
    indices: [offsets, counts],
    macs,
    mostTokens: MOST_DOT_TOKENS,
    step: (run, from, to) => stepOf(target, linear, packed, whole, run, from, to),
  });
}

function stepOf(
  target: Target,
  { rows, cols, post }: RowsLinear,
  { lanes, starts, offsets }: RowSegments,
  whole: DotArguments,
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
