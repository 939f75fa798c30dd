import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { blockScores, maskOfBlocks, unitCount } from "./blocks.ts";
import { sparsityOf } from "./mask.ts";
import { drawMask } from "./mask_draw.ts";
import { projectMask } from "./mask_projection.ts";
import { proveMask } from "./mask_proof.ts";
import { parsePattern } from "./pattern_name.ts";
import { createRandom } from "./random.ts";

const PATTERNS = ["dense", "unstructured", "4x1", "1x4", "4x4", "16x1", "2x3", "2:4", "4:16"];
const ROWS = 48;
const COLS = 96;

/** Zeros that a pattern must have, counted from its definition. */
function wantedZeros(name: string, sparsity: number): number {
  const pattern = parsePattern(name);
  if (pattern.kind === "dense") return 0;
  if (pattern.kind === "n_of_m") return ROWS * COLS * (1 - pattern.n / pattern.m);
  const size = pattern.kind === "block" ? pattern.rows * pattern.cols : 1;
  return Math.round(sparsity * ROWS * COLS / size) * size;
}

for (const name of PATTERNS) {
  Deno.test(`projectMask() and drawMask() zero exactly the wanted units of ${name}`, () => {
    const random = createRandom(name);
    for (const sparsity of [0, 0.001, 0.5, 0.777, 0.9, 1]) {
      const scores = Float32Array.from({ length: ROWS * COLS }, () => random.normal());
      const pattern = parsePattern(name);
      for (
        const mask of [
          projectMask(scores, ROWS, COLS, pattern, sparsity),
          drawMask(random, ROWS, COLS, pattern, sparsity),
        ]
      ) {
        const zeros = mask.kept.filter((kept) => kept === 0).length;
        assertEquals(zeros, wantedZeros(name, sparsity), `${sparsity}`);
        assertEquals(proveMask(mask, pattern).violation, null);
      }
    }
  });
}

Deno.test("projectMask() keeps at least the score of a thousand random masks", () => {
  const random = createRandom(11);
  for (const name of ["unstructured", "2x1", "2x2", "2:4"]) {
    const pattern = parsePattern(name);
    const scores = Float32Array.from({ length: 32 }, () => random.next());
    const total = (kept: Uint8Array) => kept.reduce((sum, k, i) => sum + k * scores[i]!, 0);
    const best = total(projectMask(scores, 4, 8, pattern, 0.5).kept);
    for (let i = 0; i < 1000; i++) {
      const other = total(drawMask(random, 4, 8, pattern, 0.5).kept);
      assert(other <= best + 1e-5, `${name}: ${other} > ${best}`);
    }
  }
});

Deno.test("projectMask() agrees with sorting, negative and infinite scores and ties included", () => {
  const random = createRandom(12);
  const special = [Infinity, -Infinity, 0, -0, 1e-45, -1e-45, 3.4e38, -3.4e38];
  const scores = Float32Array.from(
    { length: 1000 },
    (_, i) => i < 200 ? special[random.integer(special.length)]! : random.integer(50) - 25,
  );
  const order = Array.from(scores.keys()).sort((a, b) => {
    const [x, y] = [scores[a]!, scores[b]!];
    return x === y ? a - b : x > y ? -1 : 1;
  });
  for (const zeros of [1, 10, 499, 500, 990, 999]) {
    const kept = projectMask(scores, 10, 100, { kind: "unstructured" }, zeros / 1000).kept;
    const wanted = new Uint8Array(1000);
    for (const i of order.slice(0, 1000 - zeros)) wanted[i] = 1;
    assertEquals(kept, wanted, `${zeros} zeros`);
  }
});

Deno.test("projectMask() breaks ties by position in every pattern", () => {
  const equal = new Float32Array(16).fill(0.5);
  const kept = (name: string) => projectMask(equal, 4, 4, parsePattern(name), 0.5).kept.join("");
  assertEquals(kept("unstructured"), "1111111100000000");
  assertEquals(kept("2x1"), "1111111100000000");
  assertEquals(kept("2x2"), "1111111100000000");
  assertEquals(kept("2:4"), "1100110011001100");
});

Deno.test("projectMask() keeps the N best of every M whatever the sparsity", () => {
  const scores = Float32Array.of(1, 4, 3, 2, 9, 9, 9, 1, -1, -4, -2, -3);
  for (const sparsity of [0, 0.5, 0.9]) {
    const { kept } = projectMask(scores, 1, 12, parsePattern("2:4"), sparsity);
    assertEquals(kept.join(""), "011011001010");
  }
});

Deno.test("projectMask() refuses NaN, other sizes and what is no fraction", () => {
  const scores = new Float32Array(16);
  const of = (name: string, sparsity = 0.5, rows = 4, cols = 4) => () =>
    projectMask(scores, rows, cols, parsePattern(name), sparsity);
  assertThrows(of("unstructured", 90), RangeError, "sparsity is 90, expected a fraction");
  assertThrows(of("unstructured", NaN), RangeError, "sparsity is NaN");
  assertThrows(of("unstructured", 0.5, 4, 5), RangeError, "16 scores, expected 20");
  assertThrows(of("4x1", 0.5, 2, 8), RangeError, "with 4x1: 2 rows do not divide by 4");
  scores[5] = NaN;
  for (const name of ["unstructured", "2:4"]) {
    assertThrows(of(name), RangeError, "score 5 is NaN");
  }
  assertThrows(of("4x1"), RangeError, "score 1 is NaN");
});

Deno.test("drawMask() keeps every unit equally often", () => {
  const random = createRandom(13);
  for (const [name, share] of [["unstructured", 0.25], ["2x1", 0.25], ["2:4", 0.5]] as const) {
    const counts = new Float64Array(32);
    for (let i = 0; i < 4000; i++) {
      const { kept } = drawMask(random, 4, 8, parsePattern(name), 0.75);
      for (let j = 0; j < 32; j++) counts[j]! += kept[j]! / 4000;
    }
    // 4.5 standard deviations of a share of a half.
    for (const count of counts) assertAlmostEquals(count, share, 0.036, name);
  }
});

Deno.test("drawMask() repeats with its seed", () => {
  const draw = (seed: number) =>
    drawMask(createRandom(seed), 16, 16, parsePattern("4x1"), 0.9).kept.join("");
  assertEquals(draw(1), draw(1));
  assert(draw(1) !== draw(2));
});

Deno.test("blockScores() reduces blocks row by row of their grid", () => {
  const scores = Float32Array.of(1, 2, 3, 4, 5, 6, 7, 8);
  const of = (
    name: string,
    reduce: "mean" | "sum" | "max",
  ) => [...blockScores(scores, 2, 4, parsePattern(name), reduce)];
  assertEquals(of("2x1", "sum"), [6, 8, 10, 12]);
  assertEquals(of("2x2", "mean"), [3.5, 5.5]);
  assertEquals(of("1x2", "max"), [2, 4, 6, 8]);
  for (const name of ["unstructured", "2:4", "dense"]) assertEquals(of(name, "mean"), [...scores]);
});

Deno.test("blockScores() takes the largest of negative scores and passes NaN on", () => {
  const max = (...scores: number[]) =>
    blockScores(Float32Array.from(scores), 2, 2, parsePattern("2x1"), "max");
  assertEquals([...max(-3, -1, -2, -4)], [-2, -1]);
  assertEquals([...max(NaN, 1, 2, 3)], [NaN, 3]);
  assertEquals([...max(2, 1, NaN, 3)], [NaN, 3]);
});

Deno.test("blockScores() of elements is a copy", () => {
  const scores = Float32Array.of(1, 2);
  blockScores(scores, 1, 2, parsePattern("unstructured"), "sum")[0] = 9;
  assertEquals(scores[0], 1);
});

Deno.test("maskOfBlocks() spreads blocks over their elements", () => {
  const of = (name: string, ...blocks: number[]) =>
    maskOfBlocks(Uint8Array.from(blocks), 4, 4, parsePattern(name)).kept.join("");
  assertEquals(of("2x2", 1, 0, 0, 1), "1100110000110011");
  assertEquals(of("4x1", 0, 1, 1, 0), "0110".repeat(4));
  assertEquals(of("1x4", 0, 1, 0, 1), "0000111100001111");
  assertThrows(() => of("2x2", 1, 0, 0), RangeError, "3 blocks, expected 4");
});

Deno.test("maskOfBlocks() undoes what blockScores() of a mask does", () => {
  const mask = drawMask(createRandom(14), 24, 24, parsePattern("4x3"), 0.6);
  const blocks = blockScores(Float32Array.from(mask.kept), 24, 24, parsePattern("4x3"), "mean");
  assertEquals(blocks.length, unitCount(24, 24, parsePattern("4x3")));
  assertEquals(maskOfBlocks(Uint8Array.from(blocks), 24, 24, parsePattern("4x3")), mask);
});

Deno.test("projectMask() handles 1024x4096 well below a second", () => {
  const random = createRandom(15);
  const scores = Float32Array.from({ length: 1024 * 4096 }, () => random.next());
  for (const name of ["unstructured", "4x1", "2:4", "4:16"]) {
    const started = performance.now();
    const mask = projectMask(scores, 1024, 4096, parsePattern(name), 0.9);
    const ms = performance.now() - started;
    // About 50 ms on an idle machine; a slow algorithm takes a second, a busy machine a few times longer.
    assert(ms < 800, `${name}: ${ms} ms`);
    assert(sparsityOf(mask) >= 0.5);
  }
});
