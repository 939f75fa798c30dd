/**
 * Probes: kernels that do nothing but what limits others, so that a machine's peaks are measured rather than believed.
 *
 * Idea: `fma_probe` keeps as many independent multiply-adds in flight as there are registers; `read_probe` goes through a
 * stretch of memory with multiply-adds whose operand is in memory, which is how kernels read activations. `dot_probe` is
 * the first with dot products of bytes.
 *
 * Layout: `fma_probe` writes one vector at `result`: the sum of its accumulators. `read_probe` reads `chunks` times
 * {@linkcode READ_CHUNK_BYTES} from `from`, `passes` times, and writes one vector of sums.
 *
 * Cost: {@linkcode fmaProbeFlops} floating-point operations; a chunk takes as many loads as it has vectors.
 *
 * Limits: by intent, the multiply-add units, and the ways from each level of the memory.
 *
 * @module
 */
import type { Scalar, Target, Vector, VectorMachine } from "../machine.ts";
import { defineOp, type Op } from "./op.ts";
import { LANES } from "./tile.ts";

/** Bytes that one turn of `read_probe` reads. */
export const READ_CHUNK_BYTES = 1024;

/** Turns of the inner loop for each `times` of `fma_probe`. */
const FMA_UNROLL = 4;

/** Accumulators: enough to cover the latency of a multiply-add on any processor, few enough for 16 registers. */
const ACCUMULATORS: Readonly<Record<Target, number>> = {
  avx512: 24,
  avx2: 12,
  wasm_relaxed: 8,
  wasm: 8,
};

/** Accumulators of `read_probe`; they only have to cover the latency at two loads a cycle. */
const READ_ACCUMULATORS = 8;

/** What `fma_probe` works on. */
export interface FmaProbeArguments {
  /** Address of one vector that is overwritten. */
  readonly result: number;
  /** Turns. */
  readonly times: number;
}

/** What `read_probe` works on. */
export interface ReadProbeArguments {
  /** Address of the stretch, 64-byte aligned. */
  readonly from: number;
  /** Chunks of {@linkcode READ_CHUNK_BYTES} in it. */
  readonly chunks: number;
  /** How often to go through it. */
  readonly passes: number;
  /** Address of one vector that is overwritten. */
  readonly result: number;
}

/** Multiply-adds on registers: every lane of the result is `accumulators * times * 4`. */
export function fmaProbe(target: Target): Op<FmaProbeArguments> {
  return defineOp<keyof FmaProbeArguments, FmaProbeArguments>({
    id: `fma_probe_f32_${target}`,
    slots: ["result", "times"],
    derive: (named) => ({ ...named }),
    emit(m, argument): void {
      const sums = accumulators(m, ACCUMULATORS[target]);
      const one = m.vector();
      m.constant(one, 1);
      m.repeat(argument("times"), () => {
        for (let turn = 0; turn < FMA_UNROLL; turn++) {
          for (const sum of sums) m.fma(sum, one, one);
        }
      });
      storeSum(m, sums, argument("result"));
    },
  });
}

/** Floating-point operations of {@linkcode fmaProbe} for a number of turns. */
export function fmaProbeFlops(target: Target, times: number): number {
  return 2 * LANES[target] * ACCUMULATORS[target] * FMA_UNROLL * times;
}

/** Sums of a stretch of float32: lane i of the result is the sum of every lane i in it, once a pass. */
export function readProbe(target: Target): Op<ReadProbeArguments> {
  const vectorBytes = 4 * LANES[target];
  return defineOp<keyof ReadProbeArguments, ReadProbeArguments>({
    id: `read_probe_f32_${target}`,
    slots: ["from", "chunks", "passes", "result"],
    derive: (named) => ({ ...named }),
    emit(m, argument): void {
      const sums = accumulators(m, READ_ACCUMULATORS);
      const one = m.vector();
      m.constant(one, 1);
      const [from, chunks] = [argument("from"), argument("chunks")];
      const at = m.scalar();
      m.repeat(argument("passes"), () => {
        m.move(at, from);
        m.repeat(chunks, () => {
          for (let disp = 0, i = 0; disp < READ_CHUNK_BYTES; disp += vectorBytes, i++) {
            m.fma(sums[i % sums.length]!, one, { base: at, disp });
          }
          m.increase(at, READ_CHUNK_BYTES);
        });
      });
      storeSum(m, sums, argument("result"));
    },
  });
}

/** What `dot_probe` works on. */
export type DotProbeArguments = FmaProbeArguments;

/** Dot products of bytes on registers: every int32 lane of the result is `accumulators * times * 4 * 4`. */
export function dotProbe(target: Target): Op<DotProbeArguments> {
  return defineOp<keyof DotProbeArguments, DotProbeArguments>({
    id: `dot_probe_u8s8_${target}`,
    slots: ["result", "times"],
    derive: (named) => ({ ...named }),
    emit(m, argument): void {
      const sums = accumulators(m, DOT_ACCUMULATORS[target]);
      const ones = m.vector();
      m.constantBits(ones, 0x01010101);
      m.repeat(argument("times"), () => {
        for (let turn = 0; turn < FMA_UNROLL; turn++) {
          for (const sum of sums) m.dotU8S8(sum, ones, ones);
        }
      });
      const [first, ...others] = sums as [Vector, ...Vector[]];
      for (const other of others) m.addInt32(first, first, other);
      m.store({ base: argument("result") }, first);
    },
  });
}

/** Operations on bytes of {@linkcode dotProbe} for a number of turns. */
export function dotProbeOps(target: Target, times: number): number {
  return 2 * 4 * LANES[target] * DOT_ACCUMULATORS[target] * FMA_UNROLL * times;
}

/** Fewer on targets whose dot product needs registers for itself. */
const DOT_ACCUMULATORS: Readonly<Record<Target, number>> = {
  avx512: 24,
  avx2: 10,
  wasm_relaxed: 8,
  wasm: 6,
};

function accumulators(m: VectorMachine, count: number): Vector[] {
  return Array.from({ length: count }, () => {
    const sum = m.vector();
    m.zero(sum);
    return sum;
  });
}

function storeSum(
  m: VectorMachine,
  sums: readonly Vector[],
  result: Scalar,
): void {
  const [first, ...others] = sums as [Vector, ...Vector[]];
  for (const other of others) m.add(first, first, other);
  m.store({ base: result }, first);
}
