import { assertEquals } from "@std/assert";
import { rangesOf } from "./ranges.ts";

Deno.test("rangesOf() gives everything to someone, and nothing to some if there is little", () => {
  assertEquals(rangesOf(7, 2), [{ from: 0, to: 3 }, { from: 3, to: 7 }]);
  assertEquals(rangesOf(1, 3).map(({ from, to }) => to - from), [0, 0, 1]);
});
