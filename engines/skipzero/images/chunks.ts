/**
 * How many images go through the layers together.
 *
 * @module
 */
import type { ImagePlan } from "./layers.ts";
import { type ImageLayouts, layOutImages } from "./layouts.ts";
import { type ImageMemory, planImageMemory } from "./memory.ts";

/** Half of a second-level cache of 1 MiB: what a working set may take so that it stays there beside weights. */
const CACHED_BYTES = 512 * 1024;

/** Images in chunks. */
export interface ImageChunks {
  /** Layouts of one chunk. */
  readonly layouts: ImageLayouts;
  /** Memory of one chunk. */
  readonly memory: ImageMemory;
  /** Chunks; the last may have fewer images. */
  readonly count: number;
}

/**
 * Cuts a batch into chunks: as many images as a cached working set holds, at least one, so that lanes and tiles fill; about
 * equally many in each, and as many chunks for each thread where there are enough images.
 */
export function cutImages(plan: ImagePlan, batch: number, threads: number): ImageChunks {
  const single = layOutImages(plan, 1);
  const memory = planImageMemory(plan, single);
  const most = Math.max(1, Math.floor(CACHED_BYTES / memory.sizeBytes));
  const least = Math.ceil(batch / most);
  const even = Math.min(batch, Math.ceil(least / threads) * threads);
  const images = Math.ceil(batch / even);
  if (images === 1) return { layouts: single, memory, count: batch };
  const layouts = layOutImages(plan, images);
  return { layouts, memory: planImageMemory(plan, layouts), count: Math.ceil(batch / images) };
}
