/**
 * What the WebAssembly engine can do, found by asking it to validate and run tiny modules.
 *
 * @module
 */
import type { BackendSupport } from "../backend.ts";
import type { Target } from "../machine.ts";
import { type Code, createCode } from "./code.ts";
import type { WasmTarget } from "./machine.ts";
import { encodeModule } from "./module.ts";

/** Which WebAssembly targets work here, and why the others do not. Never throws. */
export function wasmSupport(): BackendSupport {
  const probes: readonly [WasmTarget, Code, string][] = [
    ["wasm_relaxed", relaxedProbe(), "no relaxed SIMD in this WebAssembly engine"],
    ["wasm", simdProbe(), "no SIMD in this WebAssembly engine"],
  ];
  const targets: Target[] = [];
  const missing: Partial<Record<Target, string>> = {};
  for (const [target, code, reason] of probes) {
    if (WebAssembly.validate(probeModule(code))) targets.push(target);
    else missing[target] = reason;
  }
  return { targets, missing };
}

/**
 * Whether the engine's relaxed multiply-add rounds once: the specification leaves it open, and processors without FMA
 * round twice.
 */
export function relaxedRoundsOnce(): boolean {
  const instance = new WebAssembly.Instance(new WebAssembly.Module(probeModule(relaxedProbe())));
  const probe = instance.exports["probe"];
  return typeof probe === "function" && probe() !== 0;
}

// (1 + 2^-23)(1 - 2^-23) - 1 is -2^-46; rounded before the subtraction it is 0.
const ABOVE_ONE = 0x3f80_0001;
const BELOW_ONE = 0x3f7f_fffe;
const MINUS_ONE = 0xbf80_0000;

function relaxedProbe(): Code {
  return createCode(0).splat(ABOVE_ONE).splat(BELOW_ONE).splat(MINUS_ONE)
    .plain("f32x4.relaxed_madd").lane("f32x4.extract_lane", 0);
}

function simdProbe(): Code {
  return createCode(0).splat(ABOVE_ONE).splat(BELOW_ONE)
    .plain("f32x4.mul").lane("f32x4.extract_lane", 0);
}

function probeModule(code: Code): Uint8Array<ArrayBuffer> {
  return encodeModule([{ name: "probe", parameters: [], results: ["f32"], code, exported: true }]);
}
