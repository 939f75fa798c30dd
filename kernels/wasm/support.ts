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
  return { targets, missing, bytes: {} };
}

/**
 * Whether the engine's relaxed multiply-add rounds once: the specification leaves it open, and processors without FMA
 * round twice.
 */
export function relaxedRoundsOnce(): boolean {
  return runProbe(probeModule(relaxedProbe())) !== 0;
}

function runProbe(module: Uint8Array<ArrayBuffer>): number {
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(module));
  const probe = exports["probe"];
  return typeof probe === "function" ? Number(probe()) : NaN;
}

/**
 * Whether the engine's relaxed dot product takes unsigned bytes up to 255: the specification leaves open what happens
 * above 127, and processors without VNNI saturate the sums of two products at 16 bits.
 */
export function relaxedDotIsExact(): boolean {
  return [[-128, 255], [127, 255], [-128, 128], [1, 200]].every(([s8 = 0, u8 = 0]) => {
    const lanes = (byte: number): number => 0x0101_0101 * (byte & 0xff);
    const code = createCode(0).splat(lanes(s8)).splat(lanes(u8)).splat(START)
      .plain("i32x4.relaxed_dot_i8x16_i7x16_add_s").lane("i32x4.extract_lane", 3);
    return runProbe(encodeModule([{ ...PROBE, results: ["i32"], code }])) === START + 4 * s8 * u8;
  });
}
const START = 1_000_000;

// (1 + 2^-23)(1 - 2^-23) - 1 is -2^-46; rounded before the subtraction it is 0.
const ABOVE_ONE = 0x3f80_0001;
const BELOW_ONE = 0x3f7f_fffe;
const MINUS_ONE = 0xbf80_0000;

const PROBE = { name: "probe", parameters: [], exported: true } as const;

function relaxedProbe(): Code {
  return createCode(0).splat(ABOVE_ONE).splat(BELOW_ONE).splat(MINUS_ONE)
    .plain("f32x4.relaxed_madd").lane("f32x4.extract_lane", 0);
}

function simdProbe(): Code {
  return createCode(0).splat(ABOVE_ONE).splat(BELOW_ONE)
    .plain("f32x4.mul").lane("f32x4.extract_lane", 0);
}

function probeModule(code: Code): Uint8Array<ArrayBuffer> {
  return encodeModule([{ ...PROBE, results: ["f32"], code }]);
}
