import { assertEquals } from "@std/assert";
import { keptWeights } from "./kept_weights.ts";

// Two output channels, two input channels, two taps: [tap, input] fastest.
const MASK = { rows: 2, cols: 4, kept: Uint8Array.of(1, 0, 1, 1, 1, 0, 1, 1) };

Deno.test("keptWeights() puts a mask in the order of the weights", () => {
  // [output][input][tap]
  assertEquals([...keptWeights(MASK, 2).kept], [1, 1, 0, 1, 1, 1, 0, 1]);
});

Deno.test("keptWeights() lists columns channel by channel, for blocks of rows that share them", () => {
  assertEquals(keptWeights(MASK, 2).outputRows(1), {
    height: 2,
    window: 2,
    starts: Int32Array.of(0, 3),
    channels: Int32Array.of(0, 0, 1),
    taps: Int32Array.of(0, 1, 1),
  });
  assertEquals(keptWeights(MASK, 2).inputRows(1), {
    height: 1,
    window: 2,
    starts: Int32Array.of(0, 4, 6),
    channels: Int32Array.of(0, 0, 1, 1, 0, 1),
    taps: Int32Array.of(0, 1, 0, 1, 1, 1),
  });
});

Deno.test("keptWeights() lets no block of rows reach into another group", () => {
  const { height, starts } = keptWeights(MASK, 2).outputRows(2);
  assertEquals([height, starts.length], [1, 3]);
  const inputs = keptWeights(MASK, 2).inputRows(2);
  assertEquals([...inputs.starts], [0, 2, 3, 5, 6]);
  assertEquals([...inputs.channels], [0, 0, 0, 0, 0, 0]);
});

Deno.test("keptWeights() takes no more rows together than kernels do", () => {
  const all = keptWeights({ rows: 16, cols: 3, kept: new Uint8Array(48).fill(1) }, 3);
  assertEquals([all.outputRows(1).height, all.outputRows(2).height, all.outputRows(8).height], [
    4,
    4,
    2,
  ]);
});
