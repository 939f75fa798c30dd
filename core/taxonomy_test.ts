/** Properties that hold for every pattern: draws and projections are proved, and projections are the best there are. */
import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { type Mask, sparsityOf } from "./mask.ts";
import { drawMask } from "./mask_draw.ts";
import { projectMask } from "./mask_projection.ts";
import { proveMask } from "./mask_proof.ts";
import { periodOf, sparsityOfPattern, unitOf } from "./pattern.ts";
import { parsePattern, PATTERN_FORMS } from "./pattern_name.ts";
import { createRandom, type Random } from "./random.ts";

const NAMES = [
  ...PATTERN_FORMS.map(({ example }) => example),
  "partitioned-xy-3:5",
  "block-y-2-partitioned-xy-2:3",
  "complementary-5",
];

function total(scores: Float32Array, { kept }: Mask): number {
  let sum = 0;
  kept.forEach((mark, i) => sum += mark === 1 ? scores[i]! : 0);
  return sum;
}

/** Scores with many ties, and some below zero. */
function drawScores(random: Random, length: number): Float32Array {
  return Float32Array.from({ length }, () => random.integer(9) - 2);
}

for (const name of NAMES) {
  const pattern = parsePattern(name);
  const period = periodOf(pattern);
  const decided = sparsityOfPattern(pattern);

  Deno.test(`${name}: what is drawn or projected is proved, at the sparsity that was asked for`, () => {
    const random = createRandom(name);
    for (let i = 0; i < 12; i++) {
      const rows = period.rows * (1 + random.integer(Math.ceil(24 / period.rows)));
      const cols = period.cols * (1 + random.integer(Math.ceil(48 / period.cols)));
      const sparsity = random.next();
      const scores = drawScores(random, rows * cols);
      for (
        const mask of [
          drawMask(random, rows, cols, pattern, sparsity),
          projectMask(scores, rows, cols, pattern, sparsity),
        ]
      ) {
        const { proved, violation } = proveMask(mask, pattern);
        assert(proved, `${rows}x${cols}: ${violation}`);
        const unit = unitOf(pattern);
        const units = rows * cols / (unit.rows * unit.cols);
        const wanted = decided ?? Math.round(sparsity * units) / units;
        assertAlmostEquals(sparsityOf(mask), wanted, 1e-12);
      }
    }
  });

  if (name === "unstructured") continue;
  Deno.test(`${name}: no mask with one element flipped is proved`, () => {
    const [rows, cols] = [2 * period.rows, 2 * period.cols];
    const mask = drawMask(createRandom(name), rows, cols, pattern, 0.5);
    const atMost = pattern.kind === "n_of_m";
    for (let i = 0; i < mask.kept.length; i++) {
      if (atMost && mask.kept[i] === 1) continue;
      mask.kept[i]! ^= 1;
      assert(!proveMask(mask, pattern).proved, `element ${i}`);
      mask.kept[i]! ^= 1;
    }
  });
}

/** Every mask of the pattern, by trying all that 2^(rows * cols) bits can be. */
function everyMask(name: string, rows: number, cols: number): Mask[] {
  const pattern = parsePattern(name);
  const found: Mask[] = [];
  for (let bits = 0; bits < 2 ** (rows * cols); bits++) {
    const kept = Uint8Array.from({ length: rows * cols }, (_, i) => (bits >> i) & 1);
    if (proveMask({ rows, cols, kept }, pattern).proved) found.push({ rows, cols, kept });
  }
  return found;
}

/** Patterns small enough to try every mask, and how many there are by counting. */
const SMALL = [
  ["partitioned-x-1:3", 2, 6, 81],
  ["partitioned-x-2:4", 2, 8, 1296],
  ["partitioned-y-1:2", 4, 4, 256],
  ["partitioned-xy-2:4", 4, 4, 90],
  ["partitioned-xy-1:3", 3, 3, 6],
  ["block-x-2-partitioned-xy-1:2", 4, 4, 4],
  ["block-y-2-partitioned-x-1:4", 4, 4, 16],
  ["block-xy-2-partitioned-x-1:2", 2, 8, 4],
  ["complementary-2", 2, 8, 70],
  ["complementary-2", 4, 4, 36],
  ["complementary-4", 4, 4, 24],
] as const;

for (const [name, rows, cols, count] of SMALL) {
  Deno.test(`${name}: of all ${count} masks of ${rows}x${cols}, projectMask() finds the best`, () => {
    const pattern = parsePattern(name);
    const every = everyMask(name, rows, cols);
    assertEquals(every.length, count);
    const random = createRandom(name);
    for (let i = 0; i < 40; i++) {
      const scores = i % 2 === 0
        ? drawScores(random, rows * cols)
        : Float32Array.from({ length: rows * cols }, () => random.normal());
      const best = Math.max(...every.map((mask) => total(scores, mask)));
      const found = total(scores, projectMask(scores, rows, cols, pattern, 0.5));
      assertAlmostEquals(found, best, 1e-9);
    }
  });

  Deno.test(`${name}: drawMask() draws all ${count} masks of ${rows}x${cols} equally often`, () => {
    const pattern = parsePattern(name);
    const random = createRandom(`draw ${name}`);
    const draws = 40 * count;
    const seen = new Map<string, number>();
    for (let i = 0; i < draws; i++) {
      const key = drawMask(random, rows, cols, pattern, 0.5).kept.join("");
      seen.set(key, (seen.get(key) ?? 0) + 1);
    }
    let chi2 = 0;
    for (const often of seen.values()) chi2 += (often - 40) ** 2 / 40;
    chi2 += 40 * (count - seen.size);
    // Four standard deviations of the chi-squared distribution above its mean.
    const degrees = count - 1;
    assert(chi2 < degrees + 4 * Math.sqrt(2 * degrees), `chi2 ${chi2} at ${degrees} degrees`);
  });
}

Deno.test("proveMask() tells partitions, blocks and sets apart in words", () => {
  const drawn = (text: string): Mask => {
    const lines = text.split(" ");
    const kept = Uint8Array.from(lines.join(""), (letter) => letter === "." ? 0 : 1);
    return { rows: lines.length, cols: lines[0]!.length, kept };
  };
  const violations = [
    ["partitioned-x-1:2", "x..x x...", "partition (row 1, columns 2 to 3) keeps 0, expected 1"],
    ["partitioned-y-1:2", "xx .x", "partition (column 1, rows 0 to 1) keeps 2, expected 1"],
    ["partitioned-xy-1:2", "x.x. .x.x xx.. ..xx", "partition (row 2, columns 0 to 1) keeps 2"],
    ["partitioned-xy-1:2", "x.x. x..x", "partition (column 0, rows 0 to 1) keeps 2, expected 1"],
    ["block-x-2-partitioned-x-1:2", "xx...xx.", "block (0, 2) is partly zero"],
    [
      "block-x-2-partitioned-x-1:2",
      "xx..xxxx",
      "partition (row 0, block columns 2 to 3) keeps 2, expected 1",
    ],
    [
      "block-y-2-partitioned-y-1:2",
      "x x x x",
      "partition (column 0, block rows 0 to 1) keeps 2, expected 1",
    ],
    ["complementary-2", "xx.. .xxx", "column 1 has 2 owners in rows 0 to 1, expected 1"],
    ["complementary-2", "xx.. ..x.", "column 3 has 0 owners in rows 0 to 1, expected 1"],
    ["complementary-2", "xxx. ...x", "row 0 owns 3 columns in rows 0 to 1, expected 2"],
    ["complementary-2", "xx. ..x", "3 columns do not divide by 2"],
  ] as const;
  for (const [name, text, violation] of violations) {
    const proof = proveMask(drawn(text), parsePattern(name));
    assert(!proof.proved);
    assert(proof.violation!.startsWith(violation), `${name}: ${proof.violation}`);
  }
});

Deno.test("a complementary set that is balanced in every segment is partitioned-xy, and the other way round", () => {
  const mask = drawMask(createRandom(4), 16, 64, parsePattern("partitioned-xy-1:16"), 0);
  assert(proveMask(mask, parsePattern("complementary-16")).proved);
  assert(proveMask(mask, parsePattern("1:16")).proved);
  const free = drawMask(createRandom(4), 16, 64, parsePattern("complementary-16"), 0);
  assert(!proveMask(free, parsePattern("partitioned-xy-1:16")).proved);
});

Deno.test("projectMask() takes infinite scores into balanced masks and refuses NaN", () => {
  const scores = Float32Array.of(1, 2, Infinity, 4, -Infinity, 5, 6, 7, 8);
  const mask = projectMask(scores, 3, 3, parsePattern("complementary-3"), 0);
  assertEquals([mask.kept[2], mask.kept[4]], [1, 0]);
  scores[3] = NaN;
  for (const name of ["complementary-3", "partitioned-xy-2:3", "partitioned-y-1:3"]) {
    assertThrows(() => projectMask(scores, 3, 3, parsePattern(name), 0), RangeError, "is NaN");
  }
});

Deno.test("projectMask() is quick for balanced masks of a whole layer", () => {
  const random = createRandom(15);
  const scores = Float32Array.from({ length: 1024 * 1024 }, () => random.next());
  for (const name of ["partitioned-xy-4:16", "partitioned-xy-1:16", "complementary-16"]) {
    const started = performance.now();
    const mask = projectMask(scores, 1024, 1024, parsePattern(name), 0);
    const ms = performance.now() - started;
    assert(proveMask(mask, parsePattern(name)).proved);
    // About a second on an idle machine.
    assert(ms < 8000, `${name}: ${ms} ms`);
  }
});
