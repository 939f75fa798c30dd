import { assert, assertEquals } from "@std/assert";
import { createRandom, drawMask, parsePattern, periodOf } from "../core/mod.ts";
import { kernelLetter, maskLines } from "./mask_lines.ts";

/** Lines of a drawn mask without labels, axes and margins. */
function inside(name: string, rows: number, cols: number, sparsity = 0.75): string[] {
  const pattern = parsePattern(name);
  const mask = drawMask(createRandom(1), rows, cols, pattern, sparsity);
  return maskLines(mask, pattern).flatMap((line) => /│(.*)│$/.exec(line)?.[1] ?? []);
}

Deno.test("maskLines() draws the document's figure: IC = 32, OC = 16, blocks of 4 along OC", () => {
  const lines = inside("4x1", 16, 32);
  assertEquals(lines.length, 8);
  for (let band = 0; band < 4; band++) {
    const [first, second] = [lines[2 * band]!, lines[2 * band + 1]!];
    assertEquals(first.length, 32);
    // Two rows a character: a block of 4 rows is two full blocks, one below the other.
    assertEquals(first, second);
    assertEquals(first.replaceAll("█", "").replaceAll("·", ""), "");
  }
  assertEquals(lines.join("").replaceAll("·", "").length, 128 / 2);
});

Deno.test("maskLines() draws every weight once", () => {
  const pattern = parsePattern("unstructured");
  for (const [rows, cols] of [[1, 1], [3, 5], [16, 40]] as const) {
    const mask = drawMask(createRandom(2), rows, cols, pattern, 0.5);
    const read = new Uint8Array(rows * cols);
    maskLines(mask, pattern).flatMap((line) => /│(.*)│$/.exec(line)?.[1] ?? []).forEach((text, i) =>
      [...text].forEach((character, col) => {
        if ("█▀".includes(character)) read[2 * i * cols + col] = 1;
        if ("█▄".includes(character)) read[(2 * i + 1) * cols + col] = 1;
      })
    );
    assertEquals(read, mask.kept);
  }
});

Deno.test("maskLines() names the kernels of complementary sets by letters, one in each column", () => {
  const lines = inside("complementary-4", 8, 16);
  assertEquals(lines.length, 8);
  for (const set of [0, 4]) {
    for (let col = 0; col < 16; col++) {
      const column = [0, 1, 2, 3].map((kernel) => lines[set + kernel]![col]!);
      assertEquals(column.filter((letter) => letter !== "·").length, 1);
      column.forEach((letter, kernel) => assert(letter === "·" || letter === "ABCD"[kernel]));
    }
  }
  assertEquals([0, 25, 26, 61, 62].map(kernelLetter).join(""), "AZa9#");
});

Deno.test("maskLines() draws rules between partitions, along both axes", () => {
  const pattern = parsePattern("partitioned-xy-1:4");
  const { rows, cols } = periodOf(pattern);
  const mask = drawMask(createRandom(1), 2 * rows, 2 * cols, pattern, 0);
  const lines = maskLines(mask, pattern);
  assertEquals(lines.filter((line) => line.endsWith("├────┼────┤")).length, 1);
  assertEquals(lines.at(1)?.trim(), "┌────┬────┐");
  assertEquals(lines.at(-1)?.trim(), "└────┴────┘");
  assert(lines.every((line) => [...line].length <= 4 + 2 + 9 + 1));
});

Deno.test("maskLines() draws partitions of odd height without running into the next", () => {
  const lines = inside("partitioned-y-1:3", 6, 4);
  assertEquals(lines.length, 4);
  for (const line of [lines[1]!, lines[3]!]) assert(!/[▄█]/.test(line));
});

Deno.test("maskLines() cuts what no terminal holds and says so", () => {
  const pattern = parsePattern("unstructured");
  const lines = maskLines(drawMask(createRandom(1), 100, 1000, pattern, 0.9), pattern);
  assertEquals(lines.at(-1)?.trim(), "the first 64 of 100 rows and 64 of 1000 columns");
  assert(lines.every((line) => [...line].length <= 80));
});
