/**
 * What convolutions of one number of lanes share, and what they are made of.
 *
 * @module
 */
import type { Backend } from "../../kernels/mod.ts";
import type { BlockKernel, NamesOf, Run, Workspace } from "./block_kernel.ts";
import type { CellMover, Placed } from "./cells.ts";
import type { CellPlane, Pass } from "./convolution_geometry.ts";
import type { convolveCells, weighCells } from "./convolution_kernels.ts";
import type { Floats } from "./loops.ts";
import type { Operands } from "./operands.ts";

/** Where convolutions run. */
export interface Site {
  /** Memory and code. */
  readonly backend: Backend;
  /** Images that share a vector. */
  readonly lanes: number;
  /** Products with all weights. */
  readonly convolve: Run<NamesOf<ReturnType<typeof convolveCells>>>;
  /** Gradients by all weights. */
  readonly weigh: Run<NamesOf<ReturnType<typeof weighCells>>>;
  /** A kernel that depends on sizes; kernels of one id are emitted once. */
  bind<Name extends string>(kernel: BlockKernel<Name>): Run<Name>;
  /** Moves images. */
  readonly cells: CellMover;
  /** Reaches arrays. */
  readonly operands: Operands;
  /** Memory of a call. */
  readonly workspace: Workspace;
}

/** What is convolved. */
export interface Task {
  /** What is read. */
  readonly from: CellPlane;
  /** Results. */
  readonly to: CellPlane;
  /** Together they write every result once. */
  readonly passes: readonly Pass[];
}

/** How weights of a group lie: distances between those of neighbouring outputs, inputs and taps (1). */
export interface WeightLayout {
  /** The first. */
  readonly first: number;
  /** From output to output. */
  readonly output: number;
  /** From input to input. */
  readonly input: number;
}

/** Weights of all groups. */
export interface Weights {
  /** Their values. */
  readonly weights: Floats;
  /** What is added to each output of all groups, or `null`. */
  readonly bias: Floats | null;
  /** Where those of a group are. */
  weightOf(group: number): WeightLayout;
}

/** Cells of a chunk, at addresses. */
export interface Scratch {
  /** What is read. */
  readonly from: number;
  /** Results. */
  readonly to: number;
}

/** A pass that is ready to run, for several chunks side by side. */
export type RunPass = (scratch: readonly Scratch[]) => void;

/** Cells and sums of one thread in a gradient by weights, at addresses. */
export interface Worker {
  /** Cells of the input, chunk after chunk. */
  readonly x: number;
  /** Cells of the gradient of the output. */
  readonly dy: number;
  /** Sums. */
  readonly sums: number;
  /** How many chunks. */
  readonly chunks: number;
}

/** The planes of a gradient by weights. */
export type WeighPlanes = Readonly<Record<"x" | "dy", CellPlane>>;

/** A gradient by weights, ready to run. */
export interface Weigher {
  /** Floats of the sums of a worker. */
  readonly length: number;
  /** Adds what chunks give to the sums of their workers, side by side. */
  run(workers: readonly Worker[]): void;
  /** Adds up the sums of workers, in the order of the weights. */
  unpack(sums: readonly Float32Array[], dWeights: Floats): void;
}

/** An array where kernels reach it. */
export function placeInput({ operands, backend }: Site, array: Floats): Placed {
  const address = operands.input(array);
  return { address, floats: floatsAt(backend, array, address) };
}

/** The elements at an address: the array itself where kernels reach it, else its copy. */
export function floatsAt(backend: Backend, array: Floats, address: number): Floats {
  return backend.addressOf(array) === address
    ? array
    : backend.float32(address, array.length) as Floats; // not shared: one thread wherever arrays are copied
}
