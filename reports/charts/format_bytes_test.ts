import { assertEquals } from "@std/assert";
import { sampleFormatBytes } from "../sample_format_bytes.ts";
import { formatBytesSpec } from "./format_bytes.ts";
import { formatBytesTitle, formatLines } from "./format_lines.ts";
import { LAYOUTS } from "./theme.ts";

Deno.test("formatLines() has one line a format, ours last, and CSC with CSR", () => {
  const lines = formatLines(sampleFormatBytes());
  assertEquals(lines.map(({ label }) => label), [
    "COO",
    "CSR, CSC",
    "bitmap",
    "BSR 4x1",
    "skipzero",
  ]);
  assertEquals(lines.filter(({ own }) => own).map(({ label }) => label), ["skipzero"]);
  const [coo] = lines;
  assertEquals(coo!.points[0]!.kept, 50);
  assertEquals(Math.round(coo!.points[0]!.share), 100);
});

Deno.test("formatLines() leaves details that change from line to line to the tips", () => {
  const rows = [0.5, 0.9].map((sparsity) => ({
    ...{ format: "n_of_m", detail: `${10 * (1 - sparsity)}:16`, pattern: "unstructured", sparsity },
    ...{ bytes: { values: 1, indices: 0, total: 1 }, denseBytes: 2 },
  }));
  assertEquals(formatLines(rows).map(({ label }) => label), ["N:M"]);
});

Deno.test("formatBytesSpec() shows our format in its colour and every other in grey", () => {
  const text = JSON.stringify(formatBytesSpec(sampleFormatBytes(), LAYOUTS[0]!));
  assertEquals(text.match(/"type":"line","color":"var\(--sparse/g)!.length, 1);
  assertEquals(text.match(/"type":"line","color":"var\(--dense/g)!.length, 4);
});

Deno.test("formatBytesTitle() says what ours takes near 90 %", () => {
  assertEquals(
    formatBytesTitle(sampleFormatBytes()).replaceAll("\u00a0", " "),
    "4x1 at 90 % zeros: skipzero takes 12.5 % of the dense bytes, 0.83x what CSR takes",
  );
  assertEquals(formatBytesTitle([]), "No matrix was stored");
});
