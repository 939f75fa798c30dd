import { assertEquals, assertNotEquals, assertThrows } from "@std/assert";
import { parsePattern } from "../../core/mod.ts";
import { TARGETS } from "../machine.ts";
import { attentionContext, attentionScores } from "./attention.ts";
import { layerNorm } from "./layer_norm.ts";
import { checkPanelLanes, paddedRows, panelsOf } from "./panel.ts";
import { spmm, type SpmmArguments } from "./spmm.ts";
import { tileOf } from "./tile.ts";

const TARGET = "avx512";
const PATTERN = parsePattern("4x1");

const ARGUMENTS: SpmmArguments = {
  x: 64,
  xPanelStride: 1024,
  y: 128,
  yPanelStride: 4096,
  weights: 192,
  packed: { cols: 4, rowBlocks: 2, rowsPerBlock: 4, passes: 1, passCols: 4, turns: 4 },
  panels: 2,
};

Deno.test("spmm() has an id of its own for all that changes its code", () => {
  const ids = [
    spmm({ target: TARGET, pattern: PATTERN }),
    spmm({ target: "avx2", pattern: PATTERN }),
    spmm({ target: TARGET, pattern: parsePattern("2x1") }),
    spmm({ target: TARGET, pattern: PATTERN, post: "gelu" }),
    spmm({ target: TARGET, pattern: PATTERN, residual: true }),
    spmm({ target: TARGET, pattern: PATTERN, panelLanes: 32 }),
    spmm({ target: TARGET, pattern: PATTERN, severalPasses: true }),
  ].map(({ id }) => id);
  assertEquals(new Set(ids).size, ids.length);
  assertEquals(ids[3], "spmm_f32_4x1_avx512_gelu_64");
  assertEquals(ids[4], "spmm_f32_4x1_avx512_residual_64");
});

Deno.test("layerNorm() and attentionScores() name their constants in the id", () => {
  const norm = (epsilon: number) => layerNorm({ target: TARGET, rows: 256, epsilon }).id;
  assertEquals(norm(1e-12), "layer_norm_f32_avx512_256_1e-12_64");
  assertNotEquals(norm(1e-12), norm(1e-5));
  const scores = attentionScores({ target: TARGET, scale: 0.125 });
  assertEquals(scores.id, "attention_scores_f32_avx512_0.125_64");
});

Deno.test("args() gives a number for every slot", () => {
  const kernel = spmm({ target: TARGET, pattern: PATTERN });
  assertEquals(kernel.args(ARGUMENTS).length, kernel.slots);
});

Deno.test("args() refuses what is no address", () => {
  const kernel = spmm({ target: TARGET, pattern: PATTERN });
  for (const x of [-1, 0.5, NaN, 2 ** 47]) {
    assertThrows(
      () => kernel.args({ ...ARGUMENTS, x }),
      RangeError,
      `Cannot call spmm_f32_4x1_avx512_64: x is ${x}`,
    );
  }
});

Deno.test("args() of spmm refuses panels that row blocks would overrun", () => {
  // 2 row blocks of 4 rows of 64 lanes
  const kernel = spmm({ target: TARGET, pattern: PATTERN });
  assertThrows(
    () => kernel.args({ ...ARGUMENTS, yPanelStride: 2047 }),
    RangeError,
    "y panels are 2047 bytes apart, expected at least the 2048",
  );
  assertThrows(
    () => kernel.args({ ...ARGUMENTS, xPanelStride: 1023 }),
    RangeError,
    "x panels are 1023 bytes apart, expected at least the 1024",
  );
  kernel.args({ ...ARGUMENTS, yPanelStride: 0, panels: 1 });
});

Deno.test("args() of spmm refuses weights packed for another kernel", () => {
  const kernel = spmm({ target: TARGET, pattern: PATTERN });
  for (const other of [{ passes: 2 }, { rowsPerBlock: 2 }]) {
    assertThrows(
      () => kernel.args({ ...ARGUMENTS, packed: { ...ARGUMENTS.packed, ...other } }),
      RangeError,
      "expected 1 pass of 4 rows",
    );
  }
});

Deno.test("args() of attention refuses no keys", () => {
  assertThrows(
    () =>
      attentionContext({ target: TARGET }).args({
        values: 0,
        valuePanelStride: 0,
        probabilities: 0,
        context: 0,
        keyCount: -1,
        features: 1,
      }),
    RangeError,
  );
});

Deno.test("panelsOf() and paddedRows() round up", () => {
  assertEquals([0, 1, 64, 65].map((tokens) => panelsOf(tokens, 64)), [0, 1, 1, 2]);
  assertEquals([1, 4, 5].map((rows) => paddedRows(rows, 4)), [4, 4, 8]);
});

Deno.test("checkPanelLanes() refuses what a vector register does not divide", () => {
  for (const lanes of [0, 8, 63, -16, 16.5]) {
    assertThrows(() => checkPanelLanes(lanes), RangeError, "expected a multiple of 16");
  }
  checkPanelLanes(48);
});

Deno.test("tileOf() divides the pattern's rows and the panel on every target", () => {
  for (const target of TARGETS) {
    for (const rows of [1, 2, 3, 4, 6, 8, 12, 16, 32]) {
      for (const panelLanes of [16, 32, 48, 64, 80]) {
        const tile = tileOf({ kind: "block", rows, cols: 1 }, target, panelLanes);
        assertEquals(rows % tile.rows, 0);
        assertEquals(tile.unroll % tile.sets, 0);
      }
    }
  }
});
