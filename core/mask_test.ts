import { assert, assertEquals, assertThrows } from "@std/assert";
import { applyMask, type Mask, maskOf, sparsityOf } from "./mask.ts";
import { proveMask } from "./mask_proof.ts";
import { parsePattern } from "./pattern_name.ts";

/** A mask drawn as text: one line a row, `.` for zero. */
function drawn(text: string): Mask {
  const lines = text.trim().split(/\s+/);
  const kept = Uint8Array.from(lines.join(""), (letter) => letter === "." ? 0 : 1);
  return { rows: lines.length, cols: lines[0]!.length, kept };
}

Deno.test("maskOf() keeps what is not zero, and -0 is zero", () => {
  const mask = maskOf(Float32Array.of(1, 0, -0, NaN, 1e-45, -2), 2, 3);
  assertEquals(mask, drawn("x.. xxx"));
  assertThrows(() => maskOf(new Float32Array(5), 2, 3), RangeError, "5 weights, expected 6");
});

Deno.test("sparsityOf() is the fraction of zeros", () => {
  assertEquals(sparsityOf(drawn("x.x. ....")), 0.75);
  assertEquals(sparsityOf(drawn("xx")), 0);
  assertEquals(sparsityOf({ rows: 0, cols: 4, kept: new Uint8Array() }), 0);
});

Deno.test("applyMask() zeroes in place what is not kept, NaN too", () => {
  const weights = Float32Array.of(1, NaN, -3, 4);
  applyMask(weights, drawn("x. .x"));
  assertEquals(weights, Float32Array.of(1, 0, 0, 4));
  assertThrows(() => applyMask(weights, drawn("x.x")), RangeError, "4 weights, expected 3");
});

Deno.test("proveMask() proves masks that obey their pattern", () => {
  const proofs = {
    dense: "xx xx",
    unstructured: "x. .x",
    "2x1": ".x.x .x.x xx.. xx..",
    "1x2": "xx.. ..xx",
    "2x2": "xx.. xx..",
    "2:4": "xx...x.x x.x.....",
  };
  for (const [pattern, text] of Object.entries(proofs)) {
    const proof = proveMask(drawn(text), parsePattern(pattern));
    assertEquals([proof.proved, proof.violation], [true, null], pattern);
    assertEquals(proof.sparsity, sparsityOf(drawn(text)));
  }
});

Deno.test("proveMask() says the first violation in words", () => {
  const violations = [
    ["dense", "xx x.", "element (1, 1) is zero"],
    ["2x1", "xx.. xx.. ..xx ..x.", "block (1, 3) is partly zero"],
    ["1x2", "xx.. ..x.", "block (1, 1) is partly zero"],
    ["2x2", "xx.. xx.x", "block (0, 1) is partly zero"],
    ["2:4", "xx.. .xxx", "group (row 1, columns 0 to 3) keeps 3, expected at most 2"],
    ["2:4", "xx..x.xx", "group (row 0, columns 4 to 7) keeps 3, expected at most 2"],
    ["4x1", "x x", "2 rows do not divide by 4"],
    ["2:4", "x..", "3 columns do not divide by 4"],
  ] as const;
  for (const [pattern, text, violation] of violations) {
    const proof = proveMask(drawn(text), parsePattern(pattern));
    assertEquals([proof.proved, proof.violation], [false, violation]);
  }
});

Deno.test("proveMask() finds any single flipped element of a block mask", () => {
  const text = "xx..xx xx..xx ..xx.. ..xx..";
  for (let i = 0; i < 24; i++) {
    const mask = drawn(text);
    mask.kept[i]! ^= 1;
    assert(!proveMask(mask, parsePattern("2x2")).proved, `element ${i}`);
  }
});
