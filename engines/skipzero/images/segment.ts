/**
 * The image segment of a program: chunks of images go through all image layers, as planes or beside each other in the lanes.
 *
 * @module
 */
import { sizeOf } from "../../../core/mod.ts";
import type { Target } from "../../../kernels/mod.ts";
import type { LayerDispatch } from "../../engine.ts";
import type { Value } from "../layers.ts";
import type { Layout } from "../layout.ts";
import type { Task } from "../schedule.ts";
import type { FeatureLane } from "./calls.ts";
import type { ConvolutionChoices } from "./choose.ts";
import { placeInterleaved } from "./interleaved_body.ts";
import type { ImagePlan, ImageValue } from "./layers.ts";
import { placePlanar } from "./planar.ts";

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

/** Where inputs, outputs and features are, at absolute addresses. */
export interface ImageEnds {
  /** The tensor of a graph input; `undefined` for values that layers write. */
  inputOf(value: ImageValue): number | undefined;
  /** The tensor of a graph output. */
  outputOf(name: string): number;
  /** The features of an item. */
  laneOf(value: Value, item: number): FeatureLane;
}

/** The layers of a segment, in one of the ways to lay out images. */
export interface ImageBody {
  /** Bytes of packed weights and tables. */
  readonly weightBytes: number;
  /** Which kernel runs each convolution. */
  readonly dispatch: readonly LayerDispatch[];
  /** The tasks of every thread. */
  tasks(ends: ImageEnds, base: number): readonly (readonly Task[])[];
}

/** Copies of rows may look a few vectors past the last row of a tensor. */
const READ_AHEAD_BYTES = 1024;

/** Lays out, packs and places a segment. */
export function placeImages(
  plan: ImagePlan,
  layout: Layout,
  options: SegmentOptions,
): ImageSegment {
  const { batch } = options;
  const body = placeInterleaved(plan, layout, options) ?? placePlanar(plan, layout, options);
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
    weightBytes: body.weightBytes,
    inputs: [...inputs.values()],
    dispatch: body.dispatch,
    tasks(laneOf, base): readonly (readonly Task[])[] {
      const inputOf = (value: ImageValue): number | undefined => {
        const input = inputs.get(value);
        return input && base + input.address;
      };
      const outputOf = (name: string): number => base + outputs.get(name)!.address;
      return body.tasks({ inputOf, outputOf, laneOf }, base);
    },
  };
}
