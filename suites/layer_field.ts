/**
 * One layer, or a chain of such layers, as contestants: our kernels by family, and ONNX Runtime on the same layers as a
 * graph.
 *
 * What is timed is a run with activations where the layer reads them, as inside a network: our kernels read their own
 * layout, ONNX Runtime row-major tensors that are passed to it without a copy.
 *
 * @module
 */
import { formatPattern, type Tensor } from "../core/mod.ts";
import {
  type Availability,
  type Engine,
  type LayerDispatch,
  loadOnnxInWasm,
  loadOnnxNatively,
} from "../engines/mod.ts";
import {
  bestTarget,
  type LayerTask,
  type LayerWork,
  outputLanes,
  outputPlace,
  outputRows,
  referenceLayer,
  type Target,
  type TargetFamily,
} from "../kernels/mod.ts";
import { type Agreement, REFERENCE } from "./agreement.ts";
import type { Clock } from "./clock.ts";
import type { Field, LayerPreparation, Runner } from "./field.ts";
import type { RaceJob } from "./job.ts";
import { compareOutput, type Output } from "./layer_agreement.ts";
import { GRAPH_INPUT, GRAPH_OUTPUT, layerGraph } from "./layer_graph.ts";
import { type LayerProgram, openLayerProgram } from "./layer_program.ts";
import type { Peaks } from "./peaks.ts";
import { activeOf, denseMacs, drawActivations, drawTasks, type LayerSpec } from "./layer_spec.ts";

/** How a contestant of ours runs a layer, as its id says. */
interface OwnContestant {
  readonly family: TargetFamily;
  /**
   * `sparse` skips zeros of the weights and `dense` none; `sparse-sparse` also activations that are zero, `k-winners` those
   * that are not among the k largest; `finding` is the part of `k-winners` that finds them.
   */
  readonly kind: "sparse" | "dense" | "sparse-sparse" | "k-winners" | "finding";
}

/** Where the kernels of some contestants run. */
export function familiesOf(ids: readonly string[]): TargetFamily[] {
  return [...new Set(ids.flatMap((id) => ownContestant(id)?.family ?? []))];
}

/** `skipzero-native`, `skipzero-wasm-dense`, `skipzero-native-sparse-sparse` and so on. */
function ownContestant(id: string): OwnContestant | null {
  const words = /^skipzero-(native|wasm)(?:-(dense|sparse-sparse|k-winners|finding))?$/.exec(id);
  if (words === null) return null;
  const [, family, kind = "sparse"] = words;
  return { family, kind } as OwnContestant; // the expression allows nothing else
}

/** What a layer field works with. */
export interface LayerInstruments {
  /** Engine of an id, asked whether it is there. */
  readonly findEngine: (id: string) => Engine | undefined;
  /** Tells the time. */
  readonly clock: Clock;
  /** What the processor can do at most, as measured in this process. */
  readonly peaks: readonly Peaks[];
}

/** What all contestants share. */
interface Shared {
  readonly job: RaceJob;
  readonly spec: LayerSpec;
  readonly tasks: readonly LayerTask[];
  readonly input: Float32Array<ArrayBuffer> | Uint8Array<ArrayBuffer>;
  readonly instruments: LayerInstruments;
  /** What the last layer of the chain gives, by the first contestant that passed. */
  leader: { readonly id: string; readonly output: Output } | null;
}

/** Contestants on a layer. */
export async function layerField(
  job: RaceJob,
  spec: LayerSpec,
  instruments: LayerInstruments,
): Promise<Field> {
  const tasks = await drawTasks(spec);
  const shared: Shared = {
    job,
    spec,
    tasks,
    input: drawActivations(spec),
    instruments,
    leader: null,
  };
  return {
    macs: denseMacs(spec),
    leader: null,
    probe: (id) => probe(id, instruments),
    load: (id) => {
      const own = ownContestant(id);
      return own ? loadOwn(id, own, shared) : loadOnnx(id, shared);
    },
  };
}

function probe(id: string, { findEngine }: LayerInstruments): Promise<Availability | null> {
  const own = ownContestant(id);
  if (own === null) return findEngine(id)?.probe() ?? Promise.resolve(null);
  const target = bestTarget(own.family);
  return Promise.resolve(
    target === null
      ? { available: false, reason: `no ${own.family} instruction set works here` }
      : { available: true, version: "", detail: target },
  );
}

async function loadOnnx(id: string, shared: Shared): Promise<Runner> {
  const load = { "onnxruntime-node": loadOnnxNatively, "onnxruntime-web": loadOnnxInWasm }[id];
  if (load === undefined) {
    throw new RangeError(`Cannot load a layer in "${id}": expected ONNX Runtime`);
  }
  const { tasks, input, job } = shared;
  const graph = layerGraph(tasks);
  const { dtype, shape } = graph.inputs[0]!;
  const feeds = { [GRAPH_INPUT]: { dtype, shape, data: input } as Tensor }; // the graph's own type
  const session = await load(graph, job);
  return {
    dispatch: [],
    loadMs: session.loadMs,
    run: () => session.run(feeds),
    check: async () => {
      const outputs = await session.run(feeds);
      const output = outputs[GRAPH_OUTPUT]!.data as Output; // float32 or int32 by the graph
      return agree(id, output, tasks, shared);
    },
    [Symbol.asyncDispose]: () => session[Symbol.asyncDispose](),
  };
}

function loadOwn(id: string, { family, kind }: OwnContestant, shared: Shared): Promise<Runner> {
  const { spec, input, job, instruments } = shared;
  const target = bestTarget(family)!;
  const tasks = shared.tasks.map((task) => taskFor(task, kind, spec));
  const start = performance.now();
  const program = openLayerProgram({
    tasks,
    target,
    threads: job.threads,
    skipsActivations: kind !== "sparse" && kind !== "dense",
    // Zeros of the activations are there in the first layer only.
    chain: spec.activationSparsity === 0,
    input,
    clock: instruments.clock,
  });
  const loadMs = performance.now() - start;
  const { find } = program;
  if (kind === "finding" && find === null) {
    throw new RangeError(`Cannot time ${id}: ${program.family.id} looks for no winners`);
  }
  return Promise.resolve({
    // Finding the winners is no product: it has no rate, and no roof.
    ...kind === "finding"
      ? { dispatch: [{ ...dispatchOf(program, tasks[0]!)[0]!, macsDone: 0, macsDense: 0 }] }
      : {
        dispatch: dispatchOf(program, tasks[0]!),
        preparation: preparationOf(program, peakOf(instruments.peaks, target, spec)),
      },
    loadMs,
    run: kind === "finding" ? find! : (): Promise<void> | void => program.run(),
    check: () => checkOwn(id, program, shared),
    [Symbol.asyncDispose]: () => {
      program[Symbol.dispose]();
      return Promise.resolve();
    },
  });
}

/** The task as a kind of contestant is given it. */
function taskFor(task: LayerTask, kind: OwnContestant["kind"], spec: LayerSpec): LayerTask {
  if (kind === "dense") return { ...task, pattern: { kind: "dense" } };
  if (kind === "sparse" || task.op === "quantized_linear") return task;
  const active = activeOf(spec, task.op === "linear" ? task.cols : task.inChannels);
  return kind === "sparse-sparse" ? { ...task, active } : { ...task, active, winners: active };
}

async function checkOwn(id: string, program: LayerProgram, shared: Shared): Promise<Agreement> {
  await program.run();
  const { layers, chained } = program;
  const last = layers.at(-1)!;
  if (chained) return agree(id, last.readOutput(), shared.tasks, shared);
  let maxError = 0;
  for (const [index, layer] of layers.entries()) {
    const agreement = compare(layer.readOutput(), shared.tasks.slice(index, index + 1), shared);
    if (agreement.problem !== null) return agreement;
    maxError = Math.max(maxError, agreement.maxError);
  }
  return { maxError, problem: null, against: REFERENCE };
}

/** Against the reference in a few lanes, against the first contestant in all of them. */
function agree(
  id: string,
  output: Output,
  tasks: readonly LayerTask[],
  shared: Shared,
): Agreement {
  const reference = compare(output, tasks, shared);
  if (reference.problem !== null) return reference;
  const { leader } = shared;
  if (leader === null) shared.leader = { id, output: output.slice() };
  else {
    const exact = isExact(tasks[0]!);
    const { problem } = compareOutput(output, leader.output, { against: leader.id, exact });
    if (problem !== null) return { ...reference, problem };
  }
  return reference;
}

/** Lanes that the reference computes: first, last and some between. */
const CHECKED_LANES = 4;

function compare(output: Output, tasks: readonly LayerTask[], { input }: Shared): Agreement {
  const [first, last] = [tasks[0]!, tasks.at(-1)!];
  const count = outputLanes(last);
  const wanted = Math.min(count, CHECKED_LANES);
  const lanes = Array.from(
    { length: wanted },
    (_, i) => wanted === 1 ? 0 : Math.round(i * (count - 1) / (wanted - 1)),
  );
  const rows = outputRows(last);
  const found = new Float64Array(wanted * rows);
  lanes.forEach((lane, at) => {
    for (let row = 0; row < rows; row++) {
      found[at * rows + row] = output[outputPlace(last, lane, row)]!;
    }
  });
  let values = referenceLayer(first, input, lanes);
  for (const task of tasks.slice(1)) values = referenceLayer(task, values, [...lanes.keys()]);
  return compareOutput(found, values, { against: REFERENCE, exact: isExact(last) });
}

/** Integer sums have one right answer. */
function isExact(task: LayerTask): boolean {
  return task.op === "quantized_linear";
}

function dispatchOf({ layers, family }: LayerProgram, task: LayerTask): LayerDispatch[] {
  const [layer] = layers;
  if (layer === undefined) return [];
  const sum = (of: (work: LayerWork) => number): number =>
    layers.reduce((total, { work }) => total + of(work), 0);
  const { length } = task.weights;
  let zeros = 0;
  for (const weight of task.weights) if (weight === 0) zeros++;
  const [done, dense] = [sum(({ macs }) => macs), sum(({ denseMacs }) => denseMacs)];
  const skipping = task.pattern.kind !== "dense";
  return [{
    layer: `${formatPattern(task.pattern)} ${task.op}`,
    kernel: layer.kernelId,
    sparsity: zeros / length,
    skipped: skipping ? Math.max(0, 1 - layer.work.executedMacs / layer.work.denseMacs) : 0,
    reason: `${family.id}: ${layer.reason}`,
    // A dense kernel multiplies the zeros too.
    macsDone: skipping ? done : dense,
    macsDense: dense,
  }];
}

/** Peaks of the target that kernels of a layer's type can come near. */
function peakOf(
  peaks: readonly Peaks[],
  target: Target,
  { op }: LayerSpec,
): Pick<LayerPreparation, "target" | "peak"> {
  const own = peaks.find((one) => one.target === target);
  return { target, peak: (op === "quantized_linear" ? own?.gops : own?.gflops) ?? null };
}

function preparationOf(
  { layers, family, preparation }: LayerProgram,
  limits: Pick<LayerPreparation, "target" | "peak">,
): LayerPreparation {
  const total = { executedMacs: 0, weightBytes: 0, activationBytes: 0 };
  for (const { work } of layers) {
    total.executedMacs += work.executedMacs;
    total.weightBytes += work.weightBytes;
    total.activationBytes += work.activationBytes;
  }
  return { ...preparation, ...total, ...limits, family: family.id };
}
