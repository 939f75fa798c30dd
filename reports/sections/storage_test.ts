import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { parseResult } from "../../results/mod.ts";
import { markupProblems, textOf } from "../markup_check.ts";
import { resultPage } from "../result_page.tsx";
import { sampleFormatBytes } from "../sample_format_bytes.ts";
import { sampleSuiteResult } from "../sample_result.ts";

function pageOf(storage: ReturnType<typeof sampleFormatBytes>): Promise<string> {
  const result = { ...sampleSuiteResult(), suite: "kernels", storage };
  return resultPage({ name: "kernels", recipe: null, results: [result] });
}

Deno.test("the sample of stored formats is a part of a result document", () => {
  const result = { ...sampleSuiteResult(), storage: sampleFormatBytes() };
  assertEquals(parseResult(JSON.stringify(result), "sample.json"), result);
});

Deno.test("storageSection() has a chart and a table for each pattern", async () => {
  const rows = sampleFormatBytes();
  const html = await pageOf([...rows, ...rows.map((row) => ({ ...row, pattern: "unstructured" }))]);
  assertEquals(markupProblems(html), []);
  const text = textOf(html).replaceAll("\u00a0", " ");
  assertStringIncludes(text, "Bytes by format");
  for (const pattern of ["4x1", "unstructured"]) {
    assertStringIncludes(
      text,
      `${pattern} at 90 % zeros: skipzero takes 12.5 % of the dense bytes`,
    );
    assertStringIncludes(text, `${pattern}: bytes at 5 sparsity levels`);
  }
  assertEquals(html.match(/Line chart of bytes over zeros/g)!.length, 2 * 2);
});

Deno.test("storageSection() draws no line through a single sparsity, and nothing without rows", async () => {
  const single = await pageOf(sampleFormatBytes().filter(({ sparsity }) => sparsity === 0.75));
  assert(!single.includes("Line chart"));
  assertStringIncludes(textOf(single), "skipzero takes");
  assert(!(await pageOf([])).includes("Bytes by format"));
});
