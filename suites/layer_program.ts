/**
 * A chain of our own layers on one back end, packed, emitted and ready to be timed.
 *
 * @module
 */
import {
  type Backend,
  familiesFor,
  type FindingLayer,
  type Layer,
  type LayerFamily,
  type LayerTask,
  openBackend,
  type Program,
  type Step,
  type Target,
} from "../kernels/mod.ts";
import type { Clock } from "./clock.ts";

/** What it cost to get ready. */
export interface Preparation {
  /** Nanoseconds to pack the weights of all layers. */
  readonly packNs: number;
  /** Nanoseconds to emit their code. */
  readonly emitNs: number;
  /** Bytes of emitted code. */
  readonly codeBytes: number;
  /** Bytes of memory that weights and activations lie in. */
  readonly footprintBytes: number;
}

/** Layers ready to run. */
export interface LayerProgram extends Disposable {
  /** The family of the kernels. */
  readonly family: LayerFamily;
  /** In the order in which they run. */
  readonly layers: readonly Layer[];
  /** Whether each layer reads what the one before wrote; else every one reads the same activations. */
  readonly chained: boolean;
  /** What it cost. */
  readonly preparation: Preparation;
  /** Runs all layers once. */
  run(): Promise<void> | void;
  /** Runs what finds the activations that count, and no product; `null` where kernels do not look for them. */
  readonly find: (() => Promise<void> | void) | null;
}

/** Which layers, and how. */
export interface LayerProgramOptions {
  /** What the layers compute. */
  readonly tasks: readonly LayerTask[];
  /** Instruction set. */
  readonly target: Target;
  /** Threads that share each layer. */
  readonly threads: number;
  /** Whether kernels are wanted that skip zeros of the activations. */
  readonly skipsActivations: boolean;
  /** Whether layers may read each other's outputs. */
  readonly chain: boolean;
  /** Activations of the first layer, or of each. */
  readonly input: Float32Array | Uint8Array;
  /** Tells the time. */
  readonly clock: Clock;
}

/**
 * Packs and emits.
 *
 * @throws {RangeError} If no family computes the task on the target; says why.
 */
export function openLayerProgram(options: LayerProgramOptions): LayerProgram {
  const { tasks, target, threads, skipsActivations, clock } = options;
  const [family] = familiesFor(tasks[0]!, target, skipsActivations);
  if (family === undefined) {
    throw new RangeError(`Cannot time ${tasks[0]!.op} on ${target}: no kernels for it`);
  }
  const backend = openBackend({ target, arenaBytes: arenaBytes(tasks), threads });
  try {
    const start = clock.now();
    const { layers, chained } = prepare(backend, family, options);
    const packed = clock.now();
    const footprintBytes = backend.usedBytes;
    const program = backend.build(joinSteps(layers.map(({ steps }) => steps), threads));
    const emitted = clock.now();
    const finding = layers.map(findingSteps);
    const finder = finding.every((steps) => steps !== null)
      ? backend.build(joinSteps(finding, threads))
      : null;
    for (const layer of chained ? layers.slice(0, 1) : layers) layer.writeInput(options.input);
    const preparation = {
      packNs: packed - start,
      emitNs: emitted - packed,
      codeBytes: program.codeBytes,
      footprintBytes,
    };
    return own(backend, program, finder, { family, layers, chained, preparation });
  } catch (error) {
    backend[Symbol.dispose]();
    throw error;
  }
}

function own(
  backend: Backend,
  program: Program,
  finder: Program | null,
  parts: Pick<LayerProgram, "family" | "layers" | "chained" | "preparation">,
): LayerProgram {
  return {
    ...parts,
    run: () => program.run(),
    find: finder && ((): Promise<void> | void => finder.run()),
    [Symbol.dispose]: () => backend[Symbol.dispose](),
  };
}

function prepare(
  backend: Backend,
  family: LayerFamily,
  { tasks, threads, chain }: LayerProgramOptions,
): { readonly layers: readonly Layer[]; readonly chained: boolean } {
  const first = family.prepare(backend, tasks[0]!, { threads });
  const fits = first.output.layout === first.input.layout &&
    first.output.type === first.input.type && first.output.sizeBytes >= first.input.sizeBytes;
  const chained = chain && tasks.length > 1 && fits;
  const layers = [first];
  for (const task of tasks.slice(1)) {
    const input = chained ? { input: layers.at(-1)!.output } : {};
    layers.push(family.prepare(backend, task, { threads, ...input }));
  }
  return { layers, chained: chained || tasks.length === 1 };
}

type Threads = Layer["steps"];

/** The steps of a layer that find the activations that count; `null` if it does not look for them. */
function findingSteps(layer: Layer): Threads | null {
  return "finding" in layer ? (layer as FindingLayer).finding : null;
}

/** One list a thread: the layers one after the other, with a barrier between two. */
function joinSteps(layers: readonly Threads[], threads: number): Step[][] {
  return Array.from(
    { length: threads },
    (_, thread) =>
      layers.flatMap((steps, index): readonly Step[] => {
        // A layer too small to be shared keeps the other threads waiting.
        const barriers = steps[0]!.filter((step) => step.do === "barrier");
        const own = steps[thread] ?? barriers;
        return index === 0 || threads === 1 ? own : [{ do: "barrier" }, ...own];
      }),
  );
}

const MIB = 2 ** 20;

/** WebAssembly's memory ends at 4 GiB. */
const LARGEST_ARENA = 3500 * MIB;

/** Room for any packing: pages that are not touched cost nothing. */
function arenaBytes(tasks: readonly LayerTask[]): number {
  let bytes = 64 * MIB;
  for (const task of tasks) {
    const values = task.op === "convolution"
      // Planes of all images, with padding and copies for strides and shifts.
      ? 12 * task.images * (task.inChannels + task.outChannels) * (task.height + 8) *
        (task.width + 64)
      : 3 * (task.rows + task.cols + 128) * (task.lanes + 64);
    bytes += 4 * values + 10 * task.weights.length;
  }
  return Math.min(bytes, LARGEST_ARENA);
}
