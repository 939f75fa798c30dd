/**
 * Machine code for x86-64, written and run without a compiler.
 *
 * @module
 */
export * from "./assembler.ts";
export * from "./backend.ts";
export * from "./cpu.ts";
export * from "./support.ts";
