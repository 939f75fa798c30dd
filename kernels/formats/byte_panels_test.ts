import { assertEquals, assertThrows } from "@std/assert";
import { TARGETS } from "../machine.ts";
import { byteOfToken, bytePanelBytes } from "../ops/byte_panel.ts";
import { type BytePanelShape, readBytePanels, writeBytePanels } from "./byte_panels.ts";

Deno.test("writeBytePanels() puts 4 rows of a token side by side in quads", () => {
  const panels = new Uint8Array(bytePanelBytes(5, 16, "quads"));
  const shape = { tokens: 2, rows: 5, panelLanes: 16, layout: "quads", target: "wasm" } as const;
  writeBytePanels(panels, Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8, 9, 10), shape);
  assertEquals([...panels.subarray(0, 8)], [1, 2, 3, 4, 6, 7, 8, 9]);
  assertEquals([...panels.subarray(64, 72)], [5, 0, 0, 0, 10, 0, 0, 0]);
});

Deno.test("byteOfToken() brings the tokens of a vector to the same place of every 16 bytes", () => {
  // unpacking bytes, then words, takes bytes 4j to 4j + 3 of every 16 for vector j
  const vector1 = Array.from({ length: 16 }, (_, lane) => byteOfToken(16 + lane, "avx512"));
  assertEquals(vector1, [4, 5, 6, 7, 20, 21, 22, 23, 36, 37, 38, 39, 52, 53, 54, 55]);
  assertEquals([0, 4, 8, 31, 32].map((token) => byteOfToken(token, "avx2")), [0, 16, 4, 31, 32]);
  assertEquals([0, 5, 15, 16].map((token) => byteOfToken(token, "wasm")), [0, 5, 15, 16]);
});

Deno.test("byteOfToken() gives every token of a panel row a byte of its own", () => {
  for (const target of TARGETS) {
    const places = Array.from({ length: 128 }, (_, token) => byteOfToken(token, target));
    assertEquals(places.sort((a, b) => a - b), Array.from({ length: 128 }, (_, i) => i));
  }
});

Deno.test("readBytePanels() reads what writeBytePanels() wrote, with gaps between panels", () => {
  for (const target of TARGETS) {
    for (const layout of ["rows", "quads"] as const) {
      const least = bytePanelBytes(7, 64, layout);
      for (const panelStride of [least, least + 64]) {
        const shape: BytePanelShape = {
          ...{ tokens: 150, rows: 7, panelLanes: 64, layout, target, panelStride },
        };
        const tokens = Uint8Array.from({ length: 150 * 7 }, (_, i) => i % 251);
        const panels = new Uint8Array(3 * panelStride);
        writeBytePanels(panels, tokens, shape);
        assertEquals(readBytePanels(panels, shape), tokens);
      }
    }
  }
});

Deno.test("writeBytePanels() and readBytePanels() refuse arrays that are too short", () => {
  const shape = { tokens: 65, rows: 4, panelLanes: 64, layout: "rows", target: "wasm" } as const;
  assertThrows(
    () => writeBytePanels(new Uint8Array(512), new Uint8Array(259), shape),
    RangeError,
    "259 bytes, expected 65 tokens x 4 rows",
  );
  assertThrows(
    () => readBytePanels(new Uint8Array(511), shape),
    RangeError,
    "panels hold 511 bytes, expected at least 512",
  );
});
