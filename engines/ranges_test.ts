import { assertEquals } from "@std/assert";
import { rangesOf, sharesOf } from "./ranges.ts";

Deno.test("rangesOf() gives everything to someone, and nothing to some if there is little", () => {
  assertEquals(rangesOf(7, 2), [{ from: 0, to: 3 }, { from: 3, to: 7 }]);
  assertEquals(rangesOf(1, 3).map(({ from, to }) => to - from), [0, 0, 1]);
});

Deno.test("sharesOf() gives nobody less than the least, and one thread what there is", () => {
  assertEquals(sharesOf(7, 4, 3), [{ from: 0, to: 3 }, { from: 3, to: 7 }]);
  assertEquals(sharesOf(2, 4, 3), [{ from: 0, to: 2 }]);
  assertEquals(sharesOf(0, 4), []);
});
