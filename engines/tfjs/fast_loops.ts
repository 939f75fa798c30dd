/**
 * The loops of training on a kernel back end: native code where it is allowed, else WebAssembly.
 *
 * @module
 */
import { kernelSupport, openBackend, type Target } from "../../kernels/mod.ts";
import { openWorkspace } from "./block_kernel.ts";
import { bindElements } from "./elements.ts";
import { type Loops, plainLoops } from "./loops.ts";
import { bindOptimisers } from "./optimiser_loops.ts";
import { bindProduct } from "./product.ts";
import { bindRows } from "./rows.ts";
import { bindSoftmax } from "./softmax.ts";

/** Loops on a back end. Disposing them frees its memory and code. */
export interface FastLoops extends Loops, Disposable {
  /** Instruction set in use. */
  readonly target: Target;
}

/** Arena: operands, arranged operands and result of one call. Pages that no call touches cost nothing. */
const ARENA_BYTES = 512 * 2 ** 20;
/** Kept for what back ends take for programs. */
const RESERVE_BYTES = 2 ** 16;

/**
 * {@linkcode Loops} on an instruction set; unless told otherwise, on the fastest that works here.
 *
 * @throws {EnvironmentError} If the instruction set does not work here.
 */
export function fastLoops(
  target: Target = kernelSupport().targets[0] ?? "wasm",
  arenaBytes: number = ARENA_BYTES,
): FastLoops {
  const backend = openBackend({ target, arenaBytes });
  const [product, softmax, rows, elements, optimisers] = [
    bindProduct(backend),
    bindSoftmax(backend),
    bindRows(backend),
    bindElements(backend),
    bindOptimisers(backend),
  ];
  // The workspace takes what is left.
  const workspace = openWorkspace(backend, arenaBytes - backend.usedBytes - RESERVE_BYTES);
  return {
    ...plainLoops,
    ...elements,
    ...optimisers,
    ...rows(workspace),
    ...softmax(workspace),
    target,
    matMul: product(workspace),
    [Symbol.dispose]: () => backend[Symbol.dispose](),
  };
}
