/**
 * The WebAssembly back end of the kernels.
 *
 * @module
 */
export * from "./backend.ts";
export * from "./support.ts";
export { listWasmKernel } from "./listing.ts";
