/**
 * Where the time of a run goes, layer by layer.
 *
 * Idea: the very program that runs, with the time noted after every task of every thread. So caches, threads and barriers are
 * those of a real run, and the parts add up to the whole. Time stamps have a unit of their own; the nanoseconds that
 * go by between two runs give it.
 *
 * @module
 */
import type { Backend, Program, Step } from "../../kernels/mod.ts";
import { median } from "../../core/mod.ts";
import type { LayerDispatch, LayerTime, Profile } from "../engine.ts";
import { type ImageLayer, nameOfImageLayer } from "./images/layers.ts";
import type { Layer } from "./layers.ts";
import type { Task } from "./schedule.ts";

type AnyLayer = Layer | ImageLayer;

/** A program that notes the time after each of its tasks. */
export interface StampedProgram extends Disposable {
  /** Runs it, like {@linkcode Program.run}. */
  run(): Promise<void> | void;
  /** Ticks of each task of the last run, one list a thread. */
  ticks(): readonly Float64Array[];
  /** When thread 0 began the last run, in ticks. */
  began(): number;
}

/** Bytes of arena that {@linkcode buildStamped} takes besides the arguments of the calls. */
export function stampBytes(threads: readonly (readonly Task[])[]): number {
  return STAMP_BYTES * threads.reduce((sum, tasks) => sum + 1 + tasks.length, 0);
}

const STAMP_BYTES = 8;

/** Builds the program of tasks with a stamp before the first and after each. */
export function buildStamped(
  backend: Backend,
  threads: readonly (readonly Task[])[],
): StampedProgram {
  const sizeBytes = stampBytes(threads);
  const start = backend.allocate(sizeBytes);
  const words = backend.uint32(start, sizeBytes / 4);
  let count = 0;
  const stamp = (): Step => ({ do: "stamp", at: start + STAMP_BYTES * count++ });
  const firsts: number[] = [];
  const steps = threads.map((tasks) => {
    firsts.push(count);
    return [stamp(), ...tasks.flatMap((task) => [...task.steps, stamp()])];
  });
  const program: Program = backend.build(steps);
  const low = (at: number): number => words[2 * at]!;
  const timeOf = (at: number): number => low(at) + 2 ** 32 * words[2 * at + 1]!;
  return {
    run: () => program.run(),
    began: () => timeOf(0),
    ticks: () =>
      threads.map((tasks, thread) =>
        Float64Array.from(
          tasks,
          (_, i) => timeOf(firsts[thread]! + i + 1) - timeOf(firsts[thread]! + i),
        )
      ),
    [Symbol.dispose]: () => program[Symbol.dispose](),
  };
}

/** One run of a stamped program. */
export interface ProfiledRun {
  /** Of each task of each thread. */
  readonly ticks: readonly Float64Array[];
  /** When the program began, in ticks. */
  readonly began: number;
  /** When the program was called, in milliseconds. */
  readonly calledMs: number;
  /** Milliseconds of the whole run, inputs and outputs included. */
  readonly elapsedMs: number;
}

/**
 * Adds up the runs.
 *
 * @param warmUp Counts for the unit of the ticks only.
 * @param plainMs Milliseconds of runs without stamps.
 */
export function summarise(
  threads: readonly (readonly Task[])[],
  dispatch: readonly LayerDispatch[],
  warmUp: ProfiledRun,
  profiled: readonly ProfiledRun[],
  plainMs: readonly number[],
): Profile {
  const last = profiled.at(-1)!;
  const nsPerTick = 1e6 * (last.calledMs - warmUp.calledMs) / (last.began - warmUp.began);
  const sums = profiled.map(({ ticks }) => sumsOf(threads, ticks, nsPerTick));
  const of = (layer: AnyLayer | null): number => median(sums.map((sum) => sum.get(layer) ?? 0));
  const outside = profiled.map(({ elapsedMs }, i) => {
    const programNs = [...sums[i]!.values()].reduce((sum, ns) => sum + ns, 0);
    return Math.max(0, 1e6 * elapsedMs - programNs);
  });
  return {
    layers: layersOf(threads).map(({ layer, kernel }) => ({
      ...namedFacts(layer, dispatch),
      kernel,
      ns: of(layer),
    })),
    waitNs: of(null),
    outsideNs: median(outside),
    profiledNs: 1e6 * median(profiled.map(({ elapsedMs }) => elapsedMs)),
    runNs: 1e6 * median(plainMs),
    runs: profiled.length,
  };
}

/** Nanoseconds of each layer in one run, averaged over the threads; those of waiting under `null`. */
function sumsOf(
  threads: readonly (readonly Task[])[],
  ticks: readonly Float64Array[],
  nsPerTick: number,
): ReadonlyMap<AnyLayer | null, number> {
  const sums = new Map<AnyLayer | null, number>();
  threads.forEach((tasks, thread) =>
    tasks.forEach(({ layer }, i) => {
      const ns = nsPerTick * ticks[thread]![i]! / threads.length;
      sums.set(layer, (sums.get(layer) ?? 0) + ns);
    })
  );
  // a thread that ends early waits for the others as well
  const totals = ticks.map((own) => own.reduce((sum, one) => sum + one, 0));
  const idle = totals.reduce((sum, own) => sum + Math.max(...totals) - own, 0) / threads.length;
  return sums.set(null, (sums.get(null) ?? 0) + nsPerTick * idle);
}

/** Layers in the order in which they are first worked on, and what runs them. */
function layersOf(
  threads: readonly (readonly Task[])[],
): readonly { readonly layer: AnyLayer; readonly kernel: string }[] {
  const kernels = new Map<AnyLayer, Set<string>>();
  for (const { layer, steps } of threads.flat()) {
    if (layer === null) continue;
    const ids = kernels.get(layer) ?? new Set();
    for (const step of steps) if (step.do === "call") ids.add(step.kernel.id);
    kernels.set(layer, ids);
  }
  return [...kernels].map(([layer, ids]) => ({ layer, kernel: [...ids].join(" + ") }));
}

function namedFacts(
  layer: AnyLayer,
  dispatch: readonly LayerDispatch[],
): Pick<LayerTime, "layer" | "macsDone" | "macsDense"> {
  const name = nameOf(layer);
  const found = dispatch.find((one) => one.layer === name);
  return { layer: name, macsDone: found?.macsDone ?? 0, macsDense: found?.macsDense ?? 0 };
}

function nameOf(layer: AnyLayer): string {
  if (layer.kind === "linear") return layer.weight;
  return layer.kind === "convolution" || !("out" in layer)
    ? nameOfImageLayer(layer)
    : layer.out.name;
}
