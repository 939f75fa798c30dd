/**
 * Whether emitted x86-64 code can run here, and why not.
 *
 * @module
 */
import type { BackendSupport } from "../backend.ts";
import { type Cpu, type Feature, probeCpu } from "./cpu.ts";
import type { X64Target } from "./machine.ts";
import { openLibc } from "./libc.ts";

const V3: readonly Feature[] = ["avx2", "fma", "bmi2", "popcnt"];
/** What a target's code may use, of what the levels x86-64-v3 and v4 mean. */
const NEEDS: Readonly<Record<X64Target, readonly Feature[]>> = {
  avx512: [...V3, "avx512f", "avx512dq", "avx512bw", "avx512vl"],
  avx2: V3,
};
/** What dot products of bytes use on top of it. */
const NEEDS_FOR_BYTES: Readonly<Record<X64Target, readonly Feature[]>> = {
  avx512: ["avx512vnni"],
  avx2: [],
};
const X64_TARGETS = ["avx512", "avx2"] as const;
const RESTRICTION = "SKIPZERO_TARGETS";

/**
 * Which of `avx512` and `avx2` work here. Never throws, never prompts; takes about a millisecond.
 *
 * The environment variable `SKIPZERO_TARGETS`, a comma-separated list, restricts the targets, so that fall-backs can be
 * tried; it counts if the program may read it.
 */
export function x64Support(): BackendSupport {
  const found = probeHost();
  return typeof found === "string"
    ? decideSupport(found, restriction())
    : decideSupport(found.features, restriction());
}

/**
 * The processor, or why its machine code cannot be emitted here, e.g. `no --allow-ffi`. Never throws, never prompts.
 */
export function probeHost(): Cpu | string {
  if (Deno.build.arch !== "x86_64") return `processor is ${Deno.build.arch}, not x86_64`;
  if (Deno.build.os !== "linux") return `system is ${Deno.build.os}, not linux`;
  if (Deno.permissions.querySync({ name: "ffi" }).state !== "granted") return "no --allow-ffi";
  try {
    using libc = openLibc();
    return probeCpu(libc);
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/**
 * Turns what was found into targets and reasons.
 *
 * @param found Usable extensions, or why nothing works.
 * @param allowed Targets not left out on purpose; `null` if none is.
 */
export function decideSupport(
  found: ReadonlySet<Feature> | string,
  allowed: readonly string[] | null,
): BackendSupport {
  const targets: X64Target[] = [];
  const missing: Partial<Record<X64Target, string>> = {};
  const bytes: Partial<Record<X64Target, string>> = {};
  for (const target of X64_TARGETS) {
    const reason = reasonAgainst(target, found, allowed);
    if (reason === null) targets.push(target);
    else missing[target] = reason;
    const lacking = lackingOf(NEEDS_FOR_BYTES[target], found);
    if (reason === null && lacking !== null) bytes[target] = lacking;
  }
  return { targets, missing, bytes };
}

function reasonAgainst(
  target: X64Target,
  found: ReadonlySet<Feature> | string,
  allowed: readonly string[] | null,
): string | null {
  const lacking = lackingOf(NEEDS[target], found);
  if (lacking !== null) return lacking;
  return allowed === null || allowed.includes(target) ? null : `${RESTRICTION} leaves it out`;
}

function lackingOf(needs: readonly Feature[], found: ReadonlySet<Feature> | string): string | null {
  if (typeof found === "string") return found;
  const lacking = needs.filter((feature) => !found.has(feature));
  return lacking.length > 0 ? `CPU lacks ${lacking.join(", ")}` : null;
}

function restriction(): readonly string[] | null {
  const { state } = Deno.permissions.querySync({ name: "env", variable: RESTRICTION });
  const text = state === "granted" ? Deno.env.get(RESTRICTION) : undefined;
  return text === undefined || text.trim() === "" ? null : text.split(",").map((one) => one.trim());
}
