/**
 * The image segment of a program: chunks of images go through all image layers.
 *
 * Chunks are independent, so every thread takes whole chunks, and each chunk has the working set of its thread. Chunks that are
 * left over (all of them, if there are fewer than threads) are shared layer by layer, and threads meet after each.
 *
 * @module
 */
import { sizeOf } from "../../../core/mod.ts";
import type { Target } from "../../../kernels/mod.ts";
import type { LayerDispatch } from "../../engine.ts";
import type { Value } from "../layers.ts";
import type { Layout } from "../layout.ts";
import type { Task } from "../schedule.ts";
import { type Chunk, type FeatureLane, type ImageSite, imageSteps } from "./calls.ts";
import type { ConvolutionChoices } from "./choose.ts";
import { cutImages } from "./chunks.ts";
import { imageDispatch } from "./dispatch.ts";
import type { ImagePlan, ImageValue } from "./layers.ts";
import { placeImageParameters } from "./weights.ts";

/** A graph input as kernels read it. */
export interface ImageInput {
  /** Name of the graph input. */
  readonly name: string;
  /** Relative address of the tensor. */
  readonly address: number;
  /** float32 of the whole batch. */
  readonly length: number;
}

/** A graph output as kernels write it. */
export interface ImageOutput {
  /** Name of the graph output. */
  readonly name: string;
  /** Relative address of the tensor. */
  readonly address: number;
  /** Its shape. */
  readonly shape: readonly number[];
}

/** Image layers with memory. */
export interface ImageSegment {
  /** Tensors to write before a run. */
  readonly inputs: readonly ImageInput[];
  /** Bytes of packed weights and tables. */
  readonly weightBytes: number;
  /** Tensors to read after a run. */
  readonly outputs: readonly ImageOutput[];
  /** Which kernel runs each convolution. */
  readonly dispatch: readonly LayerDispatch[];
  /**
   * The tasks of every thread; the last of each waits for the others.
   *
   * @param laneOf Where features of the batch go, at absolute addresses.
   * @param base What relative addresses are added to.
   */
  tasks(
    laneOf: (value: Value, item: number) => FeatureLane,
    base: number,
  ): readonly (readonly Task[])[];
}

/** What a segment is placed for. */
export interface SegmentOptions extends ConvolutionChoices {
  /** Instruction set. */
  readonly target: Target;
  /** Threads. */
  readonly threads: number;
  /** Items of the batch. */
  readonly batch: number;
}

/** Copies of rows may look a few vectors past the last row of a tensor. */
const READ_AHEAD_BYTES = 1024;

const MEET: Task = { layer: null, steps: [{ do: "barrier" }] };

/** Lays out, packs and places a segment. */
export function placeImages(
  plan: ImagePlan,
  layout: Layout,
  options: SegmentOptions,
): ImageSegment {
  const { target, threads, batch } = options;
  const chunks = cutImages(plan, batch, threads);
  const before = layout.sizeBytes;
  const parameters = placeImageParameters(plan, chunks.layouts, layout, options);
  const weightBytes = layout.sizeBytes - before;
  const setBytes = chunks.memory.sizeBytes;
  const sets = layout.reserve(threads * setBytes);
  for (const [layer, offset] of chunks.memory.copies) {
    const copy = chunks.layouts.copyOf(layer)!;
    if (copy.fill !== 0) {
      const cells = copy.channels * copy.views.length * copy.viewCells;
      for (let thread = 0; thread < threads; thread++) {
        layout.fill(sets + thread * setBytes + offset, cells, -Infinity);
      }
    }
  }
  const inputs = new Map<ImageValue, ImageInput>();
  for (const [value, name] of plan.inputs) {
    const length = batch * value.channels * value.size[0] * value.size[1];
    const address = layout.reserve(4 * length + READ_AHEAD_BYTES);
    inputs.set(value, { name, address, length });
  }
  const outputs = new Map<string, ImageOutput>();
  for (const layer of plan.layers) {
    if (layer.kind !== "write") continue;
    const { name, shape } = layer;
    outputs.set(name, { name, shape, address: layout.reserve(4 * sizeOf(shape)) });
  }
  return {
    outputs: [...outputs.values()],
    weightBytes,
    inputs: [...inputs.values()],
    dispatch: imageDispatch(plan, parameters, batch),
    tasks(laneOf, base): readonly (readonly Task[])[] {
      const site: ImageSite = {
        target,
        batch,
        chunks,
        parameters,
        base,
        setOf: (owner) => base + sets + owner * setBytes,
        inputOf: (value) => {
          const input = inputs.get(value);
          return input && base + input.address;
        },
        outputOf: (name) => base + outputs.get(name)!.address,
        laneOf,
      };
      return chunkTasks(plan, site, threads);
    },
  };
}

function chunkTasks(plan: ImagePlan, site: ImageSite, threads: number): Task[][] {
  const { batch, chunks: { layouts, count } } = site;
  const tasks: Task[][] = Array.from({ length: threads }, () => []);
  const each = Math.floor(count / threads);
  const chunkAt = (index: number, owner: number): Chunk => {
    const first = index * layouts.images;
    return { first, images: Math.min(layouts.images, batch - first), owner };
  };
  for (let thread = 0; thread < threads; thread++) {
    for (let index = thread * each; index < (thread + 1) * each; index++) {
      for (const layer of plan.layers) {
        const phases = imageSteps(site, layer, chunkAt(index, thread), 1);
        tasks[thread]!.push({ layer, steps: phases.flatMap(([steps = []]) => steps) });
      }
    }
  }
  const meet = () => {
    if (threads > 1) tasks.forEach((list) => list.push(MEET));
  };
  // the first working set is thread 0's, which must be done with it
  meet();
  for (let index = each * threads; index < count; index++) {
    for (const layer of plan.layers) {
      for (const phase of imageSteps(site, layer, chunkAt(index, 0), threads)) {
        phase.forEach((steps, thread) => tasks[thread]!.push({ layer, steps }));
        meet();
      }
    }
  }
  return tasks;
}
