/**
 * Whether a job about a network fits this machine.
 *
 * @module
 */
import { ENGINE_IDS, type EngineId } from "../engines/mod.ts";
import { type AvailableMemory, availableMemory } from "./available_memory.ts";
import { isOurs, type RaceJob } from "./job.ts";
import { hollowNetwork } from "./network_layers.ts";
import { preflight } from "./preflight.ts";

/** A run that is estimated to take longer than this would keep a suite for a quarter of an hour. */
const MOST_SECONDS = 30;

/**
 * Why a job should not be started, or `null`: not enough memory for everyone who is loaded, or runs that take too long. Only
 * networks are refused.
 *
 * @param memory Tells what there is; tests put their own in.
 */
export async function refuseJob(
  { work, contestants, threads }: RaceJob,
  memory: () => Promise<AvailableMemory> = availableMemory,
): Promise<string | null> {
  if (work.kind !== "network") return null;
  const known = contestants.filter((id): id is EngineId => ENGINE_IDS.some((one) => one === id));
  // Its A/A comparison needs one engine twice.
  const engines = [...known, ...known.filter(isOurs).slice(0, 1)];
  const graph = hollowNetwork(work.network, work.batch);
  const available = await memory();
  return preflight(graph, { engines, threads, available, mostSeconds: MOST_SECONDS }).refusal;
}
