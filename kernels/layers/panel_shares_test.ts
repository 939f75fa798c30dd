import { assertEquals } from "@std/assert";
import { splitWork } from "./panel_shares.ts";

Deno.test("splitWork() gives whole panels first, then row blocks of equal cost", () => {
  const [first, second] = splitWork({ starts: Uint32Array.of(0, 9, 10, 11, 12) }, 3, 2);
  assertEquals(first, [
    { panel: 0, panels: 1, block: 0, blocks: 4 },
    { panel: 2, panels: 1, block: 0, blocks: 1 },
  ]);
  assertEquals(second, [
    { panel: 1, panels: 1, block: 0, blocks: 4 },
    { panel: 2, panels: 1, block: 1, blocks: 3 },
  ]);
});

Deno.test("splitWork() leaves threads idle if there are fewer row blocks", () => {
  const shares = splitWork({ starts: Uint32Array.of(0, 5) }, 1, 3);
  assertEquals(shares.map((list) => list.length).sort(), [0, 0, 1]);
});
