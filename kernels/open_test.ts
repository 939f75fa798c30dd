import { assert, assertEquals, assertThrows } from "@std/assert";
import { EnvironmentError } from "../core/mod.ts";
import type { BackendSupport } from "./backend.ts";
import { type Target, TARGETS } from "./machine.ts";
import { bestTarget, familyOf, kernelSupport, mergeSupport, openBackend } from "./open.ts";

const NATIVE: BackendSupport = {
  targets: ["avx2"],
  missing: { avx512: "CPU lacks avx512f" },
  bytes: { avx2: "no bytes" },
};
const WASM: BackendSupport = { targets: ["wasm", "wasm_relaxed"], missing: {}, bytes: {} };

Deno.test("mergeSupport() lists working targets fastest first, and why others are missing", () => {
  assertEquals(mergeSupport([WASM, NATIVE], null), {
    targets: ["avx2", "wasm_relaxed", "wasm"],
    missing: { avx512: "CPU lacks avx512f" },
    bytes: { avx2: "no bytes" },
  });
});

Deno.test("mergeSupport() leaves out what is not allowed, and says so", () => {
  const { targets, missing } = mergeSupport([NATIVE, WASM], ["wasm", "avx512"]);
  assertEquals(targets, ["wasm"]);
  assertEquals(missing.avx512, "CPU lacks avx512f");
  assert(missing.avx2?.includes("SKIPZERO_TARGETS"));
});

Deno.test("kernelSupport() says of every target either that it works or why not", () => {
  const { targets, missing } = kernelSupport();
  for (const target of TARGETS) {
    assertEquals(targets.includes(target), missing[target] === undefined, target);
  }
});

Deno.test({
  name: "kernelSupport() without permissions falls back to WebAssembly",
  permissions: "none",
  fn(): void {
    const { targets, missing } = kernelSupport();
    assert(targets.every((target) => familyOf(target) === "wasm"), targets.join());
    assert(missing.avx2 !== undefined);
    assertEquals(bestTarget("native"), null);
  },
});

Deno.test("openBackend() opens the target asked for", () => {
  for (const target of kernelSupport().targets) {
    using backend = openBackend({ target, arenaBytes: 4096 });
    assertEquals(backend.target, target);
  }
});

Deno.test("openBackend() names the reason if a target is missing", () => {
  const missing = Object.entries(kernelSupport().missing) as [Target, string][];
  for (const [target, reason] of missing) {
    const open = (): unknown => openBackend({ target, arenaBytes: 4096 });
    const error = assertThrows(open, EnvironmentError, reason);
    assert(error.message.startsWith(`Cannot open ${target}: `));
  }
});

Deno.test({
  name: "openBackend() refuses native targets without --allow-ffi",
  permissions: "none",
  fn(): void {
    assertThrows(() => openBackend({ target: "avx2", arenaBytes: 4096 }), EnvironmentError);
  },
});
