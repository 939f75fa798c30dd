/**
 * Kernels: written once against a vector machine, lowered to x86-64 and WebAssembly.
 *
 * @module
 */
export * from "./backend.ts";
export * from "./formats/mod.ts";
export * from "./kernel_of.ts";
export * from "./kernels.ts";
export * from "./layers/mod.ts";
export { listKernel } from "./list_kernel.ts";
export * from "./listing.ts";
export * from "./listing_text.ts";
export * from "./machine.ts";
export * from "./open.ts";
export * from "./ops/mod.ts";
export * from "./reference/mod.ts";
export { type Cache, type Cpu, type Feature, FEATURES, probeHost } from "./x64/mod.ts";
