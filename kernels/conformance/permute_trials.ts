/**
 * Trials of `permuteSpmm`.
 *
 * @module
 */
import { assert } from "@std/assert";
import { parsePattern, type Pattern } from "../../core/mod.ts";
import { hasWideOffsets, packPermuteSlots } from "../formats/mod.ts";
import type { KernelCase } from "../kernels.ts";
import { LANES, mostPermutedTokens, permuteSpmm } from "../ops/mod.ts";
import { randomWeights } from "../reference/mod.ts";
import { proveRows, rowStride } from "./rows.ts";
import { type Bench, call, type Trial, uniform } from "./trial.ts";

type PermuteCase = Extract<KernelCase, { op: "permute" }>;

/** Patterns that are filled up, and patterns that are not. */
const PATTERNS = ["unstructured", "2:4", "4x1", "complementary-16", "partitioned-xy-1:16"].map(
  parsePattern,
);

/** Sizes around lanes, segments and turns of the loop; one token, some, and as many as fit; in turn with each pattern. */
export function permuteTrials(kernel: PermuteCase, bench: Bench): Trial[] {
  const L = LANES[bench.target];
  const sizes = [[1, 1], [L - 1, L], [L, 4 * L], [L + 1, 4 * L + 1], [3 * L, 67]] as const;
  const shapes = [
    ...sizes.map(([rows, cols]) => ({ rows, cols, tokens: 1 })),
    ...[2, 3, mostPermutedTokens(bench.target)].map((tokens) => ({
      rows: 2 * L + 3,
      cols: 53,
      tokens,
    })),
    { rows: 2, cols: 2 ** 14 + 1, tokens: 1 },
  ];
  return shapes.flatMap((shape, i) => [
    permuteTrial(kernel, bench, PATTERNS[0]!, shape),
    permuteTrial(kernel, bench, PATTERNS[1 + i % (PATTERNS.length - 1)]!, shape),
  ]);
}

interface Shape {
  readonly rows: number;
  readonly cols: number;
  readonly tokens: number;
}

function permuteTrial(
  { post }: PermuteCase,
  { target, arena, random }: Bench,
  pattern: Pattern,
  { rows, cols, tokens }: Shape,
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
