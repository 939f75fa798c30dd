/**
 * The loops of training on a kernel back end: native code where it is allowed, else WebAssembly.
 *
 * @module
 */
import { familyOf, kernelSupport, openBackend, type Target } from "../../kernels/mod.ts";
import { openWorkspace } from "./block_kernel.ts";
import { bindConvolutions } from "./convolution.ts";
import { bindElements } from "./elements.ts";
import { type Loops, plainLoops } from "./loops.ts";
import { bindMoves } from "./moves.ts";
import { bindNorm } from "./norm.ts";
import { bindOptimisers } from "./optimiser_loops.ts";
import { bindProduct } from "./product.ts";
import { bindRows } from "./rows.ts";
import { bindSoftmax } from "./softmax.ts";

/** Loops on a back end. Disposing them frees its memory and code. */
export interface FastLoops extends Loops, Disposable {
  /** Instruction set in use. */
  readonly target: Target;
  /** Threads in use. */
  readonly threads: number;
}

/** Arena: operands, arranged operands and result of one call. Pages that no call touches cost nothing. */
const ARENA_BYTES = 512 * 2 ** 20;
/** Kept for what back ends take for programs. */
const RESERVE_BYTES = 2 ** 20;

/** What loops are to run on. */
export interface LoopsOptions {
  /** Instruction set; default: the fastest that works here. */
  readonly target?: Target | undefined;
  /** Threads, 1 or more; WebAssembly runs on one whatever is asked for. Default 1. */
  readonly threads?: number | undefined;
  /** Bytes for operands that cannot be reached in place, and for those that are rearranged. */
  readonly arenaBytes?: number | undefined;
}

/**
 * {@linkcode Loops} on an instruction set.
 *
 * @throws {EnvironmentError} If the instruction set does not work here.
 */
export function fastLoops(options: LoopsOptions = {}): FastLoops {
  const { target = kernelSupport().targets[0] ?? "wasm", arenaBytes = ARENA_BYTES } = options;
  // Programs of several threads are over when they return in native code only.
  const threads = familyOf(target) === "native" ? options.threads ?? 1 : 1;
  const backend = openBackend({ target, arenaBytes, threads });
  const [product, softmax, rows, convolutions, norm, elements, optimisers, moves] = [
    bindProduct(backend),
    bindSoftmax(backend),
    bindRows(backend),
    bindConvolutions(backend),
    bindNorm(backend),
    bindElements(backend),
    bindOptimisers(backend),
    bindMoves(backend),
  ];
  // The workspace takes what is left.
  const workspace = openWorkspace(backend, arenaBytes - backend.usedBytes - RESERVE_BYTES);
  return {
    ...plainLoops,
    ...elements,
    ...optimisers,
    ...moves,
    ...rows(workspace),
    ...softmax(workspace),
    ...convolutions(workspace),
    ...norm(workspace),
    target,
    threads,
    matMul: product(workspace),
    [Symbol.dispose]: () => backend[Symbol.dispose](),
  };
}
