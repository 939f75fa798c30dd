import { assertEquals, assertThrows } from "@std/assert";
import { createRandom, parsePattern, PATTERN_FORMS } from "../../core/mod.ts";
import { TARGETS } from "../machine.ts";
import { tileOf } from "../ops/mod.ts";
import { randomWeights } from "../reference/mod.ts";
import { packWeights } from "./packed_weights.ts";
import { convert } from "./sparse_matrix.ts";
import { unpackWeights } from "./unpack_weights.ts";

Deno.test("unpackWeights() gives back any matrix of any pattern, packed for any target", () => {
  const random = createRandom("unpack");
  for (const { example } of PATTERN_FORMS) {
    const pattern = parsePattern(example);
    for (const target of TARGETS) {
      const [rows, cols] = [1 + random.integer(40), 1 + random.integer(90)];
      const panelLanes = 16 * (1 + random.integer(4));
      const weights = randomWeights(random, rows, cols, pattern);
      weights[0] = NaN;
      weights[weights.length - 1] = -Infinity;
      const passes = 1 + random.integer(3);
      const packed = packWeights(weights, rows, cols, pattern, { panelLanes, target, passes });
      const { unroll } = tileOf(pattern, target, panelLanes);
      const values = unpackWeights(packed, { panelLanes, unroll });
      assertEquals(values, weights.map((weight) => weight === 0 ? 0 : weight), example);
    }
  }
});

Deno.test("unpackWeights() leads from ours to every other format", () => {
  const weights = Float32Array.of(0, 5, 0, 6, 7, 0, 0, 0);
  const pattern = parsePattern("unstructured");
  const packed = packWeights(weights, 2, 4, pattern, { panelLanes: 16, target: "wasm" });
  const { unroll } = tileOf(pattern, "wasm", 16);
  const dense = { rows: 2, cols: 4, values: unpackWeights(packed, { panelLanes: 16, unroll }) };
  const csr = convert({ format: "dense", ...dense }, { format: "csr" });
  assertEquals([...csr.values], [5, 6, 7]);
});

Deno.test("unpackWeights() names the tile that a stream was not packed for", () => {
  const weights = new Float32Array(8 * 8).fill(1);
  const pattern = parsePattern("unstructured");
  const tile = { rows: 1, vectors: 1, unroll: 2, sets: 1 };
  const packed = packWeights(weights, 8, 8, pattern, { panelLanes: 16, target: "wasm", tile });
  assertThrows(
    () => unpackWeights(packed, { panelLanes: 16, unroll: 1 }),
    RangeError,
    "expected one packed for turns of 1 and panels of 16",
  );
});
