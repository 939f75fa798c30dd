import { assertEquals } from "@std/assert";
import { parsePattern } from "../../core/mod.ts";
import { TARGETS } from "../machine.ts";
import { byteLayoutOf, makesQuads, quadTileOf } from "./quad_tile.ts";
import { LANES } from "./tile.ts";

const PATTERNS = ["dense", "unstructured", "2x1", "4x1", "8x1", "16x1", "1x4", "4x4", "dlrm-4x16"];

Deno.test("quadTileOf() divides every panel, and the rows of the pattern", () => {
  for (const target of TARGETS) {
    for (const name of PATTERNS) {
      const pattern = parsePattern(name);
      for (const panelLanes of [16, 32, 48, 64, 80, 128, 192]) {
        if (byteLayoutOf(pattern) === "rows" && panelLanes % 64 !== 0) continue;
        const { rows, vectors } = quadTileOf(pattern, target, panelLanes);
        assertEquals(panelLanes / LANES[target] % vectors, 0, `${name} ${target} ${panelLanes}`);
        if (pattern.kind === "block") assertEquals(pattern.rows % rows, 0);
        if (makesQuads(pattern)) assertEquals(rows % 4, 0, `${name} ${target} ${panelLanes}`);
        // groups of four vectors are packed together, two tiles of two or one of four
        if (panelLanes % (4 * LANES[target]) === 0) assertEquals([2, 4, 8].includes(vectors), true);
      }
    }
  }
});

Deno.test("byteLayoutOf() is quads for runs of 4 inputs only", () => {
  const layouts = PATTERNS.map((name) => byteLayoutOf(parsePattern(name)));
  const [quads, rows] = ["quads", "rows"] as const;
  assertEquals(layouts, [quads, rows, rows, rows, rows, rows, quads, quads, quads]);
});
