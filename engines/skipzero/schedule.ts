/**
 * The schedule: which thread runs which kernel on which panels, in which order.
 *
 * Sequences are independent, so every thread takes whole ones, or groups of short ones that share panels, and each group
 * goes through all its layers while its working set is in the second-level cache. Groups that are left over (all of them, if
 * there are fewer than threads) are shared: each thread takes some of the panels, and threads meet around attention, which
 * reads the keys and values of every panel. What works on features of the whole batch comes last.
 *
 * @module
 */
import type { BatchSegment } from "./batch/segment.ts";
import { createKernels, type LayerKernels } from "./calls.ts";
import type { FeatureLane } from "./images/calls.ts";
import type { ImageLayer } from "./images/layers.ts";
import type { ImageSegment } from "./images/segment.ts";
import { isBatchLayer, type Layer, type LayerPlan, type Value } from "./layers.ts";
import type { Places } from "./place.ts";
import type { PlacedParameters } from "./weights.ts";
import type { Step, Target } from "../../kernels/mod.ts";

/** Part of a group of sequences that one thread works on. */
export interface Share {
  /** Group of sequences that share panels. */
  readonly group: number;
  /** Whose working sets are used. */
  readonly owner: number;
  /** Which thread runs it. */
  readonly thread: number;
  /** First panel. */
  readonly first: number;
  /** Number of panels; 0 if there are more threads than panels. */
  readonly count: number;
}

/** What the schedule is made from. */
export interface ScheduleInput {
  /** Layers. */
  readonly plan: LayerPlan;
  /** Places of values and inputs, relative. */
  readonly places: Places;
  /** Layers over images, which run first, if there are any. */
  readonly images?: ImageSegment;
  /** Places of parameters, relative. */
  readonly parameters: PlacedParameters;
  /** Layers over features of the batch, which run last. */
  readonly batch: BatchSegment;
  /** Instruction set of the kernels. */
  readonly target: Target;
  /** Number of threads. */
  readonly threads: number;
}

/** What a thread does next. */
export interface Task {
  /** The layer that it works on; `null` where it waits for the other threads. */
  readonly layer: Layer | ImageLayer | null;
  /** How. */
  readonly steps: readonly Step[];
}

/** Waits for all threads. */
export const MEET: Task = { layer: null, steps: [{ do: "barrier" }] };

/** The steps of tasks, one list a thread. */
export function stepsOf(threads: readonly (readonly Task[])[]): readonly (readonly Step[])[] {
  return threads.map((tasks) => tasks.flatMap(({ steps }) => steps));
}

/**
 * The tasks of every thread.
 *
 * @param base What relative addresses are added to.
 */
export function schedule(input: ScheduleInput, base: number): readonly (readonly Task[])[] {
  const { plan, places, threads } = input;
  const kernels = createKernels(input, base);
  const lane = (value: Value, item: number): FeatureLane => {
    const { address, featureBytes } = input.batch.item(value, item);
    return { address: base + address, featureBytes };
  };
  const imageTasks = input.images?.tasks(lane, base) ?? [];
  const tasks: Task[][] = Array.from(
    { length: threads },
    (_, thread) => [...imageTasks[thread] ?? []],
  );
  const { groups, panels } = places.tokens;
  const each = Math.floor(groups / threads);
  const tokenLayers = plan.layers.filter((layer) => !isBatchLayer(layer));
  for (let thread = 0; thread < threads && tokenLayers.length > 0; thread++) {
    for (let group = thread * each; group < (thread + 1) * each; group++) {
      const share = { group, owner: thread, thread, first: 0, count: panels };
      for (const layer of tokenLayers) {
        tasks[thread]?.push({ layer, steps: kernels.run(layer, share) });
      }
    }
  }
  const shared = tokenLayers.length > 0 ? groups : 0;
  for (let group = each * threads; group < shared; group++) {
    shareGroup(tasks, kernels, tokenLayers, group, panels);
  }
  const last = input.batch.tasks(base);
  const waits = threads > 1 && last.some((list) => list.length > 0) &&
    tasks.some((list) => list.length > 0);
  tasks.forEach((list, thread) => list.push(...waits ? [MEET] : [], ...last[thread]!));
  return tasks;
}

function shareGroup(
  tasks: readonly Task[][],
  kernels: LayerKernels,
  layers: readonly Layer[],
  group: number,
  panels: number,
): void {
  const threads = tasks.length;
  const meet = () => tasks.forEach((list) => list.push(MEET));
  // The working sets are thread 0's: it, or the group before, must be done with them.
  meet();
  for (const layer of layers) {
    if (layer.kind === "attention") meet();
    tasks.forEach((list, thread) => {
      const first = Math.floor(thread * panels / threads);
      const count = Math.floor((thread + 1) * panels / threads) - first;
      if (count === 0) return;
      const share = { group, owner: 0, thread, first, count };
      list.push({ layer, steps: kernels.run(layer, share) });
    });
    if (layer.kind === "attention") meet();
  }
}
