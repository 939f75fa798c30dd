import { assertEquals, assertThrows } from "@std/assert";
import { placeWindow, tapsOf, type Window } from "./window.ts";

const ALL_ONE = { top: 1, left: 1, bottom: 1, right: 1 };

function outputOf(window: Window): readonly number[] {
  return placeWindow(window).output;
}

Deno.test("placeWindow() gives the sizes of published networks", () => {
  const stem = { top: 3, left: 3, bottom: 3, right: 3 };
  assertEquals(outputOf({ image: [224, 224], kernel: [7, 7], stride: [2, 2], pads: stem }), [
    112,
    112,
  ]);
  assertEquals(outputOf({ image: [56, 56], kernel: [3, 3], pads: ALL_ONE }), [56, 56]);
  assertEquals(outputOf({ image: [56, 56], kernel: [1, 1], stride: [2, 2] }), [28, 28]);
  // a head of SSD-ResNet34: 38x38 cells of a 3x3 convolution with stride 3 on 38x38
  assertEquals(outputOf({ image: [38, 38], kernel: [3, 3], stride: [3, 3], pads: ALL_ONE }), [
    13,
    13,
  ]);
  // speech commands: 10 x 4 taps over 49 frames of 10 coefficients
  assertEquals(outputOf({ image: [49, 10], kernel: [10, 4], stride: [2, 1] }), [20, 7]);
});

Deno.test("placeWindow() spreads taps with dilation", () => {
  assertEquals(outputOf({ image: [9, 9], kernel: [3, 3], dilation: [2, 3] }), [5, 3]);
  const taps = tapsOf(placeWindow({ image: [9, 9], kernel: [2, 2], dilation: [2, 3] }));
  assertEquals(taps, [{ y: 0, x: 0 }, { y: 0, x: 3 }, { y: 2, x: 0 }, { y: 2, x: 3 }]);
});

Deno.test("placeWindow() in ceil mode counts windows that reach past the pads, unless they begin there", () => {
  const window: Window = { image: [4, 5], kernel: [3, 3], stride: [2, 2], ceilMode: true };
  const placed = placeWindow(window);
  assertEquals(placed.output, [2, 2]);
  assertEquals(placed.reach, { top: 0, left: 0, bottom: 1, right: 0 });
  assertEquals(outputOf({ ...window, ceilMode: false }), [1, 2]);
  // ceil((2 + 2 - 2) / 2) + 1 = 2 windows, the second of which would begin at 4, behind the image and its left pad
  const pads = { top: 1, left: 0, bottom: 1, right: 0 };
  assertEquals(outputOf({ image: [2, 9], kernel: [1, 1], stride: [3, 3], pads, ceilMode: true }), [
    1,
    3,
  ]);
});

Deno.test("placeWindow() refuses what is no window", () => {
  const cases: readonly [Window, string][] = [
    [{ image: [4, 4], kernel: [5, 1] }, "5 rows of taps over 4 padded rows"],
    [
      { image: [4, 4], kernel: [1, 3], dilation: [1, 3] },
      "7 columns of taps over 4 padded columns",
    ],
    [{ image: [0, 4], kernel: [1, 1] }, "image 0,4"],
    [{ image: [4, 4], kernel: [1.5, 1] }, "kernel 1.5,1"],
    [{ image: [4, 4], kernel: [1, 1], stride: [0, 1] }, "stride 0,1"],
    [{ image: [4, 4], kernel: [1, 1], pads: { ...ALL_ONE, left: -1 } }, "pad left -1"],
  ];
  for (const [window, message] of cases) {
    assertThrows(() => placeWindow(window), RangeError, message);
  }
});
