import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { join } from "@std/path";
import {
  createRandom,
  dataDirectory,
  drawMask,
  EnvironmentError,
  sparsityOf,
} from "../../core/mod.ts";
import { createSmtxReader, parseSmtx, readSmtx } from "./smtx.ts";
import { maskOfStructure, type SparseStructure, structureOfMask } from "./structure.ts";

function smtxOf({ rows, cols, rowStarts, columns }: SparseStructure): string {
  return `${rows}, ${cols}, ${columns.length}\n${rowStarts.join(" ")} \n${columns.join(" ")} \n`;
}

Deno.test("parseSmtx() reads back any mask", () => {
  const random = createRandom("smtx");
  for (let i = 0; i < 100; i++) {
    const [rows, cols] = [random.integer(20), 1 + random.integer(300)];
    const mask = drawMask(random, rows, cols, { kind: "unstructured" }, random.next());
    const structure = structureOfMask(mask);
    const read = parseSmtx(smtxOf(structure));
    assertEquals(read, structure);
    assertEquals(maskOfStructure(read), mask);
  }
});

Deno.test("createSmtxReader() takes a file in pieces of any length", () => {
  const mask = drawMask(createRandom(1), 9, 40, { kind: "unstructured" }, 0.5);
  const text = smtxOf(structureOfMask(mask));
  const bytes = new TextEncoder().encode(text);
  for (const length of [1, 2, 3, 7, 64]) {
    const reader = createSmtxReader("pieces");
    for (let at = 0; at < bytes.length; at += length) reader.feed(bytes.subarray(at, at + length));
    assertEquals(reader.end(), parseSmtx(text));
  }
});

Deno.test("parseSmtx() minds no line ends, and no missing last one", () => {
  const wanted = parseSmtx("2, 4, 3\n0 2 3\n1 3 0\n");
  for (
    const text of [
      "2,4,3\r\n0 2 3\r\n1 3 0\r\n",
      "2 4 3\n0  2\t3 \n1 3 0",
      "2, 4, 3\n0 2 3\n1 3 0\n\n",
    ]
  ) {
    assertEquals(parseSmtx(text), wanted);
  }
  for (const text of ["2, 4, 0\n0 0 0\n\n", "2, 4, 0\n0 0 0\n", "2, 4, 0\n0 0 0"]) {
    assertEquals(parseSmtx(text).columns.length, 0);
  }
  assertEquals([...parseSmtx("0, 4, 0\n0\n\n").rowStarts], [0]);
});

Deno.test("parseSmtx() names line, finding and expectation of what is broken", () => {
  const cases = [
    ["", ':1: the end of the file, expected 3 numbers "rows, cols, non-zeros"'],
    ["2, 4\n", ':1: 2 numbers "rows, cols, non-zeros", expected 3'],
    ["2, 4, 3, 1\n", ':1: more than 3 numbers "rows, cols, non-zeros", expected no more'],
    ["2, 4, 9\n", ":1: 9 non-zeros, expected at most 2 x 4 = 8"],
    ["2, -4, 3\n", ':1: byte "-", expected a number'],
    ["%%MatrixMarket", ':1: byte "%", expected a number'],
    ["99999999999, 4, 3\n", ":1: a number above 268435456, expected a smaller one"],
    ["2, 4, 3\n", ":2: the end of the file, expected 3 row offsets"],
    ["2, 4, 3\n0 2\n", ":2: 2 row offsets, expected 3"],
    ["2, 4, 3\n0 2 3 3\n", ":2: more than 3 row offsets, expected no more"],
    ["2, 4, 3\n1 2 3\n", ":2: row offset 1 is 1, expected 0"],
    ["2, 4, 3\n0 4 3\n", ":2: row offset 2 is 4, expected from 0 to 3"],
    ["3, 4, 3\n0 2 1 3\n", ":2: row offset 3 is 1, expected from 2 to 3"],
    ["2, 4, 3\n0 2 2\n", ":2: row offset 3 is 2, expected the number of non-zeros, 3"],
    ["2, 4, 3\n0,2,3\n", ':2: byte ",", expected a number'],
    ["2, 4, 3\n0 2 3\n1 3", ":3: 2 column indices, expected 3"],
    [
      "2, 4, 3\n0 2 3\n1 4 0\n",
      ":3: column index 2, of row 0, is 4, expected columns below 4, ascending within a row",
    ],
    [
      "2, 4, 3\n0 2 3\n3 3 0\n",
      ":3: column index 2, of row 0, is 3, expected columns below 4, ascending within a row",
    ],
    [
      "2, 4, 3\n0 2 3\n3 1 0\n",
      ":3: column index 2, of row 0, is 1, expected columns below 4, ascending within a row",
    ],
    ["2, 4, 3\n0 2 3\n1 3 0 1\n", ":3: more than 3 column indices, expected no more"],
    ["2, 4, 3\n0 2 3\n1 3 0\n7\n", ":4: a fourth line, expected three"],
  ] as const;
  for (const [text, message] of cases) {
    assertThrows(() => parseSmtx(text, "x.smtx"), SyntaxError, `Cannot read x.smtx${message}`);
  }
});

Deno.test("readSmtx() names a file that is not there", async () => {
  await assertRejects(() => readSmtx("/nowhere/x.smtx"), EnvironmentError, "Cannot read /nowhere");
});

const dlmc = dataDirectory() === null ? null : join(dataDirectory()!, "dlmc");
const present = dlmc !== null && await Deno.stat(dlmc).then(() => true, () => false);

Deno.test({
  name: `readSmtx() reads published masks${present ? "" : " (skipped: no data)"}`,
  ignore: !present,
  fn: async () => {
    const name = "transformer/magnitude_pruning/0.9/body_decoder_layer_0_ffn_conv1_fully_connected";
    const structure = await readSmtx(join(dlmc!, `${name}.smtx`));
    assertEquals([structure.rows, structure.cols, structure.columns.length], [2048, 512, 104857]);
    assertEquals(Math.round(1000 * sparsityOf(maskOfStructure(structure))), 900);
  },
});
