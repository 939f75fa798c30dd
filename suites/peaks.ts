/**
 * What a processor can do at most, measured with the same machine code that kernels are made of, in the process that times
 * them.
 *
 * @module
 */
import {
  type Backend,
  bestTarget,
  dotProbe,
  dotProbeOps,
  fmaProbe,
  fmaProbeFlops,
  kernelSupport,
  type Op,
  openBackend,
  READ_CHUNK_BYTES,
  readProbe,
  type Step,
  type Target,
  type TargetFamily,
} from "../kernels/mod.ts";
import type { Clock } from "./clock.ts";

/** Speed of reading a stretch of memory again and again. */
export interface ReadRate {
  /** Length of the stretch of each thread. */
  readonly sizeBytes: number;
  /** Bytes a nanosecond (GB/s), all threads together. */
  readonly gbps: number;
}

/** Peaks of one instruction set. */
export interface Peaks {
  /** Instruction set. */
  readonly target: Target;
  /** Threads that worked at once. */
  readonly threads: number;
  /** float32 multiply-adds on registers, counted as two operations: GFLOP/s, all threads together. */
  readonly gflops: number;
  /** Dot products of bytes on registers: GOP/s, all threads together; `null` where there are none. */
  readonly gops: number | null;
  /** Reading, the smallest stretch first. */
  readonly reads: readonly ReadRate[];
}

/** Stretches that lie in the first-, second- and third-level cache and in memory, on processors of today. */
const STRETCHES = [16, 128, 512, 2048, 8192, 65536].map((kib) => kib * 1024);

/** A sample is at least this long, */
const SAMPLE_NS = 1e6;
/** and the best of so many counts: whatever disturbs makes it slower, and the first ones warm up. */
const SAMPLES = 12;

/** For the arguments of every call of every program. */
const ARGUMENT_BYTES = 16 * 2 ** 20;

/** Peaks of the fastest instruction set of a family; `null` if none works. Takes some 200 ms. */
export async function measurePeaks(
  family: TargetFamily,
  threads: number,
  clock: Clock,
): Promise<Peaks | null> {
  const target = bestTarget(family);
  if (target === null) return null;
  const largest = STRETCHES.at(-1)!;
  using backend = openBackend({
    target,
    threads,
    arenaBytes: threads * largest + ARGUMENT_BYTES,
  });
  const stretches = Array.from({ length: threads }, () => {
    const address = backend.allocate(largest);
    backend.float32(address, largest / 4).fill(1); // pages that were never written share one
    return address;
  });
  const fma = { kernel: fmaProbe(target), workOf: fmaProbeFlops };
  const dot = { kernel: dotProbe(target), workOf: dotProbeOps };
  const gflops = await measureRate(backend, fma, threads, clock);
  const bytes = kernelSupport().bytes[target] === undefined;
  const gops = bytes ? await measureRate(backend, dot, threads, clock) : null;
  const reads: ReadRate[] = [];
  for (const sizeBytes of STRETCHES) {
    reads.push({ sizeBytes, gbps: await measureReads(backend, stretches, sizeBytes, clock) });
  }
  return { target, threads, gflops, gops, reads };
}

/**
 * Calls that a probe's work is cut into. WebAssembly engines replace the code of a function between calls, once it has
 * been found to be worth it.
 */
const CALLS = 16;

/** Stretches longer than this are read in slices, a call each. */
const SLICE_BYTES = 512 * 1024;

/** A probe of what registers allow. */
interface RateProbe {
  readonly kernel: Op<{ readonly result: number; readonly times: number }>;
  readonly workOf: (target: Target, times: number) => number;
}

function measureRate(
  backend: Backend,
  { kernel, workOf }: RateProbe,
  threads: number,
  clock: Clock,
): Promise<number> {
  const results = Array.from({ length: threads }, () => backend.allocate(64));
  const stepsOf = (times: number): Step[][] =>
    results.map((result) => {
      const args = kernel.args({ result, times });
      return Array.from({ length: CALLS }, () => ({ do: "call", kernel, args }) as const);
    });
  const total = (times: number): number => threads * CALLS * workOf(backend.target, times);
  return bestRate(backend, stepsOf, total, clock);
}

function measureReads(
  backend: Backend,
  stretches: readonly number[],
  sizeBytes: number,
  clock: Clock,
): Promise<number> {
  const kernel = readProbe(backend.target);
  const result = backend.allocate(64 * stretches.length);
  const slices = Math.ceil(sizeBytes / SLICE_BYTES);
  const chunks = sizeBytes / slices / READ_CHUNK_BYTES;
  // A long stretch is gone through as a whole before any of it is read again.
  const short = slices === 1;
  const calls = short ? CALLS : slices;
  const stepsOf = (times: number): Step[][] =>
    stretches.map((stretch, thread) =>
      Array.from({ length: short ? calls : calls * times }, (_, call): Step => {
        const from = stretch + call % slices * (sizeBytes / slices);
        const to = result + 64 * thread;
        const args = kernel.args({ from, chunks, passes: short ? times : 1, result: to });
        return { do: "call", kernel, args };
      })
    );
  const bytesOf = (times: number): number =>
    stretches.length * times * sizeBytes * (short ? calls : 1);
  return bestRate(backend, stepsOf, bytesOf, clock);
}

/** Work a nanosecond of a probe that is repeated until a sample is long enough. */
async function bestRate(
  backend: Backend,
  stepsOf: (times: number) => Step[][],
  workOf: (times: number) => number,
  clock: Clock,
): Promise<number> {
  for (let times = 1;;) {
    using program = backend.build(stepsOf(times));
    let shortest = Infinity;
    for (let sample = 0; sample < SAMPLES; sample++) {
      const start = clock.now();
      await program.run();
      shortest = Math.min(shortest, clock.now() - start);
    }
    if (shortest >= SAMPLE_NS) return workOf(times) / shortest;
    times = Math.ceil(times * Math.max(2, Math.min(64, 1.2 * SAMPLE_NS / Math.max(shortest, 1))));
  }
}
