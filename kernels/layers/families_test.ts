import { assert, assertEquals, assertThrows } from "@std/assert";
import { parsePattern } from "../../core/mod.ts";
import { openBackend } from "../open.ts";
import { FAMILIES, familiesFor } from "./families.ts";
import type { LinearTask, QuantizedLinearTask } from "./task.ts";

const linear: LinearTask = {
  op: "linear",
  rows: 2,
  cols: 2,
  lanes: 32,
  pattern: parsePattern("unstructured"),
  weights: Float32Array.of(0, 2, 3, 0),
  bias: Float32Array.of(1, 0),
};

Deno.test("FAMILIES have distinct ids, patterns that parse, and a line of words each", () => {
  assertEquals(new Set(FAMILIES.map(({ id }) => id)).size, FAMILIES.length);
  for (const { patterns, summary } of FAMILIES) {
    assert(summary.length > 10);
    for (const pattern of patterns) parsePattern(pattern);
  }
});

Deno.test("familiesFor() tells who computes a task, by kind and by which zeros are skipped", () => {
  const ids = familiesFor(linear, "wasm").map(({ id }) => id);
  assert(ids.includes("panel"));
  assertEquals(familiesFor(linear, "wasm", true).map(({ id }) => id), ["sparse-sparse"]);
});

Deno.test("a family refuses, and cannot prepare, what it is not made for", () => {
  const panel = FAMILIES.find(({ id }) => id === "panel")!;
  const bytes: QuantizedLinearTask = {
    ...linear,
    op: "quantized_linear",
    weights: Int8Array.of(0, 2, 3, 0),
    bias: Int32Array.of(1, 0),
    zeroPoint: 0,
  };
  assertEquals(panel.refuses(bytes, "wasm"), "quantized_linear is not linear");
  using backend = openBackend({ target: "wasm", arenaBytes: 1 << 16 });
  assertThrows(() => panel.prepare(backend, bytes, {}), RangeError, "expected linear");
});
