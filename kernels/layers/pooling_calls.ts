/**
 * Pooling before it has memory, and the calls that compute it once everything has an address.
 *
 * @module
 */
import type { Step } from "../backend.ts";
import {
  channelBytes,
  cutLanes,
  firstPixel,
  type LanePanels,
  type Pair,
  pixelMask,
  type PlacedWindow,
  type PlaneLayout,
  poolingFactors,
  tapCells,
} from "../formats/mod.ts";
import type { Target } from "../machine.ts";
import {
  callStep,
  globalPooling,
  globalPoolingTable,
  LANES,
  type Op,
  pooling,
  type PoolingArguments,
  WIDEST_POOLING,
} from "../ops/mod.ts";
import type { ImageSource } from "./planes.ts";

/** What a pooling is planned from. */
export interface PoolingRequest {
  /** Instruction set. */
  readonly target: Target;
  /** What is computed of a window. */
  readonly pooling: "max" | "average";
  /** The window. */
  readonly window: PlacedWindow;
  /** Channels. */
  readonly channels: number;
  /** Planes that the window reads. */
  readonly read: PlaneLayout;
  /** Planes that are written, in rows as far apart as those that are read. */
  readonly output: PlaneLayout;
  /** Whether averages count pads; default false. */
  readonly countPads?: boolean;
  /** Whether cells between the rows of the output are to be 0; default false. */
  readonly masked?: boolean;
  /**
   * Steps of the window in whole vectors and rows, where images lie beside each other in the lanes: then each row of the output
   * is computed for itself from planes in place. Default: lanes are neighbouring pixels, and strides are those of the planes.
   */
  readonly vectorSteps?: Pair;
}

/** A pooling that can be called once it has addresses. */
export interface PlannedPooling extends PoolingRequest {
  /** How the lanes are cut. */
  readonly panels: LanePanels;
  /** Byte offsets of the taps. */
  readonly taps: Uint32Array<ArrayBuffer>;
  /** What averages are multiplied by; `null` for maxima. */
  readonly factors: Float32Array<ArrayBuffer> | null;
  /** What the kernel reads as mask, or `null` if it reads none. */
  readonly mask: Uint32Array<ArrayBuffer> | null;
}

/** Where the parts of a planned pooling are. */
export interface PoolingAddresses {
  /** First cell of the planes that are read. */
  readonly x: number;
  /** First cell of the planes that are written. */
  readonly y: number;
  /** Offsets of the taps. */
  readonly taps: number;
  /** Factors, if any. */
  readonly factors?: number;
  /** The mask, if any. */
  readonly mask?: number;
}

/** Cuts the lanes and makes the tables. */
export function planPooling(request: PoolingRequest): PlannedPooling {
  const { target, window, read, output, countPads = false, masked = false } = request;
  const lanes = request.vectorSteps ? [1, window.output[1]] as const : window.output;
  const panels = cutLanes(read, { ...window, output: lanes }, WIDEST_POOLING, LANES[target]);
  return {
    ...request,
    panels,
    taps: Uint32Array.from(tapCells(read, window), (cell) => 4 * cell),
    factors: request.pooling === "max"
      ? null
      : poolingFactors(window, output, panels.lanes, countPads),
    mask: masked ? pixelMask(output, panels.lanes) : null,
  };
}

/** The kernel of panels of so many vectors. */
export function poolingKernel(
  { target, pooling: kind, mask, vectorSteps }: PlannedPooling,
  vectors: number,
): Op<PoolingArguments> {
  const step = vectorSteps?.[1] ?? 1;
  return pooling({ target, pooling: kind, vectors, masked: mask !== null, step });
}

/** The calls that compute a pooling, one list a thread; threads share the channels. */
export function poolingCalls(
  plan: PlannedPooling,
  addresses: PoolingAddresses,
  threads: number,
): Step[][] {
  const { read, output, window, vectorSteps } = plan;
  if (!vectorSteps) return panelCalls(plan, addresses, threads);
  return rangesOfRows(window.output[0], threads).map((rows) =>
    rows.flatMap((row) => {
      const x = addresses.x + 4 * read.rowCells * row * vectorSteps[0];
      const y = addresses.y + 4 * output.rowCells * row;
      const factors = addresses.factors ?? 0;
      return panelCalls(plan, { ...addresses, x, y, factors }, 1).flat();
    })
  );
}

/** The numbers of each thread's rows. */
function rangesOfRows(rows: number, threads: number): number[][] {
  return channelShares(rows, threads).map(({ first, count }) =>
    Array.from({ length: count }, (_, i) => first + i)
  );
}

/** The calls of all lanes, or of one row's. */
function panelCalls(
  plan: PlannedPooling,
  { x, y, taps, factors = 0, mask = 0 }: PoolingAddresses,
  threads: number,
): Step[][] {
  const { target, read, output, panels: { vectors, wide, narrow } } = plan;
  const step = (
    { first, count }: ChannelShare,
    width: number,
    from: number,
    panels: number,
  ): Step => {
    const start = 4 * from * LANES[target];
    return callStep(poolingKernel(plan, width), {
      x: x + first * channelBytes(read) + 4 * read.leadCells + start * (plan.vectorSteps?.[1] ?? 1),
      xChannelBytes: channelBytes(read),
      y: y + first * channelBytes(output) + 4 * firstPixel(output) + start,
      yChannelBytes: channelBytes(output),
      taps,
      tapCount: plan.taps.length,
      factors: factors + start,
      mask: mask + start,
      channels: count,
      panels,
    });
  };
  return channelShares(plan.channels, threads).map((share) =>
    share.count === 0 ? [] : [
      step(share, vectors, 0, wide),
      ...narrow > 0 ? [step(share, vectors - 1, wide * vectors, narrow)] : [],
    ]
  );
}

/** Channels of one thread. */
export interface ChannelShare {
  /** First channel. */
  readonly first: number;
  /** Channels. */
  readonly count: number;
}

/** About equally many channels for each thread. */
export function channelShares(channels: number, threads: number): readonly ChannelShare[] {
  const cut = (i: number): number => Math.round(channels * i / threads);
  return Array.from(
    { length: threads },
    (_, i) => ({ first: cut(i), count: cut(i + 1) - cut(i) }),
  );
}

/** Vectors of an image, cells between rows included. */
export function globalPoolingVectors(target: Target, { size, rowCells }: PlaneLayout): number {
  return Math.ceil(((size[0] - 1) * rowCells + size[1]) / LANES[target]);
}

/** The table of a global pooling of planes, see {@linkcode globalPoolingTable}. */
export function globalPoolingWords(
  target: Target,
  pooling: "max" | "average",
  layout: PlaneLayout,
): Uint32Array<ArrayBuffer> {
  const lanes = globalPoolingVectors(target, layout) * LANES[target];
  const mask = pixelMask({ ...layout, images: 1 }, lanes);
  return globalPoolingTable({ target, pooling }, mask, layout.size[0] * layout.size[1]);
}

/** A global pooling with all its addresses. */
export interface GlobalPoolingCall {
  /** Instruction set. */
  readonly target: Target;
  /** What is computed of a channel. */
  readonly pooling: "max" | "average";
  /** Channels. */
  readonly channels: number;
  /** The images. */
  readonly from: ImageSource;
  /** Where each image's first channel goes, and bytes from there to the next channel's. */
  readonly images: readonly { readonly y: number; readonly yRowBytes: number }[];
  /** {@linkcode globalPoolingVectors} of the images. */
  readonly vectors: number;
  /** Address of {@linkcode globalPoolingWords}. */
  readonly table: number;
}

/** The calls that compute a global pooling, one list a thread; threads share the channels. */
export function globalPoolingCalls(call: GlobalPoolingCall, threads: number): Step[][] {
  const { target, pooling, channels, from, images, vectors, table } = call;
  return channelShares(channels, threads).map(({ first, count }) =>
    count === 0
      ? []
      : images.map(({ y, yRowBytes }, image) =>
        callStep(globalPooling({ target, pooling }), {
          x: from.address + first * from.channelBytes + image * from.imageBytes,
          xChannelBytes: from.channelBytes,
          y: y + first * yRowBytes,
          yRowBytes,
          vectors,
          table,
          channels: count,
        })
      )
  );
}
