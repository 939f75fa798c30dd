import { assert, assertEquals } from "@std/assert";
import { bertConfigs, buildBert } from "../../models/mod.ts";
import type { Step } from "../../kernels/mod.ts";
import { prepareBatch } from "./batch/segment.ts";
import { planLayers } from "./fuse.ts";
import { createLayout } from "./layout.ts";
import { placeValues } from "./place.ts";
import { schedule, stepsOf } from "./schedule.ts";
import { planTokenLanes } from "./token_lanes.ts";
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
    tokens: planTokenLanes(plan, threads, PANEL_LANES),
    scratchBytes: 1 << 16,
  });
  const { addresses } = parameters;
  const segment = prepareBatch(graph, plan, layout, { ...options, threads, addresses });
  const input = { plan, places, parameters, batch: segment, target: "avx2", threads } as const;
  return stepsOf(schedule(input, 1 << 20));
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

Deno.test("schedule() gives each thread whole sequences and meets for the batch", () => {
  const [first, second] = scheduled(4, 20, 2);
  assert(first && second);
  // before the pooler, and before the classifier
  assertEquals([barriers(first), barriers(second)], [2, 2]);
  assertEquals(calls(first, "attention_scores"), calls(second, "attention_scores"));
  // The outputs of the pooler are shared; the classifier has too few.
  assertEquals([first, second].map((steps) => calls(steps, "broadcast")), [1, 1]);
});

Deno.test("schedule() shares the panels of a sequence that is left over", () => {
  const [first, second] = scheduled(1, 20, 2);
  assert(first && second);
  // before the sequence, around attention in 2 layers, before pooler and classifier
  assertEquals([barriers(first), barriers(second)], [7, 7]);
  assertEquals(calls(first, "embed"), 1);
  assertEquals(calls(second, "embed"), 1);
  assertEquals(calls(first, "scatter_cells") + calls(second, "scatter_cells"), 1);
});

Deno.test("schedule() leaves threads idle if there are fewer panels, but not at barriers", () => {
  const lists = scheduled(1, 8, 3);
  assertEquals(lists.map(barriers), [7, 7, 7]);
  assertEquals(lists.map((steps) => calls(steps, "embed")).sort(), [0, 0, 1]);
});
