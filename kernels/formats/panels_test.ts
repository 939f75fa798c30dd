import { assertEquals, assertThrows } from "@std/assert";
import { readPanels, writePanels } from "./panels.ts";

Deno.test("writePanels() puts a token into a lane and a feature into a row", () => {
  const panels = new Float32Array(2 * 16).fill(NaN);
  writePanels(panels, Float32Array.of(1, 2, 3, 4, 5, 6), { tokens: 3, rows: 2, panelLanes: 16 });
  assertEquals([...panels.subarray(0, 4)], [1, 3, 5, 0]);
  assertEquals([...panels.subarray(16, 20)], [2, 4, 6, 0]);
});

Deno.test("readPanels() is the inverse of writePanels() if tokens fill one panel, less, or more", () => {
  for (const tokens of [1, 15, 16, 17, 40]) {
    const shape = { tokens, rows: 3, panelLanes: 16, panelStride: 5 * 16 };
    const values = Float32Array.from({ length: tokens * 3 }, (_, i) => i + 1);
    const panels = new Float32Array(Math.ceil(tokens / 16) * 5 * 16).fill(NaN);
    writePanels(panels, values, shape);
    assertEquals(readPanels(panels, shape), values);
  }
});

Deno.test("writePanels() leaves what lies between panels alone", () => {
  const panels = new Float32Array(2 * 32).fill(NaN);
  const shape = { tokens: 17, rows: 1, panelLanes: 16, panelStride: 32 };
  writePanels(panels, new Float32Array(17).fill(1), shape);
  assertEquals(panels.subarray(16, 32).every(Number.isNaN), true);
});

Deno.test("writePanels() refuses arrays that are too short", () => {
  const shape = { tokens: 17, rows: 2, panelLanes: 16 };
  assertThrows(
    () => writePanels(new Float32Array(63), new Float32Array(34), shape),
    RangeError,
    "panels hold 63 values, expected at least 64",
  );
  assertThrows(
    () => writePanels(new Float32Array(64), new Float32Array(33), shape),
    RangeError,
    "33 values, expected 17 tokens x 2 rows",
  );
});
