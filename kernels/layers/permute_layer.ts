/**
 * Linear layers of a few tokens whose lanes look their activations up: the `permuteSpmm` kernel.
 *
 * Threads take runs of row groups with as many slots each; no output is written by two.
 *
 * @module
 */
import { formatPattern } from "../../core/mod.ts";
import type { Backend, Step } from "../backend.ts";
import { hasWideOffsets, packPermuteSlots, type PermuteSlots } from "../formats/mod.ts";
import type { Target } from "../machine.ts";
import { LANES, mostPermutedTokens, permuteSpmm } from "../ops/mod.ts";
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
 * Packs a linear layer in permute slots and plans its calls. Input and output are `rows`.
 *
 * An activation that is NaN or infinite reaches the outputs that store its column, and may reach others of the same group
 * whose lanes are filled up (see `formats/permute_slots`).
 *
 * @throws {RangeError} If sizes, threads or the input port do not fit, or the arena is exhausted.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { parsePattern } from "../../core/mod.ts";
 * import { openBackend } from "../open.ts";
 * using backend = openBackend({ target: "wasm", arenaBytes: 1 << 16 });
 * const layer = preparePermute(backend, {
 *   weights: Float32Array.of(0, 2, 3, 0),
 *   rows: 2,
 *   cols: 2,
 *   pattern: parsePattern("unstructured"),
 *   lanes: 1,
 * });
 * using program = backend.build(layer.steps);
 * layer.writeInput(Float32Array.of(5, 7));
 * program.run();
 * assertEquals([...layer.readOutput()], [14, 15]);
 * ```
 */
export function preparePermute(backend: Backend, linear: RowsLinear): Layer {
  return placeRows(backend, linear, planPermute(backend.target, linear));
}

/**
 * Packs a linear layer in permute slots.
 *
 * @throws {RangeError} If sizes, threads or the input port do not fit.
 */
export function planPermute(target: Target, linear: RowsLinear): RowsPlan {
  checkRowsLinear(linear);
  const { rows, cols, pattern } = linear;
  const packed = packPermuteSlots(linear.weights, rows, cols, LANES[target]);
  const { values, places, offsets, counts, starts, macs } = packed;
  const filled = (values.length / Math.max(1, macs)).toFixed(2);
  return planRows<Part>(linear, {
    reason: `${formatPattern(pattern)} by look-up, ${filled} weights stored for each non-zero`,
    blocks: packed.groups,
    written: packed.groups * packed.lanes,
    starts,
    parts: { values, places, offsets, counts },
    stored: values.length,
    macs,
    mostTokens: tokensPerCall(mostPermutedTokens(target), cols),
    step: (run, from, to, at) => stepOf(target, linear, packed, at, run, from, to),
  });
}

type Part = "places" | "offsets" | "counts";

function stepOf(
  target: Target,
  { cols, post }: RowsLinear,
  { lanes, groups, starts, turns, offsets }: PermuteSlots,
  whole: RowsParts<Part>,
  { first, count }: TokenRun,
  from: number,
  to: number,
): Step {
  const [xStride, yStride] = [rowsStride(cols), rowsStride(groups * lanes)];
  const wide = hasWideOffsets(cols);
  const kernel = permuteSpmm({
    target,
    tokens: count,
    xStride,
    yStride,
    wide,
    ...post && { post },
  });
  const args = kernel.args({
    x: whole.x + first * xStride,
    y: whole.y + first * yStride + 4 * from * lanes,
    values: whole.values + 4 * starts[from]! * lanes,
    places: whole.places + 4 * turns[from]! * lanes,
    offsets: whole.offsets + offsets.BYTES_PER_ELEMENT * starts[from]!,
    counts: whole.counts + 8 * from,
    bias: whole.bias + 4 * from * lanes,
    groups: to - from,
  });
  return { do: "call", kernel, args };
}
