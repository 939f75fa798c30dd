import { assertEquals } from "@std/assert";
import { didYouMean } from "./did_you_mean.ts";

const COMMANDS = ["reproduce", "report", "list", "bench", "fetch", "train", "compare", "doctor"];

Deno.test("didYouMean() finds the word behind a slip of the fingers", () => {
  const slips = { reprodcue: "reproduce", lst: "list", benhc: "bench", "Doctor": "doctor" };
  for (const [slip, word] of Object.entries(slips)) assertEquals(didYouMean(slip, COMMANDS), word);
});

Deno.test("didYouMean() counts a swap of neighbours as one slip", () => {
  assertEquals(didYouMean("ab", ["cd", "ba"]), "ba");
});

Deno.test("didYouMean() completes the beginning of a single candidate", () => {
  assertEquals(didYouMean("comp", COMMANDS), "compare");
  assertEquals(didYouMean("rep", COMMANDS), null);
});

Deno.test("didYouMean() stays silent if nothing is near", () => {
  assertEquals(didYouMean("xyz", COMMANDS), null);
  assertEquals(didYouMean("", COMMANDS), null);
  assertEquals(didYouMean("train", []), null);
});

Deno.test("didYouMean() prefers the nearest, then the first", () => {
  assertEquals(didYouMean("batch", ["catch", "batches", "batch-x"]), "catch");
  assertEquals(didYouMean("sst", ["sst2", "sst3"]), "sst2");
});
