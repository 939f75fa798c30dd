import { assertEquals } from "@std/assert";
import { sampleResult } from "../sample_result.ts";
import { historyRows, historyTitle } from "./history.ts";

const [COMPARISON] = sampleResult().comparisons;

function entry(label: string, estimate: number): Parameters<typeof historyRows>[0][number] {
  const ratio = { estimate, low: estimate - 0.1, high: estimate + 0.1 };
  return { label, comparison: { ...COMPARISON!, ratio } };
}

Deno.test("historyRows() keeps the order and tells dates in words", () => {
  const rows = historyRows([entry("2026-01-31T12:00:00Z", 5), entry("bert-mini-4x1-sst2", 4)]);
  assertEquals(rows.map(({ label, figure }) => [label, figure]), [
    ["31 Jan 2026, 12:00 UTC", "5.0x"],
    ["bert-mini-4x1-sst2", "4.0x"],
  ]);
});

Deno.test("historyRows() shows what is undecided as a doubt", () => {
  const { label, comparison } = entry("a", 1);
  const open = { label, comparison: { ...comparison, verdict: "inconclusive" as const } };
  assertEquals(historyRows([open])[0]!.tone, "doubt");
});

Deno.test("historyTitle() gives the latest and the range", () => {
  assertEquals(
    historyTitle([entry("b", 5), entry("a", 4)]).replaceAll("\u00a0", " "),
    "5.0x at last; 4.0x to 5.0x over 2 results",
  );
  assertEquals(historyTitle([]), "No speed-up was measured");
});
