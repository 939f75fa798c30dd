import { assert, assertEquals } from "@std/assert";
import { createRandom } from "../core/mod.ts";
import { summarise } from "./summary.ts";

Deno.test("summarise() is null without samples", () => {
  assertEquals(summarise({ samplesNs: [] }), null);
});

Deno.test("summarise() spans all samples if there are few", () => {
  assertEquals(summarise({ samplesNs: [3] }), { median: 3, low: 3, high: 3, n: 1 });
  assertEquals(summarise({ samplesNs: [5, 1, 2, 4] }), { median: 3, low: 1, high: 5, n: 4 });
});

Deno.test("summarise() takes the order statistics that tables give", () => {
  // Ranks of the 95 % interval of the median, counted from 1 (Conover, table A3): 10: 2 and 9; 25: 8 and 18.
  for (const [n, low, high] of [[6, 1, 6], [9, 2, 8], [10, 2, 9], [25, 8, 18], [100, 40, 61]]) {
    const samplesNs = Array.from({ length: n! }, (_, i) => n! - i);
    const summary = summarise({ samplesNs })!;
    assertEquals([summary.low, summary.high], [low, high], `${n}`);
  }
});

Deno.test("summarise() changes little where its formula changes", () => {
  const [small, large] = [1000, 1001].map((n) =>
    summarise({ samplesNs: Array.from({ length: n }, (_, i) => i) })!
  );
  assert(Math.abs(small!.low - large!.low) <= 2 && Math.abs(small!.high - large!.high) <= 2);
});

Deno.test("summarise() covers the true median of skewed times", () => {
  const random = createRandom("coverage");
  let covered = 0;
  for (let trial = 0; trial < 1000; trial++) {
    const samplesNs = Array.from({ length: 20 }, () => -Math.log(1 - random.next()));
    const { low, high } = summarise({ samplesNs })!;
    if (low <= Math.LN2 && high >= Math.LN2) covered++;
  }
  assert(covered > 935 && covered < 985, `${covered} of 1000`);
});
