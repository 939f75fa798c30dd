/**
 * What a kernel does to its sums before it stores them.
 *
 * @module
 */
import type { Scalar, Vector, VectorMachine } from "../machine.ts";
import { gelu, geluWith, holdGeluConstants } from "./gelu.ts";
import { sigmoid } from "./sigmoid.ts";
import { tanh } from "./tanh.ts";

/** Functions applied to each output; `none` is the identity, `gelu` the exact one. */
export const POST_OPS = ["none", "relu", "gelu", "tanh", "sigmoid"] as const;

/** A function applied to each output. */
export type PostOp = (typeof POST_OPS)[number];

// the most that any of the functions takes
const REGISTERS_PER_VECTOR = 2;
const REGISTERS_SHARED = 2;
// 8 dependent chains hide the latency of every operation
const MOST_AT_ONCE = 8;

/**
 * Applies `post` to `vectors` in place, as many at a time as free registers allow.
 *
 * @param held Vector registers that the kernel holds now, `vectors` included.
 */
export function applyPostOp(
  machine: VectorMachine,
  post: PostOp,
  vectors: readonly Vector[],
  held: number,
): void {
  if (post === "none") return;
  const free = machine.vectors - held - REGISTERS_SHARED;
  const most = Math.min(MOST_AT_ONCE, Math.max(1, Math.floor(free / REGISTERS_PER_VECTOR)));
  const chunks = Math.ceil(vectors.length / most);
  const size = Math.ceil(vectors.length / chunks);
  for (let from = 0; from < vectors.length; from += size) {
    emitPostOp(machine, post, vectors.slice(from, from + size));
  }
}

function emitPostOp(
  machine: VectorMachine,
  post: Exclude<PostOp, "none">,
  vectors: readonly Vector[],
): void {
  switch (post) {
    case "relu":
      return relu(machine, vectors);
    case "gelu":
      return gelu(machine, vectors);
    case "tanh":
      return tanh(machine, vectors);
    case "sigmoid":
      return sigmoid(machine, vectors);
  }
}

function relu(machine: VectorMachine, vectors: readonly Vector[]): void {
  machine.scope(() => {
    const zero = machine.vector();
    machine.zero(zero);
    vectors.forEach((x) => machine.maximum(x, zero, x)); // in this order NaN stays NaN
  });
}

/**
 * Whether `post` is better done in a pass of its own over rows just stored ({@linkcode emitPass}) than on the sums.
 *
 * V8 builds a vector constant in three or four instructions wherever it is used, and beside 8 sums there is room for one
 * vector at a time: on the sums, the constants of the GELU would cost more than its arithmetic. In a loop of their own
 * they stay in registers.
 */
export function prefersPass(machine: VectorMachine, post: PostOp): post is "gelu" {
  return post === "gelu" && machine.target.startsWith("wasm");
}

/** `to = gelu(from)` for `count` vectors; takes 12 registers. Both pointers move behind the last; they may be one. */
export function emitPass(
  machine: VectorMachine,
  from: Scalar,
  to: Scalar,
  count: Scalar | number,
): void {
  machine.scope(() => {
    const constants = holdGeluConstants(machine);
    const value = machine.vector();
    machine.repeat(count, () => {
      machine.load(value, { base: from });
      geluWith(machine, constants, value);
      machine.store({ base: to }, value);
      for (const pointer of new Set([from, to])) machine.increase(pointer, 4 * machine.lanes);
    });
  });
}
