/**
 * Trials of `dotSpmm`.
 *
 * @module
 */
import { assert } from "@std/assert";
import { parsePattern, type Pattern } from "../../core/mod.ts";
import { hasWideOffsets, packRowSegments } from "../formats/mod.ts";
import type { KernelCase } from "../kernels.ts";
import { DOT_UNROLL, dotSpmm, LANES, MOST_DOT_TOKENS } from "../ops/mod.ts";
import { randomWeights } from "../reference/mod.ts";
import { proveRows, rowStride } from "./rows.ts";
import { type Bench, call, type Trial, uniform } from "./trial.ts";

type DotCase = Extract<KernelCase, { op: "dot" }>;

/** Patterns of short runs and of long ones. */
const PATTERNS = ["unstructured", "1x4", "1x16", "4x16"].map(
  parsePattern,
);

/** Sizes around lanes, segments and turns of the loop; one token, some, and as many as fit; in turn with each pattern. */
export function dotTrials(kernel: DotCase, bench: Bench): Trial[] {
  const L = LANES[bench.target];
  const sizes = [[1, 1], [L - 1, L], [L, 4 * L], [L + 1, 4 * L + 1], [3 * L, 67]] as const;
  const shapes = [
    ...sizes.map(([rows, cols]) => ({ rows, cols, tokens: 1 })),
    ...[2, 3, MOST_DOT_TOKENS].map((tokens) => ({
      rows: 2 * L + 3,
      cols: 53,
      tokens,
    })),
    { rows: 2, cols: 2 ** 14 + 1, tokens: 1 },
  ];
  return shapes.flatMap((shape, i) => [
    dotTrial(kernel, bench, PATTERNS[0]!, shape),
    dotTrial(kernel, bench, PATTERNS[1 + i % (PATTERNS.length - 1)]!, shape),
  ]);
}

interface Shape {
  readonly rows: number;
  readonly cols: number;
  readonly tokens: number;
}

function dotTrial(
  { post }: DotCase,
  { target, arena, random }: Bench,
  pattern: Pattern,
  { rows, cols, tokens }: Shape,
): Trial {
  const weights = randomWeights(random, rows, cols, pattern);
  const packed = packRowSegments(weights, rows, cols, LANES[target], DOT_UNROLL);
  const written = rows;
  const [xStride, yStride] = [rowStride(cols), rowStride(written)];
  const options = { target, tokens, wide: hasWideOffsets(cols), post };
  const x = uniform(random, tokens * xStride);
  const bias = uniform(random, written);
  const y = arena.output(tokens * yStride);
  const step = call(dotSpmm({ ...options, xStride: 4 * xStride, yStride: 4 * yStride }), {
    x: arena.input(x),
    y,
    values: arena.input(packed.values),
    offsets: arena.input(packed.offsets),
    counts: arena.input(packed.counts),
    bias: arena.input(bias),
    rows,
  });
  return {
    steps: [step],
    prove: () => {
      const actual = arena.read(y, tokens * yStride);
      proveRows(actual, yStride, { weights, rows, cols, tokens, x, xStride, bias, post });
      for (let token = 0; token < tokens; token++) {
        const behind = actual.subarray(token * yStride + written, (token + 1) * yStride);
        assert(behind.every(Number.isNaN), `token ${token}: written past the last row`);
      }
    },
  };
}
