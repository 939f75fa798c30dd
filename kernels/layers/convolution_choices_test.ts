import { assertEquals } from "@std/assert";
import { parsePattern } from "../../core/mod.ts";
import { type PlacedWindow, placeWindow, plainPlanes } from "../formats/mod.ts";
import { blockRows, chooseTapViews, passCuts, type PassSite } from "./convolution_choices.ts";

function siteOf(channels: number, window: PlacedWindow, bytes: number): PassSite {
  const read = plainPlanes({ channels, size: window.image, pads: window.reach });
  return { channels, read, window, rows: 1, bytes, target: "avx512" };
}

/** A window of 5x5 pixels, of which 16 images lie beside each other. */
const INTERLEAVED = placeWindow({ image: [14, 14 * 16], kernel: [5, 5], dilation: [1, 16] });

Deno.test("passCuts() keeps in a pass what panels meet, not what lies between its rows", () => {
  // five rows of 9 pixels of 64 bytes: 13 channels fit 38 KiB; of five whole rows of 14 pixels only 8 would
  const cuts = passCuts(siteOf(64, INTERLEAVED, 5 * 64), 80);
  assertEquals(cuts, [13, 26, 38, 51]);
});

Deno.test("passCuts() counts cells once that several taps meet", () => {
  const window = placeWindow({ image: [28, 64], kernel: [1, 3] });
  // 256 + 8 bytes a channel
  assertEquals(passCuts(siteOf(148, window, 256), 1000).length, 1);
  assertEquals(passCuts(siteOf(147, window, 256), 1000).length, 0);
});

Deno.test("passCuts() makes no passes of few columns", () => {
  assertEquals(passCuts(siteOf(64, INTERLEAVED, 5 * 64), 39), []);
});

Deno.test("blockRows() takes what divides the pattern's block and every group", () => {
  const weights = (outputChannels: number, groups: number) => ({
    values: new Float32Array(),
    outputChannels,
    inputChannels: outputChannels,
    groups,
  });
  assertEquals(blockRows(parsePattern("4x1"), weights(64, 1)), 4);
  assertEquals(blockRows(parsePattern("4x1"), weights(64, 32)), 2);
  assertEquals(blockRows(parsePattern("2x1"), weights(64, 1)), 2);
  assertEquals(blockRows(parsePattern("unstructured"), weights(64, 1)), 1);
});

Deno.test("chooseTapViews() aligns loads of single rows where rows need not grow for it", () => {
  const pads = { top: 1, left: 1, bottom: 1, right: 1 };
  const views = (rows: number, size: number): string =>
    chooseTapViews(rows, placeWindow({ image: [size, size], kernel: [3, 3], pads }));
  assertEquals([views(1, 14), views(1, 13), views(1, 56)], ["columns", "phases", "phases"]);
  assertEquals(views(4, 14), "phases");
});
