/**
 * Which thread takes which chunk of images through the layers.
 *
 * Chunks are independent, so every thread takes whole chunks, and each chunk has the working set of its thread. Chunks that are
 * left over (all of them, if there are fewer than threads) are shared layer by layer, and threads meet after each.
 *
 * @module
 */
import { MEET, type Task } from "../schedule.ts";
import type { Chunk, Lists } from "./calls.ts";
import type { ImageLayer } from "./layers.ts";

/** What is done with a chunk in one go. */
export interface ChunkUnit {
  /** The layer, for profiles. */
  readonly layer: ImageLayer;
  /** Steps of so many threads: phases, each of which all threads must have finished before the next begins. */
  phases(chunk: Chunk, threads: number): readonly Lists[];
}

/** How a batch is cut. */
export interface ChunkCut {
  /** Items of the batch. */
  readonly batch: number;
  /** Images of a chunk. */
  readonly images: number;
  /** Chunks; the last may have fewer images. */
  readonly count: number;
  /** Threads. */
  readonly threads: number;
}

/** The tasks of every thread. */
export function chunkTasks(
  units: readonly ChunkUnit[],
  { batch, images, count, threads }: ChunkCut,
): readonly (readonly Task[])[] {
  const tasks: Task[][] = Array.from({ length: threads }, () => []);
  const each = Math.floor(count / threads);
  const chunkAt = (index: number, owner: number): Chunk => {
    const first = index * images;
    return { first, images: Math.min(images, batch - first), owner };
  };
  tasks.forEach((list, thread) => {
    for (let index = thread * each; index < (thread + 1) * each; index++) {
      for (const { layer, phases } of units) {
        const steps = phases(chunkAt(index, thread), 1).flatMap(([own = []]) => own);
        list.push({ layer, steps });
      }
    }
  });
  const meet = () => {
    if (threads > 1) tasks.forEach((list) => list.push(MEET));
  };
  for (let index = each * threads; index < count; index++) {
    // the working set is thread 0's, which must be done with it
    meet();
    for (const { layer, phases } of units) {
      for (const phase of phases(chunkAt(index, 0), threads)) {
        phase.forEach((steps, thread) => tasks[thread]!.push({ layer, steps }));
        meet();
      }
    }
  }
  return tasks;
}
