import { assertEquals } from "@std/assert";
import type { NetworkSpec } from "./network.ts";
import { drawExamples } from "./network_inputs.ts";

function named(name: string, sequence: number | null = null): NetworkSpec {
  return {
    model: { architecture: "network", name },
    pattern: "4x1",
    sparsity: 0.9,
    include: [""],
    exclude: [],
    sequence,
    weights: null,
    seed: 1,
  };
}

const bert = named("bert-tiny", 10);

Deno.test("drawExamples() gives an example by its number, in whatever batch", () => {
  const batch = drawExamples(bert, { batch: 3, padded: true });
  const one = drawExamples(bert, { batch: 1, first: 1, padded: true });
  for (const name of ["input_ids", "attention_mask", "token_type_ids"]) {
    assertEquals(batch[name]!.data.slice(10, 20), one[name]!.data);
  }
});

Deno.test("drawExamples() lays examples along the axis of the batch, wherever it is", () => {
  const batch = drawExamples(named("dlrm"), { batch: 2 });
  assertEquals([batch["dense"]!.shape, batch["indices"]!.shape], [[2, 13], [26, 2]]);
  const second = drawExamples(named("dlrm"), { batch: 1, first: 1 });
  assertEquals(batch["dense"]!.data.slice(13), second["dense"]!.data);
  const column = [...batch["indices"]!.data].filter((_, at) => at % 2 === 1);
  assertEquals(column, [...second["indices"]!.data]);
});

Deno.test("drawExamples() pads every second example for checks, none for timing", () => {
  const attended = (padded: boolean): number[] => {
    const mask = drawExamples(bert, { batch: 2, padded })["attention_mask"]!;
    return [0, 1].map((row) =>
      [...mask.data].slice(10 * row, 10 * row + 10).filter((value) => Number(value) === 1).length
    );
  };
  assertEquals(attended(true), [10, 6]);
  assertEquals(attended(false), [10, 10]);
});
