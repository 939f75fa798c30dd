/**
 * Image layers over planes, whose lanes are neighbouring pixels.
 *
 * @module
 */
import type { Layout } from "../layout.ts";
import { type ImageSite, imageSteps } from "./calls.ts";
import { chunkTasks } from "./chunk_tasks.ts";
import { cutImages } from "./chunks.ts";
import { imageDispatch } from "./dispatch.ts";
import type { ImagePlan } from "./layers.ts";
import type { ImageBody, SegmentOptions } from "./segment.ts";
import { placeImageParameters } from "./weights.ts";

/** Lays out, packs and places planes. */
export function placePlanar(plan: ImagePlan, layout: Layout, options: SegmentOptions): ImageBody {
  const { target, threads, batch } = options;
  const chunks = cutImages(plan, batch, threads);
  const { layouts, memory, count } = chunks;
  const before = layout.sizeBytes;
  const parameters = placeImageParameters(plan, layouts, layout, options);
  const weightBytes = layout.sizeBytes - before;
  const sets = layout.reserve(threads * memory.sizeBytes);
  for (const [layer, offset] of memory.copies) {
    const copy = layouts.copyOf(layer)!;
    if (copy.fill === 0) continue;
    const cells = copy.channels * copy.views.length * copy.viewCells;
    for (let thread = 0; thread < threads; thread++) {
      layout.fill(sets + thread * memory.sizeBytes + offset, cells, -Infinity);
    }
  }
  return {
    weightBytes,
    dispatch: imageDispatch(plan, parameters, batch),
    tasks(where, base): ReturnType<ImageBody["tasks"]> {
      const setOf = (owner: number): number => base + sets + owner * memory.sizeBytes;
      const site: ImageSite = { ...where, target, batch, chunks, parameters, base, setOf };
      const units = plan.layers.map((layer) => ({
        layer,
        phases: (chunk: Parameters<typeof imageSteps>[2], by: number) =>
          imageSteps(site, layer, chunk, by),
      }));
      return chunkTasks(units, { batch, images: layouts.images, count, threads });
    },
  };
}
