import { assert, assertEquals, assertThrows } from "@std/assert";
import { createRandom } from "../../core/mod.ts";
import { pixelMask, readPlanes, writePlanes } from "./plane_values.ts";
import {
  channelBytes,
  checkOffsets,
  firstPixel,
  formatPlanes,
  parsePlanes,
  plainPlanes,
  planesBytes,
  SLACK_LANES,
  tapCells,
  type TapViews,
  windowPlanes,
} from "./planes.ts";
import { placeWindow, type Window } from "./window.ts";

const ALL_ONE = { top: 1, left: 1, bottom: 1, right: 1 };
const TAP_VIEWS: readonly TapViews[] = ["phases", "columns", "taps"];

/** Proves that every lane sees through every tap the pixel that it should. */
function proveTaps(window: Window, tapViews: TapViews, images: number): void {
  const placed = placeWindow(window);
  const layout = windowPlanes({ images, channels: 2, window: placed, tapViews });
  const [height, width] = window.image;
  const values = Float32Array.from({ length: images * 2 * height * width }, (_, i) => i + 1);
  const planes = new Float32Array(planesBytes(layout) / 4);
  writePlanes(planes, values, layout);
  const cells = tapCells(layout, placed);
  const { kernel, stride, dilation, pads, output } = placed;
  const what = `${tapViews} ${JSON.stringify(window)}`;
  for (let image = 0; image < images; image++) {
    for (let row = 0; row < output[0]; row++) {
      for (let col = 0; col < output[1]; col++) {
        const lane = (image * layout.imageRows + row) * layout.rowCells + col;
        cells.forEach((cell, tap) => {
          const y = row * stride[0] - pads.top + Math.floor(tap / kernel[1]) * dilation[0];
          const x = col * stride[1] - pads.left + tap % kernel[1] * dilation[1];
          const inside = y >= 0 && y < height && x >= 0 && x < width;
          const pixel = inside ? values[((image * 2 + 1) * height + y) * width + x] : 0;
          const at = channelBytes(layout) / 4 + layout.leadCells + lane + cell;
          assertEquals(planes[at], pixel, `${what}: row ${row}, column ${col}, tap ${tap}`);
        });
      }
    }
  }
}

Deno.test("windowPlanes() and tapCells() show each tap its pixel, whatever the views", () => {
  const random = createRandom("taps");
  const upTo = (least: number, most: number): number => least + random.integer(most - least + 1);
  for (let i = 0; i < 60; i++) {
    const window: Window = {
      image: [upTo(5, 9), upTo(5, 9)],
      kernel: [upTo(1, 3), upTo(1, 3)],
      stride: [upTo(1, 3), upTo(1, 3)],
      dilation: [upTo(1, 2), upTo(1, 2)],
      pads: { top: upTo(0, 2), left: upTo(0, 2), bottom: upTo(0, 2), right: upTo(0, 2) },
    };
    for (const tapViews of TAP_VIEWS) proveTaps(window, tapViews, upTo(1, 2));
  }
});

Deno.test("windowPlanes() shares pads between rows and needs none for im2col", () => {
  const window = placeWindow({ image: [7, 7], kernel: [3, 3], pads: ALL_ONE });
  const cells = (tapViews: TapViews): number =>
    windowPlanes({ images: 1, channels: 1, window, tapViews }).rowCells;
  assertEquals(TAP_VIEWS.map(cells), [8, 16, 7]);
});

Deno.test("windowPlanes() keeps a view for each phase of the stride that a tap needs", () => {
  const views = (kernel: number): number => {
    const window = placeWindow({ image: [9, 9], kernel: [kernel, kernel], stride: [2, 2] });
    return windowPlanes({ images: 1, channels: 1, window, tapViews: "phases" }).views.length;
  };
  assertEquals([1, 2, 3].map(views), [1, 4, 4]);
});

Deno.test("plainPlanes() aligns the first pixel and keeps channels off each other's cache lines", () => {
  for (const size of [7, 14, 28, 56, 62, 64]) {
    const layout = plainPlanes({ channels: 3, size: [size, size], pads: ALL_ONE });
    assertEquals(firstPixel(layout) % SLACK_LANES, 0);
    assertEquals(layout.viewCells / SLACK_LANES % 2, 1);
  }
});

Deno.test("plainPlanes() refuses rows and images that are too close for the pads", () => {
  const request = { channels: 1, size: [4, 4] as const, pads: ALL_ONE, images: 2 };
  assertThrows(
    () => plainPlanes({ ...request, rowCells: 4 }),
    RangeError,
    "expected at least 5 and 5",
  );
  assertThrows(() => plainPlanes({ ...request, imageRows: 4 }), RangeError, "images of 4 rows");
});

Deno.test("tapCells() refuses planes that lack the window's pads or move in other steps", () => {
  const window = placeWindow({ image: [4, 4], kernel: [3, 3], pads: ALL_ONE });
  const bare = plainPlanes({ channels: 1, size: [4, 4] });
  assertThrows(() => tapCells(bare, window), RangeError, "with pads of at least 1,1,1,1");
  const wide = plainPlanes({ channels: 1, size: [4, 4], pads: { ...ALL_ONE, top: 2, left: 3 } });
  assertEquals(tapCells(wide, window)[0], wide.rowCells + 2);
});

Deno.test("readPlanes() undoes writePlanes(), which fills the pads", () => {
  const layout = plainPlanes({ images: 2, channels: 3, size: [3, 5], pads: ALL_ONE, fill: "-inf" });
  const values = Float32Array.from({ length: 90 }, (_, i) => i);
  const planes = new Float32Array(planesBytes(layout) / 4).fill(NaN);
  writePlanes(planes, values, layout);
  assertEquals(readPlanes(planes, layout), values);
  assertEquals(planes.filter((cell) => cell !== -Infinity).length, 90);
  assertThrows(() => writePlanes(planes, values.subarray(1), layout), RangeError, "2 x 3 x 3 x 5");
  assertThrows(() => readPlanes(planes.subarray(99), layout), RangeError, "cells, expected");
});

Deno.test("pixelMask() tells pixels from pads over all images", () => {
  const layout = plainPlanes({ images: 2, channels: 1, size: [2, 2], pads: ALL_ONE });
  const mask = [...pixelMask(layout, 18)].map((word) => word === 0 ? "." : "#").join("");
  assertEquals(mask, "##.##....##.##....");
});

Deno.test("checkOffsets() refuses tensors beyond 32-bit offsets", () => {
  const layout = plainPlanes({ channels: 70000, size: [128, 128] });
  assertThrows(() => checkOffsets(layout), RangeError, "expected at most 4 GiB");
});

Deno.test("parsePlanes() reads what formatPlanes() wrote, and refuses other storage", () => {
  const layout = plainPlanes({ channels: 3, size: [4, 5], pads: ALL_ONE, fill: "-inf" });
  assertEquals(parsePlanes(formatPlanes(layout)), layout);
  assert(formatPlanes(layout) !== formatPlanes({ ...layout, channels: 4 }));
  assertThrows(() => parsePlanes("panels of 64"), SyntaxError, 'Cannot read layout "panels of 64"');
});
