import { assertEquals } from "@std/assert";
import type { Feature } from "./cpu.ts";
import { decideSupport, probeHost, x64Support } from "./support.ts";

const AVX2: readonly Feature[] = ["avx", "avx2", "fma", "bmi2", "popcnt"];
const AVX512: readonly Feature[] = [...AVX2, "avx512f", "avx512dq", "avx512bw", "avx512vl"];

Deno.test("decideSupport() offers what the processor has, fastest first", () => {
  assertEquals(decideSupport(new Set(AVX512), null), {
    targets: ["avx512", "avx2"],
    missing: {},
    bytes: { avx512: "CPU lacks avx512vnni" },
  });
  assertEquals(decideSupport(new Set([...AVX512, "avx512vnni"]), null).bytes, {});
  assertEquals(decideSupport(new Set(AVX2), null), {
    targets: ["avx2"],
    missing: { avx512: "CPU lacks avx512f, avx512dq, avx512bw, avx512vl" },
    bytes: {},
  });
  assertEquals(
    decideSupport(new Set(["avx", "avx2"]), null).missing.avx2,
    "CPU lacks fma, bmi2, popcnt",
  );
});

Deno.test("decideSupport() gives one reason where nothing works", () => {
  assertEquals(decideSupport("no --allow-ffi", null), {
    targets: [],
    missing: { avx512: "no --allow-ffi", avx2: "no --allow-ffi" },
    bytes: {},
  });
});

Deno.test("decideSupport() leaves out what is not allowed", () => {
  assertEquals(decideSupport(new Set(AVX512), ["wasm", "avx2"]), {
    targets: ["avx2"],
    missing: { avx512: "SKIPZERO_TARGETS leaves it out" },
    bytes: {},
  });
});

Deno.test({
  name: "x64Support() needs --allow-ffi and says so, without asking",
  permissions: { ffi: false, env: false },
  fn: () => {
    const reason = probeHost();
    if (Deno.build.os !== "linux" || Deno.build.arch !== "x86_64") return;
    assertEquals(reason, "no --allow-ffi");
    assertEquals(x64Support().targets, []);
  },
});

Deno.test({
  name: "SKIPZERO_TARGETS restricts the targets",
  ignore: typeof probeHost() === "string" ||
    Deno.permissions.querySync({ name: "env" }).state !== "granted",
  fn: () => {
    const before = Deno.env.get("SKIPZERO_TARGETS");
    try {
      Deno.env.set("SKIPZERO_TARGETS", "wasm, avx2 ");
      assertEquals(x64Support().targets.includes("avx512"), false);
      Deno.env.set("SKIPZERO_TARGETS", "wasm");
      assertEquals(x64Support().missing.avx2, "SKIPZERO_TARGETS leaves it out");
      Deno.env.set("SKIPZERO_TARGETS", "");
      assertEquals(x64Support().missing.avx2 === "SKIPZERO_TARGETS leaves it out", false);
    } finally {
      if (before === undefined) Deno.env.delete("SKIPZERO_TARGETS");
      else Deno.env.set("SKIPZERO_TARGETS", before);
    }
  },
});
