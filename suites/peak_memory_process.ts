/**
 * Entry of a process that loads a network into an engine, runs it twice and prints the most memory that it took, in bytes: what
 * `preflight` is held against. Linux only, and needs all permissions, since it reads `/proc`.
 *
 * Arguments: a job as JSON.
 *
 * @module
 */
import { type EngineId, findEngine } from "../engines/mod.ts";
import { createRandom, float32, sizeOf } from "../core/mod.ts";
import { drawInputs, networkNamed, type NetworkShape } from "../models/mod.ts";

/** What to load. */
export interface PeakJob {
  /** Name of a network. */
  readonly network: string;
  /** How much it takes at once. */
  readonly shape: NetworkShape;
  /** Who loads it. */
  readonly engine: EngineId;
}

async function main({ network, shape, engine }: PeakJob): Promise<void> {
  const random = createRandom(network);
  const graph = networkNamed(network).build(shape, (_, shape, start) => {
    const level = start.kind === "constant" ? start.value : 0.01 * random.normal();
    return float32(shape, new Float32Array(sizeOf(shape)).fill(level));
  });
  const inputs = drawInputs(graph);
  const session = await findEngine(engine).load(graph, { threads: 1 });
  await session.run(inputs);
  await session.run(inputs);
  const [, kilobytes] = /VmHWM:\s*(\d+) kB/.exec(Deno.readTextFileSync("/proc/self/status"))!;
  console.log(`peak ${1024 * Number(kilobytes)}`);
}

if (import.meta.main) {
  await main(JSON.parse(Deno.args[0]!) as PeakJob); // written by the parent
  Deno.exit(0); // workers of an engine may live on
}
