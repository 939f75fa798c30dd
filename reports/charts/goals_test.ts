import { assertEquals } from "@std/assert";
import type { Comparison } from "../../results/mod.ts";
import { type Aimed, aimedAt, goalRows, goalStatus, goalTitle } from "./goals.ts";

const BASE: Comparison = {
  cell: "net f32 4x1 0.9 batch=1",
  subject: "skipzero-native",
  baseline: "onnxruntime-node",
  threads: 1,
  ratio: { estimate: 3, low: 2.9, high: 3.1 },
  ceiling: 5,
  verdict: "faster",
};

function aimed(goal: number, changes: Partial<Comparison> = {}): Aimed {
  return { ...BASE, ...changes, goal };
}

Deno.test("goalStatus() asks for the whole interval", () => {
  assertEquals([2.9, 2.95, 3.1, 3.2].map((goal) => goalStatus(aimed(goal))), [
    "ok",
    "open",
    "open",
    "failed",
  ]);
});

Deno.test("aimedAt() takes what has a goal, engines that skip zeros first", () => {
  const dense = aimed(0.85, { subject: "skipzero-native-dense" });
  const later = aimed(3, { cell: "net f32 4x1 0.9 batch=32" });
  assertEquals(aimedAt([BASE, dense, later, aimed(3)]), [aimed(3), later, dense]);
});

Deno.test("goalRows() are amber where the interval spans the goal, and say how it ended", () => {
  const rows = goalRows([aimed(2), aimed(3), aimed(4), aimed(0.85, { subject: "x-dense" })]);
  assertEquals(rows.map(({ tone, figure }) => [tone, figure]), [
    ["sparse", "3.0x ✓"],
    ["doubt", "3.0x ?"],
    ["sparse", "3.0x ✕"],
    ["dense", "3.0x ✓"],
  ]);
  assertEquals(rows.map(({ goal }) => goal), [2, 3, 4, 0.85]);
});

Deno.test("goalTitle() counts", () => {
  const nbsp = "\u00a0";
  assertEquals(
    goalTitle([aimed(2), aimed(3), aimed(4)]),
    `1 of 3${nbsp}figures is reached, 1 missed, 1 undecided`,
  );
  assertEquals(goalTitle([aimed(2), aimed(1)]), `2 of 2${nbsp}figures are reached`);
});
