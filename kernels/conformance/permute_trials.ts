/**
 * Trials of `permuteSpmm`.
 *
 * @module
 */
import { assert } from "@std/assert";
import { hasWideOffsets, packPermuteSlots } from "../formats/mod.ts";
import type { KernelCase } from "../kernels.ts";
import { LANES, mostPermutedTokens, permuteSpmm } from "../ops/mod.ts";
import { randomWeights } from "../reference/mod.ts";
import { proveRows, rowStride } from "./rows.ts";
import { type Bench, call, type Trial, uniform } from "./trial.ts";

type PermuteCase = Extract<KernelCase, { op: "permute" }>;

/** Sizes around lanes, segments and turns of the loop; one token, some, and as many as fit. */
export function permuteTrials(kernel: PermuteCase, bench: Bench): Trial[] {
  const L = LANES[bench.target];
  const sizes = [[1, 1], [L - 1, L], [L, 4 * L], [L + 1, 4 * L + 1], [3 * L, 67]] as const;
  return [
    ...sizes.map(([rows, cols]) => permuteTrial(kernel, bench, rows, cols, 1)),
    ...[2, 3, mostPermutedTokens(bench.target)].map((tokens) =>
      permuteTrial(kernel, bench, 2 * L + 3, 53, tokens)
    ),
    permuteTrial(kernel, bench, 2, 2 ** 14 + 1, 1),
  ];
}

function permuteTrial(
  { pattern, post }: PermuteCase,
  { target, arena, random }: Bench,
  rows: number,
  cols: number,
  tokens: number,
): Trial {
  const weights = randomWeights(random, rows, cols, pattern);
  const packed = packPermuteSlots(weights, rows, cols, LANES[target]);
  const written = packed.groups * packed.lanes;
  const [xStride, yStride] = [rowStride(cols), rowStride(written)];
  const options = { target, tokens, wide: hasWideOffsets(cols), post };
  const x = uniform(random, tokens * xStride);
  const bias = uniform(random, written);
  const y = arena.output(tokens * yStride);
  const step = call(permuteSpmm({ ...options, xStride: 4 * xStride, yStride: 4 * yStride }), {
    x: arena.input(x),
    y,
    values: arena.input(packed.values),
    places: arena.input(packed.places),
    offsets: arena.input(packed.offsets),
    counts: arena.input(packed.counts),
    bias: arena.input(bias),
    groups: packed.groups,
  });
  return {
    steps: [step],
    prove: () => {
      const actual = arena.read(y, tokens * yStride);
      proveRows(actual, yStride, { weights, rows, cols, tokens, x, xStride, bias, post });
      for (let token = 0; token < tokens; token++) {
        const behind = actual.subarray(token * yStride + written, (token + 1) * yStride);
        assert(behind.every(Number.isNaN), `token ${token}: written past the last group`);
      }
    },
  };
}
