/**
 * A compiled graph as a session: tensors in, program run, tensors out.
 *
 * @module
 */
import { float32, sizeOf } from "../../core/mod.ts";
import type { Program } from "../../kernels/mod.ts";
import type { Graph } from "../../models/mod.ts";
import { checkInputs } from "../check_inputs.ts";
import type { EngineId, Session, Tensors } from "../engine.ts";
import { lowWords, readRows, writeMask, writeRowOffsets } from "./bind.ts";
import { type CompiledGraph, compileGraph, type CompileOptions } from "./compile.ts";
import type { EmbeddingTerm, OutputView } from "./layers.ts";
import { buildStamped, type ProfiledRun, type StampedProgram, summarise } from "./profile.ts";

/** Compiles a graph and returns it as a session. */
export function openSession(id: EngineId, graph: Graph, options: CompileOptions): Session {
  const start = performance.now();
  const compiled = compileGraph(graph, options);
  const terms = compiled.plan.layers.flatMap((layer) => layer.kind === "embed" ? layer.terms : []);
  const tables = tablesOf(graph, terms);
  for (const term of terms) {
    if (typeof term.ids !== "string") {
      bindIds(tables, compiled, term, term.ids, Int32Array.from(term.ids));
    }
  }
  const loadMs = performance.now() - start;
  // no closure below may capture the graph, whose weights are to be freed
  const { inputs: declared } = graph;
  const runProgram = async (
    { run }: Pick<Program, "run">,
    inputs: Tensors,
    called?: () => void,
  ): Promise<Tensors> => {
    checkInputs(id, declared, inputs);
    bindInputs(tables, compiled, terms, inputs);
    called?.();
    const running = run();
    if (running !== undefined) await running;
    return readOutputs(compiled);
  };
  const run = (inputs: Tensors): Promise<Tensors> => runProgram(compiled.program, inputs);
  return {
    dispatch: compiled.dispatch,
    loadMs,
    facts: compiled.facts,
    run,
    profile: profiler(compiled, runProgram),
    [Symbol.asyncDispose](): Promise<void> {
      compiled[Symbol.dispose]();
      return Promise.resolve();
    },
  };
}

const PROFILED_RUNS = 10;

/** Alternates runs of the program with those of its stamped twin, which is built when it is first asked for. */
function profiler(
  compiled: CompiledGraph,
  runProgram: (
    program: Pick<Program, "run">,
    inputs: Tensors,
    called?: () => void,
  ) => Promise<Tensors>,
): NonNullable<Session["profile"]> {
  let stamped: StampedProgram | null = null;
  return async (inputs, { runs = PROFILED_RUNS } = {}) => {
    if (!Number.isInteger(runs) || runs < 1) {
      throw new RangeError(`Cannot profile: ${runs} runs, expected a positive integer`);
    }
    const tasks = compiled.tasks();
    const twin = stamped ??= buildStamped(compiled.backend, tasks);
    const elapsed = async (program: Pick<Program, "run">, called?: () => void): Promise<number> => {
      const start = performance.now();
      await runProgram(program, inputs, called);
      return performance.now() - start;
    };
    const profileRun = async (): Promise<ProfiledRun> => {
      let calledMs = 0;
      const elapsedMs = await elapsed(twin, () => calledMs = performance.now());
      return { ticks: twin.ticks(), began: twin.began(), calledMs, elapsedMs };
    };
    const warmUp = await profileRun();
    const [profiled, plainMs]: [ProfiledRun[], number[]] = [[], []];
    for (let i = 0; i < runs; i++) {
      plainMs.push(await elapsed(compiled.program));
      profiled.push(await profileRun());
    }
    return summarise(tasks, compiled.dispatch, warmUp, profiled, plainMs);
  };
}

/** Shapes of embedding tables. */
type Tables = ReadonlyMap<string, readonly number[]>;

function tablesOf(graph: Graph, terms: readonly EmbeddingTerm[]): Tables {
  return new Map(terms.map(({ table }) => [table, graph.initializers.get(table)?.shape ?? []]));
}

function bindInputs(
  tables: Tables,
  compiled: CompiledGraph,
  terms: readonly EmbeddingTerm[],
  inputs: Tensors,
): void {
  for (const term of terms) {
    const tensor = typeof term.ids === "string" ? inputs[term.ids] : undefined;
    if (tensor !== undefined) bindIds(tables, compiled, term, term.ids, lowWords(tensor));
  }
  const { backend, base, places, plan } = compiled;
  for (const { name, address, length } of compiled.imageInputs) {
    const tensor = inputs[name];
    if (tensor?.dtype === "float32") backend.float32(base + address, length).set(tensor.data);
  }
  compiled.batch.write(backend, base, inputs);
  const { lanes, masks } = places.inputs;
  for (const { mask, address } of masks.values()) {
    const tensor = inputs[mask.input];
    if (tensor === undefined) continue;
    const values = tensor.dtype === "float32" ? tensor.data : lowWords(tensor);
    const to = backend.float32(base + address, places.tokens.groups * lanes);
    writeMask(mask, values, plan.sequence, to, places.laneOf);
  }
}

function bindIds(
  tables: Tables,
  { backend, base, places, plan }: CompiledGraph,
  { table }: EmbeddingTerm,
  key: string | readonly number[],
  ids: Int32Array,
): void {
  const { lanes } = places.inputs;
  const [entries = 0, width = 0] = tables.get(table) ?? [];
  const { groups, perGroup } = places.tokens;
  const isFixed = typeof key !== "string";
  const to = backend.uint32(
    base + (places.inputs.ids.get(key) ?? 0),
    (isFixed ? 1 : groups) * lanes,
  );
  const rows = { name: table, entries, rowBytes: width * 4 };
  // fixed ids are those of one sequence, for each that a group has
  for (let copy = 0; copy < (isFixed ? perGroup : 1); copy++) {
    writeRowOffsets(ids, plan.sequence, to, (item) => places.laneOf(item + copy), rows);
  }
}

function readOutputs(compiled: CompiledGraph): Tensors {
  const { backend, base, imageOutputs, plan } = compiled;
  return Object.fromEntries([
    ...plan.outputs.map((output) => [output.name, readOutput(compiled, output)]),
    ...imageOutputs.map(({ name, shape, address }) => [
      name,
      float32(shape, new Float32Array(backend.float32(base + address, sizeOf(shape)))),
    ]),
  ]);
}

function readOutput(compiled: CompiledGraph, output: OutputView): Tensors[string] {
  const { backend, base, places, plan } = compiled;
  const { value, row, rows, shape } = output;
  if (value.lanes === "batch") return readItems(compiled, output);
  const { address, stride } = places.of(value, 0, 0);
  const { groups, panels, panelLanes } = places.tokens;
  const view = backend.float32(base + address, groups * panels * stride / 4);
  return readRows(view, shape, {
    lanes: panelLanes,
    stride: stride / 4,
    row,
    rows,
    items: plan.batch,
    count: plan.sequence,
    laneOf: places.laneOf,
  });
}

/** Reads features of the batch, item by item. */
function readItems(
  { backend, base, batch, plan }: CompiledGraph,
  { value, row, rows, shape }: OutputView,
): Tensors[string] {
  const data = new Float32Array(sizeOf(shape));
  for (let item = 0; item < plan.batch; item++) {
    const { address, featureBytes } = batch.item(value, item);
    const step = featureBytes / 4;
    const from = backend.float32(base + address + row * featureBytes, (rows - 1) * step + 1);
    for (let i = 0; i < rows; i++) data[item * rows + i] = from[i * step]!;
  }
  return float32(shape, data);
}
