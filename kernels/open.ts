/**
 * Which instruction sets kernels can be emitted for on this machine, and how to open one.
 *
 * @module
 */
import { EnvironmentError } from "../core/mod.ts";
import type { Backend, BackendOptions, BackendSupport } from "./backend.ts";
import { type Target, TARGETS } from "./machine.ts";
import { createWasmBackend, wasmSupport } from "./wasm/mod.ts";
import { createX64Backend, x64Support } from "./x64/mod.ts";

/** Where a target's code runs: on the processor itself, or in the WebAssembly engine. */
export type TargetFamily = "native" | "wasm";

const RESTRICTION = "SKIPZERO_TARGETS";

const FAMILIES: Readonly<Record<Target, TargetFamily>> = {
  avx512: "native",
  avx2: "native",
  wasm_relaxed: "wasm",
  wasm: "wasm",
};

/** The family of a target. */
export function familyOf(target: Target): TargetFamily {
  return FAMILIES[target];
}

/**
 * Which targets work here, and why each of the others does not. Never throws, never prompts.
 *
 * The environment variable `SKIPZERO_TARGETS`, a comma-separated list, restricts the targets, so that fall-backs can be
 * tried; it counts if the program may read it.
 *
 * @example
 * ```ts
 * import { assert } from "@std/assert";
 * const { targets, missing } = kernelSupport();
 * assert(targets.includes("wasm") || missing.wasm !== undefined);
 * ```
 */
export function kernelSupport(): BackendSupport {
  return mergeSupport([x64Support(), wasmSupport()], restriction());
}

/**
 * Puts what the back ends say together, fastest target first.
 *
 * @param allowed Targets not left out on purpose; `null` if none is.
 */
export function mergeSupport(
  parts: readonly BackendSupport[],
  allowed: readonly string[] | null,
): BackendSupport {
  const working = parts.flatMap(({ targets }) => targets);
  const missing: Partial<Record<Target, string>> = Object.assign(
    {},
    ...parts.map((part) => part.missing),
  );
  const bytes: BackendSupport["bytes"] = Object.assign({}, ...parts.map((part) => part.bytes));
  const targets = TARGETS.filter((target) => working.includes(target));
  const left = targets.filter((target) => allowed !== null && !allowed.includes(target));
  for (const target of left) missing[target] = `${RESTRICTION} leaves it out`;
  return { targets: targets.filter((target) => !left.includes(target)), missing, bytes };
}

/** The fastest working target of a family; `null` if none works. */
export function bestTarget(family: TargetFamily): Target | null {
  return kernelSupport().targets.find((target) => familyOf(target) === family) ?? null;
}

/**
 * Opens memory and code for a target. Dispose it to free them.
 *
 * @throws {EnvironmentError} If the target does not work here; says why.
 * @throws {RangeError} If the arena's size or the number of threads is out of range.
 */
export function openBackend(options: BackendOptions): Backend {
  const { targets, missing } = kernelSupport();
  if (!targets.includes(options.target)) {
    throw new EnvironmentError(
      `Cannot open ${options.target}: ${missing[options.target] ?? "unknown target"}, expected ${
        targets.join(" or ") || "a machine with SIMD"
      }`,
      { remedy: "deno task doctor" },
    );
  }
  return familyOf(options.target) === "native"
    ? createX64Backend(options)
    : createWasmBackend(options);
}

function restriction(): readonly string[] | null {
  const { state } = Deno.permissions.querySync({ name: "env", variable: RESTRICTION });
  const text = state === "granted" ? Deno.env.get(RESTRICTION) : undefined;
  return text === undefined || text.trim() === "" ? null : text.split(",").map((one) => one.trim());
}
