/**
 * The code of a kernel for any target, as a listing.
 *
 * @module
 */
import type { Listing } from "./listing.ts";
import type { Kernel, Target } from "./machine.ts";
import { listWasmKernel } from "./wasm/mod.ts";
import { listX64Kernel } from "./x64/mod.ts";

/**
 * Emits a kernel and lists what was emitted. Needs no permission, and no processor that could run it.
 *
 * @throws {RangeError} If the kernel cannot be emitted for the target.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { innermostLoops } from "./listing.ts";
 * import { kernelOf } from "./kernel_of.ts";
 * // float32 softmax walks the rows of a panel three times
 * const { body } = listKernel(kernelOf({ op: "softmax" }, "avx512"), "avx512");
 * assertEquals(innermostLoops(body).map(({ loop }) => loop.turns), ["rows", "rows", "rows"]);
 * ```
 */
export function listKernel(kernel: Kernel, target: Target): Listing {
  return target === "avx512" || target === "avx2"
    ? listX64Kernel(kernel, target)
    : listWasmKernel(kernel, target);
}
