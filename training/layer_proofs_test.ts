import { assertEquals } from "@std/assert";
import { proveWeights } from "./layer_proofs.ts";

const MASK = { rows: 2, cols: 2, kept: Uint8Array.of(1, 0, 1, 0) };

Deno.test("proveWeights() lets a kept weight be zero", () => {
  const proof = proveWeights(Float32Array.of(3, 0, 0, 0), MASK, "2x1");
  assertEquals(proof, { proved: true, sparsity: 0.5, violation: null });
});

Deno.test("proveWeights() names a weight outside of the mask, NaN too", () => {
  const proof = proveWeights(Float32Array.of(3, 0, 0, NaN), MASK, "2x1");
  assertEquals(proof.proved, false);
  assertEquals(proof.violation, "weight (1, 1) is NaN, expected 0 outside of the mask");
});

Deno.test("proveWeights() names where a mask breaks the pattern", () => {
  const proof = proveWeights(
    new Float32Array(4),
    { ...MASK, kept: Uint8Array.of(1, 0, 0, 0) },
    "2x1",
  );
  assertEquals(proof.violation, "block (0, 0) is partly zero");
});
