import { assert, assertEquals } from "@std/assert";
import { relaxedDotIsExact, wasmSupport } from "./support.ts";

Deno.test("wasmSupport() names each target once, as working or missing", () => {
  const { targets, missing } = wasmSupport();
  assertEquals([...targets, ...Object.keys(missing)].toSorted(), ["wasm", "wasm_relaxed"]);
});

Deno.test("wasmSupport() finds relaxed SIMD only together with SIMD", () => {
  const { targets } = wasmSupport();
  assert(!targets.includes("wasm_relaxed") || targets.includes("wasm"));
});

Deno.test({
  name: "relaxedDotIsExact() answers without failing",
  ignore: !wasmSupport().targets.includes("wasm_relaxed"),
  fn: () => assertEquals(typeof relaxedDotIsExact(), "boolean"),
});
