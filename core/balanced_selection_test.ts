import { assert, assertEquals, assertThrows } from "@std/assert";
import { drawBalanced } from "./balanced_draw.ts";
import { type Balance, keepBestBalanced } from "./balanced_selection.ts";
import { createRandom } from "./random.ts";

const SIZES: readonly Balance[] = [
  { rows: 1, cols: 5, perRow: 5, perCol: 1 },
  { rows: 16, cols: 16, perRow: 1, perCol: 1 },
  { rows: 16, cols: 16, perRow: 4, perCol: 4 },
  { rows: 16, cols: 16, perRow: 15, perCol: 15 },
  { rows: 5, cols: 40, perRow: 8, perCol: 1 },
  { rows: 6, cols: 15, perRow: 5, perCol: 2 },
  { rows: 32, cols: 32, perRow: 8, perCol: 8 },
];

function counts(kept: Uint8Array, { rows, cols }: Balance): { rows: number[]; cols: number[] } {
  const found = { rows: Array<number>(rows).fill(0), cols: Array<number>(cols).fill(0) };
  kept.forEach((mark, i) => {
    found.rows[Math.floor(i / cols)]! += mark;
    found.cols[i % cols]! += mark;
  });
  return found;
}

/**
 * Most that exchanging marks in a circle of rows gains: each column gives its mark from one row to the next. A choice is
 * the best of all exactly if no circle gains anything (Klein 1967).
 */
function gainOfCircles(scores: Float32Array, kept: Uint8Array, { rows, cols }: Balance): number {
  const loss = Array.from(
    { length: rows },
    (_, a) =>
      Float64Array.from({ length: rows }, (_, b) => {
        let least = a === b ? 0 : Infinity;
        for (let c = 0; c < cols; c++) {
          if (kept[a * cols + c] === 0 || kept[b * cols + c] === 1) continue;
          least = Math.min(least, scores[a * cols + c]! - scores[b * cols + c]!);
        }
        return least;
      }),
  );
  for (let via = 0; via < rows; via++) {
    for (const from of loss) {
      for (let to = 0; to < rows; to++) {
        from[to] = Math.min(from[to]!, from[via]! + loss[via]![to]!);
      }
    }
  }
  return Math.max(0, ...loss.map((row, i) => -row[i]!));
}

for (const size of SIZES) {
  const { rows, cols, perRow, perCol } = size;
  const name = `${perRow} of each row and ${perCol} of each column of ${rows}x${cols}`;

  Deno.test(`keepBestBalanced() takes ${name}, and no exchange gains anything`, () => {
    const random = createRandom(name);
    for (let i = 0; i < 20; i++) {
      const scores = Float32Array.from({ length: rows * cols }, () => {
        // Heavy tails, ties, and columns that all rows want or none.
        return i % 3 === 0 ? random.integer(4) : random.normal() ** 5;
      });
      if (i % 2 === 0) scores.fill(100, 0, cols);
      const kept = keepBestBalanced(scores, size);
      assertEquals(counts(kept, size), {
        rows: Array(rows).fill(perRow),
        cols: Array(cols).fill(perCol),
      });
      assert(gainOfCircles(scores, kept, size) < 1e-6);
    }
  });

  Deno.test(`drawBalanced() takes ${name}, every place equally often`, () => {
    const random = createRandom(name);
    const often = new Float64Array(rows * cols);
    const draws = 400;
    for (let i = 0; i < draws; i++) {
      const kept = drawBalanced(random, size);
      if (i < 5) {
        assertEquals(counts(kept, size).rows, Array(rows).fill(perRow));
        assertEquals(counts(kept, size).cols, Array(cols).fill(perCol));
      }
      kept.forEach((mark, place) => often[place]! += mark / draws);
    }
    const share = perRow / cols;
    const deviation = Math.sqrt(share * (1 - share) / draws);
    for (const found of often) assert(Math.abs(found - share) <= 5 * deviation + 1e-9, `${found}`);
  });
}

Deno.test("keepBestBalanced() ranks infinity above every number, and differences below it still count", () => {
  const scores = Float32Array.of(Infinity, Infinity, 3, 4);
  const of = (...values: number[]): string =>
    keepBestBalanced(Float32Array.from(values), { rows: 2, cols: 2, perRow: 1, perCol: 1 }).join(
      "",
    );
  assertEquals(of(...scores), "1001");
  assertEquals(of(-Infinity, 1, 2, 3), "0110");
  assertEquals(of(3.4e38, 3.4e38, -3.4e38, Infinity), "1001");
});

Deno.test("keepBestBalanced() refuses NaN wherever it stands", () => {
  for (let place = 0; place < 4; place++) {
    const scores = Float32Array.of(1, 2, 3, 4);
    scores[place] = NaN;
    assertThrows(
      () => keepBestBalanced(scores, { rows: 2, cols: 2, perRow: 1, perCol: 1 }),
      RangeError,
      `score ${place} is NaN`,
    );
  }
});
