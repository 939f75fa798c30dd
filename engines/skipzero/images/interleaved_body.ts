/**
 * Image layers over images that lie beside each other in the lanes.
 *
 * @module
 */
import { convolutionKernel } from "../../../kernels/mod.ts";
import type { LayerDispatch } from "../../engine.ts";
import type { Layout } from "../layout.ts";
import { chunkTasks } from "./chunk_tasks.ts";
import { type InterleavedStep, planInterleaved } from "./interleaved.ts";
import {
  type InterleavedChunk,
  type InterleavedSite,
  interleavedSteps,
  rowTable,
} from "./interleaved_calls.ts";
import type { ImagePlan } from "./layers.ts";
import type { ImageBody, SegmentOptions } from "./segment.ts";

/** Packs and places interleaved images; `null` if the plan is better off with planes. */
export function placeInterleaved(
  plan: ImagePlan,
  layout: Layout,
  options: SegmentOptions,
): ImageBody | null {
  const { target, threads, batch } = options;
  const before = layout.sizeBytes;
  const interleaved = planInterleaved(plan, layout, options);
  if (interleaved === null) return null;
  const { setBytes, lanes, count, steps } = interleaved;
  const table = layout.place(rowTable(target, lanes));
  const weightBytes = layout.sizeBytes - before;
  const sets = layout.reserve(threads * setBytes);
  return {
    weightBytes,
    dispatch: steps.flatMap((step) =>
      step.kind === "convolution" ? [dispatchRow(step, batch, lanes)] : []
    ),
    tasks({ inputOf, laneOf }, base): ReturnType<ImageBody["tasks"]> {
      const site: InterleavedSite = {
        target,
        plan: interleaved,
        base,
        table: base + table,
        setOf: (owner) => base + sets + owner * setBytes,
        inputOf: (value) => inputOf(value)!,
        laneOf,
      };
      const units = steps.map((step) => ({
        layer: step.layer,
        phases: (chunk: InterleavedChunk, by: number) => [interleavedSteps(site, step, chunk, by)],
      }));
      return chunkTasks(units, { batch, images: lanes, count, threads });
    },
  };
}

function dispatchRow(
  { layer, groups, choice }: Extract<InterleavedStep, { kind: "convolution" }>,
  batch: number,
  lanes: number,
): LayerDispatch {
  const [{ planned }] = groups as [typeof groups[number]];
  const weights = layer.values.length;
  const all = groups.reduce((sum, group) => sum + group.planned.packed.stored, 0);
  // rows that only fill up the last block are no weights: they cannot make a layer denser than dense
  const stored = Math.min(weights, all);
  const pixels = batch * layer.window.output[0] * layer.window.output[1];
  const kernel = convolutionKernel(
    planned,
    planned.tiles.vectors,
    planned.packed.passes.length - 1,
  );
  return {
    layer: layer.weight,
    kernel: kernel.id,
    sparsity: choice.sparsity,
    skipped: 1 - stored / weights,
    reason: `${choice.reason}; ${planned.packed.rows} output channels a load, ` +
      `${lanes} images beside each other`,
    macsDone: stored * pixels,
    macsDense: weights * pixels,
  };
}
