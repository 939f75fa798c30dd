/**
 * Machine code for x86-64, written and run without a compiler.
 *
 * @module
 */
export type { Backend, BackendOptions, BackendSupport, Program, Step } from "../backend.ts";
export type * from "../machine.ts";
export { createX64Backend } from "./backend.ts";
export { type Cache, type Cpu, type Feature, FEATURES } from "./cpu.ts";
export { listing, listX64Kernel } from "./listing.ts";
export type { X64Target } from "./machine.ts";
export { probeHost, x64Support } from "./support.ts";
