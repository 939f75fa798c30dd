/**
 * Whole networks as contestants: every engine loads the same graph and must compute the same.
 *
 * @module
 */
import type { Engine, Session } from "../engines/mod.ts";
import { type Graph, runReference } from "../models/mod.ts";
import { type Agreement, compareOutputs, type Rows, rowsOf } from "./agreement.ts";
import type { Field, Runner } from "./field.ts";
import { graphMacs } from "./graph_macs.ts";
import type { RaceJob, Work } from "./job.ts";
import { buildNetwork, drawInputs, loadParameters, type NetworkSpec } from "./network.ts";

/** Examples that the reference runs: one of full length, one padded. */
const CHECKED_EXAMPLES = 2;

/** What the readable interpreter of `models` computes, example by example. */
export async function referenceRows(network: NetworkSpec): Promise<Rows[]> {
  const graph = buildNetwork(network, await loadParameters(network), 1);
  return Array.from({ length: CHECKED_EXAMPLES }, (_, first) => {
    const inputs = drawInputs(network, { batch: 1, first, padded: true });
    return rowsOf(runReference(graph, inputs), 1);
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
  const graph = buildNetwork(network, await loadParameters(network), batch);
  const shared: Shared = { graph, network, batch, job, first: null };
  const inputs = drawInputs(network, { batch });
  return {
    macs: graphMacs(graph),
    probe: (id) => findEngine(id)?.probe() ?? null,
    async load(id): Promise<Runner> {
      const session = await findEngine(id)!.load(graph, job);
      const { dispatch, loadMs } = session;
      return {
        dispatch,
        loadMs,
        run: () => session.run(inputs),
        check: () => check(id, session, shared),
        [Symbol.asyncDispose]: () => session[Symbol.asyncDispose](),
      };
    },
  };
}

/** Against the reference in the rows that it knows, against the first engine in all rows of the timed batch. */
async function check(id: string, session: Session, shared: Shared): Promise<Agreement> {
  const expected = shared.job.expected ?? [];
  const passes: Rows[] = [];
  let maxError = 0;
  // A batch of one sees one checked example at a time, a larger batch both at once.
  const firsts = shared.batch === 1 ? [...expected.keys()] : [0];
  for (const first of firsts) {
    const inputs = drawInputs(shared.network, { batch: shared.batch, first, padded: true });
    const outputs = await session.run(inputs);
    const wanted = expected.slice(first, first + shared.batch);
    const reference = compareOutputs(outputs, joinRows(wanted), "the reference");
    maxError = Math.max(maxError, reference.maxError);
    if (reference.problem !== null) return { maxError, problem: reference.problem };
    const leader = shared.first?.passes[passes.length];
    const { problem } = leader
      ? compareOutputs(outputs, leader, shared.first!.id)
      : { problem: null };
    if (problem !== null) return { maxError, problem };
    passes.push(rowsOf(outputs, shared.batch));
  }
  shared.first ??= { id, passes };
  return { maxError, problem: null };
}

/** Examples one below the other. */
function joinRows(examples: readonly Rows[]): Rows {
  const names = Object.keys(examples[0] ?? {});
  return Object.fromEntries(
    names.map((name) => [name, examples.flatMap((example) => example[name] ?? [])]),
  );
}
