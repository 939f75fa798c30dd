import { assert, assertEquals } from "@std/assert";
import { bertConfigs, buildBert } from "../../models/mod.ts";
import type { Step } from "../../kernels/mod.ts";
import { planLayers } from "./fuse.ts";
import { createLayout } from "./layout.ts";
import { placeValues } from "./place.ts";
import { schedule, stepsOf } from "./schedule.ts";
import { placeParameters } from "./weights.ts";

const PANEL_LANES = 16;

function scheduled(batch: number, sequence: number, threads: number): readonly (readonly Step[])[] {
  const config = { ...bertConfigs["bert-tiny"], vocabulary: 20 };
  const graph = buildBert(config, { batch, sequence });
  const plan = planLayers(graph);
  const layout = createLayout();
  const options = { target: "avx2", panelLanes: PANEL_LANES, unpruned: false } as const;
  const parameters = placeParameters(graph, plan, layout, options);
  const places = placeValues(plan, layout, {
    threads,
    panelLanes: PANEL_LANES,
    scratchBytes: 1 << 16,
  });
  return stepsOf(schedule({ plan, places, parameters, target: "avx2", threads }, 1 << 20));
}

function barriers(steps: readonly Step[]): number {
  return steps.filter((step) => step.do === "barrier").length;
}

function calls(steps: readonly Step[], op: string): number {
  return steps.filter((step) => step.do === "call" && step.kernel.id.startsWith(op)).length;
}

Deno.test("schedule() needs no barrier on one thread", () => {
  const [steps] = scheduled(3, 20, 1);
  assert(steps);
  assertEquals(barriers(steps), 0);
  // 3 sequences x 2 panels x 2 heads x 2 layers
  assertEquals(calls(steps, "attention_scores"), 24);
});

Deno.test("schedule() gives each thread whole sequences and meets once at the end", () => {
  const [first, second] = scheduled(4, 20, 2);
  assert(first && second);
  assertEquals([barriers(first), barriers(second)], [1, 1]);
  assertEquals(calls(first, "attention_scores"), calls(second, "attention_scores"));
  // Pooler and classifier work on the batch, on one thread.
  assertEquals(calls(first, "spmm") - calls(second, "spmm"), 2);
});

Deno.test("schedule() shares the panels of a sequence that is left over", () => {
  const [first, second] = scheduled(1, 20, 2);
  assert(first && second);
  // before the sequence, around attention in 2 layers, at the end
  assertEquals([barriers(first), barriers(second)], [6, 6]);
  assertEquals(calls(first, "embed"), 1);
  assertEquals(calls(second, "embed"), 1);
  assertEquals(calls(first, "gather_lane") + calls(second, "gather_lane"), 1);
});

Deno.test("schedule() leaves threads idle if there are fewer panels, but not at barriers", () => {
  const lists = scheduled(1, 8, 3);
  assertEquals(lists.map(barriers), [6, 6, 6]);
  assertEquals(lists.map((steps) => calls(steps, "embed")).sort(), [0, 0, 1]);
});
