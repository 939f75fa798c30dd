/**
 * Whole networks as contestants: every engine loads the same graph and must compute the same.
 *
 * Small networks are checked against the readable interpreter. It would take minutes for a large one, so there the first engine
 * of somebody else leads, and all others must agree with it.
 *
 * @module
 */
import { type Availability, type Engine, engineMemory, type Session } from "../engines/mod.ts";
import { type Graph, graphMemory, runReference } from "../models/mod.ts";
import {
  type Agreement,
  compareOutputs,
  REFERENCE,
  type Rows,
  rowsOf,
  thinned,
} from "./agreement.ts";
import type { Field, Runner } from "./field.ts";
import { graphMacs } from "./graph_macs.ts";
import { isOurs, type RaceJob, type Work } from "./job.ts";
import type { NetworkSpec } from "./network.ts";
import { drawExamples } from "./network_inputs.ts";
import { hollowNetwork } from "./network_layers.ts";
import { buildNetwork } from "./network_weights.ts";

/** Examples that are checked: one of full length, one padded. */
const CHECKED_EXAMPLES = 2;

/** Multiply-accumulates that the interpreter does in a few seconds. */
const INTERPRETED_MACS = 5e8;

/** Runs that a profile is the median of, and as many without profiling. */
const PROFILED_RUNS = 5;

/** Whether the interpreter is quick enough to check a network. */
export function isInterpreted(network: NetworkSpec): boolean {
  return graphMacs(hollowNetwork(network, 1)) <= INTERPRETED_MACS;
}

/** What the readable interpreter of `models` computes, example by example. */
export async function referenceRows(network: NetworkSpec): Promise<Rows[]> {
  const graph = await buildNetwork(network, 1);
  return Array.from({ length: CHECKED_EXAMPLES }, (_, first) => {
    const inputs = drawExamples(network, { batch: 1, first, padded: true });
    return rowsOf(thinned(runReference(graph, inputs)), 1);
  });
}

/** What every engine of a job is given. */
interface Shared {
  readonly graph: Graph;
  readonly network: NetworkSpec;
  readonly batch: number;
  readonly job: RaceJob;
  /** Outputs of the first engine that passed, all rows; engines after it must agree. */
  first: { readonly id: string; readonly passes: readonly Rows[] } | null;
}

/** Engines on a network. */
export async function networkField(
  job: RaceJob,
  { network, batch }: Extract<Work, { readonly kind: "network" }>,
  findEngine: (id: string) => Engine | undefined,
): Promise<Field> {
  const graph = await buildNetwork(network, batch);
  const shared: Shared = { graph, network, batch, job, first: null };
  const inputs = drawExamples(network, { batch });
  const leader = job.expected === null ? job.contestants.find((id) => !isOurs(id)) : undefined;
  return {
    macs: graphMacs(graph),
    leader: leader ?? null,
    probe: (id) => probe(findEngine(id), graph),
    async load(id): Promise<Runner> {
      const session = await findEngine(id)!.load(graph, job);
      const { dispatch, loadMs, facts } = session;
      return {
        dispatch,
        loadMs,
        ...facts && { session: facts },
        run: () => session.run(inputs),
        check: () => check(id, session, shared),
        ...session.profile && { profile: () => session.profile!(inputs, { runs: PROFILED_RUNS }) },
        [Symbol.asyncDispose]: () => session[Symbol.asyncDispose](),
      };
    },
  };
}

/** Whether an engine is there, and whether there is memory left for it. */
async function probe(engine: Engine | undefined, graph: Graph): Promise<Availability | null> {
  if (engine === undefined) return null;
  const availability = await engine.probe();
  if (!availability.available) return availability;
  const { bytes } = engineMemory(engine.id, graphMemory(graph));
  const free = Deno.systemMemoryInfo().available;
  if (bytes <= free) return availability;
  const [needed, left] = [bytes, free].map((size) => (size / 2 ** 30).toFixed(1));
  const reason = `Cannot load ${graph.name}: it needs about ${needed} GiB, expected at most the ` +
    `${left} GiB that are free`;
  return { available: false, reason };
}

/** Against the reference in the rows that it knows, against the first engine in all rows of the timed batch. */
async function check(id: string, session: Session, shared: Shared): Promise<Agreement> {
  const { job, batch, network, first: leader } = shared;
  const passes: Rows[] = [];
  let agreement: Agreement = { maxError: 0, problem: null };
  for (const [pass, first] of firstExamples(shared).entries()) {
    const outputs = await session.run(drawExamples(network, { batch, first, padded: true }));
    const wanted = job.expected?.slice(first, first + batch);
    const found = [
      ...wanted ? [compareOutputs(thinned(outputs), joinRows(wanted), REFERENCE)] : [],
      ...leader ? [compareOutputs(outputs, leader.passes[pass]!, leader.id)] : [],
    ];
    const wrong = found.find(({ problem }) => problem !== null);
    if (wrong !== undefined) return wrong;
    const [surest] = found;
    if (surest && surest.maxError >= agreement.maxError) agreement = surest;
    passes.push(rowsOf(outputs, batch));
  }
  shared.first ??= { id, passes };
  return agreement;
}

/**
 * Where the batches that are checked begin. A batch of one sees one example at a time, a larger batch both at once; large networks
 * of one example see the padded one only.
 */
function firstExamples({ job, batch }: Shared): readonly number[] {
  if (batch > 1) return [0];
  return job.expected === null ? [1] : [...job.expected.keys()];
}

/** Examples one below the other. */
function joinRows(examples: readonly Rows[]): Rows {
  const names = Object.keys(examples[0] ?? {});
  return Object.fromEntries(
    names.map((name) => [name, examples.flatMap((example) => example[name] ?? [])]),
  );
}
