import { assert, assertEquals } from "@std/assert";
import { bertConfigs, buildBert } from "../../models/mod.ts";
import { planLayers } from "./fuse.ts";
import { inputsOf, planMemory } from "./memory_plan.ts";

const graph = buildBert(bertConfigs["bert-mini"], { batch: 1, sequence: 16 });
const plan = planLayers(graph);
const sizeOf = (value: { readonly rows: number }) => value.rows * 256;

Deno.test("planMemory() never overwrites a value that is still to be read", () => {
  const { offsets } = planMemory(plan, sizeOf);
  const holder = new Map<number, number>(); // 256-byte row of the working set -> value
  for (const layer of plan.layers) {
    for (const value of inputsOf(layer)) {
      for (const row of rowsOf(value.id, value.rows)) assertEquals(holder.get(row), value.id);
    }
    for (const row of rowsOf(layer.out.id, layer.out.rows)) holder.set(row, layer.out.id);
  }
  function rowsOf(id: number, rows: number): readonly number[] {
    const start = offsets.get(id);
    return start === undefined ? [] : Array.from({ length: rows }, (_, row) => start / 256 + row);
  }
});

Deno.test("planMemory() reuses the memory of values that are dead", () => {
  const { sizeBytes } = planMemory(plan, sizeOf);
  // At most x, q, k, v and the context, or x and the wide layer, live at once.
  assert(sizeBytes <= 6 * sizeOf({ rows: 256 }), `${sizeBytes} bytes`);
});

Deno.test("planMemory() leaves batch values and graph outputs out", () => {
  const { offsets } = planMemory(plan, sizeOf);
  for (const { lanes, id } of plan.values) {
    if (lanes === "batch") assertEquals(offsets.has(id), false);
  }
});
