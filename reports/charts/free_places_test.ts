import { assert, assertEquals } from "@std/assert";
import { freePlaces } from "./free_places.ts";

const SIZE = { width: 300, height: 200 };

Deno.test("freePlaces() puts words right above their point where there is room", () => {
  assertEquals(freePlaces([{ text: "word", x: 100, y: 100 }], SIZE), [{ left: 104, middle: 86 }]);
});

Deno.test("freePlaces() keeps words of near points apart and inside", () => {
  const points = Array.from({ length: 5 }, (_, index) => ({
    text: "bert-large 4x1",
    x: 150 + index,
    y: 3 + index,
  }));
  const places = freePlaces(points, SIZE);
  for (const [index, place] of places.entries()) {
    assert(place.left >= 0 && place.left + 14 * 6 <= SIZE.width && place.middle >= 0);
    for (const other of places.slice(0, index)) {
      const apart = Math.abs(place.middle - other.middle) >= 13 ||
        Math.abs(place.left - other.left) >= 14 * 6;
      assert(apart, `${JSON.stringify(place)} ${JSON.stringify(other)}`);
    }
  }
});

Deno.test("freePlaces() goes left where the right has no room", () => {
  const [place] = freePlaces([{ text: "a long word", x: 290, y: 100 }], SIZE);
  assert(place!.left < 290 - 60);
});
