/**
 * The compiler: from a graph to one program of machine code per thread.
 *
 * @module
 */
import {
  type Backend,
  embedScratchBytes,
  openBackend,
  panelBytes,
  type Program,
  type Step,
  type Target,
} from "../../kernels/mod.ts";
import type { Pattern } from "../../core/mod.ts";
import type { Graph } from "../../models/mod.ts";
import type { LayerDispatch, SessionFacts } from "../engine.ts";
import { type BatchSegment, prepareBatch } from "./batch/segment.ts";
import { type ImageInput, type ImageOutput, placeImages } from "./images/segment.ts";
import { dispatchOf } from "./dispatch.ts";
import { planLayers } from "./fuse.ts";
import type { LayerPlan } from "./layers.ts";
import { createLayout } from "./layout.ts";
import type { PanelCosts } from "./panel_costs.ts";
import { type Places, placeValues } from "./place.ts";
import { stampBytes } from "./profile.ts";
import { schedule, stepsOf, type Task } from "./schedule.ts";
import { planTokenLanes } from "./token_lanes.ts";
import { placeParameters } from "./weights.ts";

/** How to compile. */
export interface CompileOptions {
  /** Instruction set. */
  readonly target: Target;
  /** Number of threads. */
  readonly threads: number;
  /** Use the dense kernel for every layer, whatever the weights are. */
  readonly unpruned: boolean;
  /** Width of the panels of tokens; default what {@linkcode planTokenLanes} says. */
  readonly panelLanes?: number;
  /** Pack every weight as this pattern; default what `SKIPZERO_FORM` says, else what is predicted to be fastest. */
  readonly form?: Pattern | null;
  /** Costs of kernels measured on this machine, to choose by; default those of the target. */
  readonly costs?: PanelCosts;
}

/** A graph in an arena, ready to run. */
export interface CompiledGraph extends Disposable {
  /** The layers. */
  readonly plan: LayerPlan;
  /** Places of inputs and outputs, relative to `base`. */
  readonly places: Places;
  /** Layers over features of the batch. */
  readonly batch: BatchSegment;
  /** Address of the layout in the arena. */
  readonly base: number;
  /** The arena. */
  readonly backend: Backend;
  /** The code. */
  readonly program: Program;
  /** Tensors to read after a run, besides what the plan's panels hold. */
  readonly imageOutputs: readonly ImageOutput[];
  /** Images to write before a run. */
  readonly imageInputs: readonly ImageInput[];
  /** Which kernel runs each layer. */
  readonly dispatch: readonly LayerDispatch[];
  /** Memory and time that it took. */
  readonly facts: SessionFacts;
  /** What the threads do, made anew. The arena has room for a second program of it, with stamps. */
  tasks(): readonly (readonly Task[])[];
}

/** Argument blocks are rounded up to cache lines, and a program keeps barriers and counters besides. */
const BLOCK_BYTES = 64;
const PROGRAM_BYTES = 1 << 16;

/**
 * Compiles a graph.
 *
 * @throws {RangeError} If a node fits no layer, or the arena does not fit the target's address space.
 * @throws {EnvironmentError} If the target does not work here.
 */
export function compileGraph(graph: Graph, options: CompileOptions): CompiledGraph {
  const { target, threads } = options;
  const clock = lapClock();
  const plan = planLayers(graph);
  const tokens = planTokenLanes(plan, threads, options.panelLanes);
  const { panelLanes } = tokens;
  const fuse = clock();
  const layout = createLayout();
  const images = plan.images.layers.length > 0
    ? placeImages(plan.images, layout, { ...options, batch: plan.batch })
    : null;
  const before = layout.sizeBytes;
  const computed = { ...graph, initializers: new Map([...graph.initializers, ...plan.constants]) };
  const parameters = placeParameters(computed, plan, layout, { ...options, panelLanes });
  const { addresses } = parameters;
  const batch = prepareBatch(computed, plan, layout, { ...options, addresses });
  const weightBytes = layout.sizeBytes - before - batch.activationBytes +
    (images?.weightBytes ?? 0);
  const scratchBytes = scratchBytesOf(plan, panelLanes);
  const places = placeValues(plan, layout, { threads, tokens, scratchBytes });
  const input = { plan, places, parameters, batch, target, threads, ...images && { images } };
  checkFits(graph.name, target, weightBytes, layout.sizeBytes);
  const packLaps = [clock()];
  // Once with relative addresses, to learn how much memory the argument blocks take.
  const tasks = schedule(input, 0);
  const programBytes = argumentBytes(stepsOf(tasks)) + PROGRAM_BYTES;
  // a profile takes as much again; pages that are not touched take no memory
  const arenaBytes = layout.sizeBytes + 2 * programBytes + stampBytes(tasks);
  const emitLaps = [clock()];
  const backend = openBackend({ target, arenaBytes, threads });
  try {
    const base = layout.realise(backend);
    batch.prepare(backend, base);
    packLaps.push(clock());
    const program = backend.build(stepsOf(schedule(input, base)));
    emitLaps.push(clock());
    const facts = {
      weightBytes,
      activationBytes: layout.sizeBytes - weightBytes,
      codeBytes: program.codeBytes + programBytes,
      loadMs: { fuse, pack: total(packLaps), emit: total(emitLaps) },
    };
    const dispatch = [
      ...images?.dispatch ?? [],
      ...dispatchOf(plan, parameters, batch, target, panelLanes),
    ];
    return {
      plan,
      places,
      batch,
      base,
      backend,
      program,
      dispatch,
      facts,
      imageOutputs: images?.outputs ?? [],
      imageInputs: images?.inputs ?? [],
      tasks: () => schedule(input, base),
      [Symbol.dispose](): void {
        program[Symbol.dispose]();
        backend[Symbol.dispose]();
      },
    };
  } catch (error) {
    backend[Symbol.dispose]();
    throw error;
  }
}

/** What WebAssembly addresses; the last of it is for arguments and control words. */
const WASM_BYTES = 2 ** 32 - 2 ** 26;

/** Refuses what no arena can hold before anything is packed. */
function checkFits(name: string, target: Target, weightBytes: number, allBytes: number): void {
  if (!target.startsWith("wasm") || allBytes <= WASM_BYTES) return;
  const gb = (bytes: number): string => `${(bytes / 1e9).toFixed(2)} GB`;
  throw new RangeError(
    `Cannot compile "${name}" for ${target}: weights of ${gb(weightBytes)} and activations of ${
      gb(allBytes - weightBytes)
    }, expected at most ${gb(WASM_BYTES)} together; a smaller batch or the native engine may fit`,
  );
}

/** The most that one layer needs besides its inputs and outputs. */
function scratchBytesOf(plan: LayerPlan, panelLanes: number): number {
  const needs = plan.layers.map((layer) =>
    layer.kind === "attention"
      ? panelBytes(plan.sequence, panelLanes)
      : layer.kind === "embed"
      ? embedScratchBytes(layer.out.rows, panelLanes)
      : 0
  );
  return Math.ceil(Math.max(0, ...needs) / BLOCK_BYTES) * BLOCK_BYTES;
}

function argumentBytes(threads: readonly (readonly Step[])[]): number {
  let bytes = 0;
  for (const step of threads.flat()) {
    if (step.do === "call") bytes += Math.ceil(8 * step.args.length / BLOCK_BYTES) * BLOCK_BYTES;
  }
  return bytes;
}

/** Milliseconds since it was called last, or made. */
function lapClock(): () => number {
  let last = performance.now();
  return () => {
    const before = last;
    last = performance.now();
    return last - before;
  };
}

function total(numbers: readonly number[]): number {
  return numbers.reduce((sum, next) => sum + next, 0);
}
