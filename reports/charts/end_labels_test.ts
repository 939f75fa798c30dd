import { assert, assertEquals } from "@std/assert";
import { endLabels, spread } from "./end_labels.ts";

Deno.test("spread() keeps labels apart, in order and within the chart", () => {
  for (const places of [[0, 1, 2, 3], [90, 91, 92], [10, 50, 51, 99], []]) {
    const moved = spread(places, 100);
    for (let i = 1; i < moved.length; i++) assert(moved[i]! - moved[i - 1]! >= 15 - 1e-9);
    assert(moved.every((at) => at <= 107.5));
  }
  assertEquals(spread([10, 60], 100), [10, 60]);
});

Deno.test("endLabels() makes room for labels of two lines", () => {
  const labels = ["a", "b"].map((name) => ({
    text: [name, "over c"],
    y: 50,
    tone: "sparse" as const,
  }));
  const layer = endLabels(labels, { width: 200, height: 100 });
  const { values } = layer.data as { values: { place: number }[] };
  assert(values[1]!.place - values[0]!.place >= 28 - 1e-9);
});

Deno.test("endLabels() names lines from the top down, whatever their order", () => {
  const labels = [["low", 90], ["high", 10]] as const;
  const layer = endLabels(labels.map(([text, y]) => ({ text, y, tone: "dense" })), {
    width: 200,
    height: 100,
  });
  const { values } = layer.data as { values: { label: string }[] };
  assertEquals(values.map(({ label }) => label), ["high", "low"]);
});
