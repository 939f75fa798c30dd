import { assert, assertEquals } from "@std/assert";
import { firstLaneOf, itemsOf, planTokenLanes } from "./token_lanes.ts";

function planned(batch: number, sequence: number, threads: number): readonly number[] {
  const { panelLanes, panels, perGroup } = planTokenLanes({ batch, sequence }, threads);
  return [panelLanes, panels, perGroup];
}

Deno.test("planTokenLanes() lets short sequences share panels", () => {
  assertEquals(planned(8, 32, 1), [64, 1, 2]);
  assertEquals(planned(8, 10, 1), [64, 1, 4]);
  assertEquals(planned(64, 16, 2), [64, 1, 4]);
});

Deno.test("planTokenLanes() takes the width that is padded least, and wide panels for long sequences", () => {
  assertEquals(planned(1, 16, 1), [16, 1, 1]);
  assertEquals(planned(1, 48, 1), [48, 1, 1]);
  assertEquals(planned(4, 80, 1), [48, 2, 1]);
  assertEquals(planned(1, 128, 1), [64, 2, 1]);
  assertEquals(planned(32, 384, 2), [64, 6, 1]);
});

Deno.test("planTokenLanes() leaves no thread without work where narrower panels help", () => {
  assertEquals(planned(1, 64, 2), [32, 2, 1]);
  assertEquals(planned(2, 32, 2), [32, 1, 1]);
});

Deno.test("planTokenLanes() keeps a width that is given", () => {
  assertEquals(planTokenLanes({ batch: 3, sequence: 20 }, 1, 16).panels, 2);
});

Deno.test("firstLaneOf() gives every sequence lanes of its own, inside of its group's panels", () => {
  for (
    const [batch, sequence, threads] of [[7, 5, 1], [3, 33, 2], [9, 32, 2], [2, 100, 1]] as const
  ) {
    const lanes = planTokenLanes({ batch, sequence }, threads);
    const taken = new Set<number>();
    for (let group = 0; group < lanes.groups; group++) {
      const start = group * lanes.panels * lanes.panelLanes;
      for (const item of itemsOf(lanes, group, batch)) {
        const first = firstLaneOf(lanes, item);
        assert(first >= start && first % 16 === 0);
        assert(first + sequence <= start + lanes.panels * lanes.panelLanes);
        for (let token = 0; token < sequence; token++) taken.add(first + token);
      }
    }
    assertEquals(taken.size, batch * sequence);
  }
});
