/**
 * A convolution before it has memory: packed weights, tiles and mask; and the calls that compute it once everything has an
 * address.
 *
 * Layouts, weights and masks are the same for all images that go through; only the addresses of planes differ. So what is
 * expensive is done once, and calls are made for as many places as there are.
 *
 * @module
 */
import type { Pattern } from "../../core/mod.ts";
import type { Step } from "../backend.ts";
import {
  channelBytes,
  type ConvolutionWeights,
  cutLanes,
  firstPixel,
  type LanePanels,
  packConvolution,
  type PackedConvolution,
  type Pair,
  pixelMask,
  type PlacedWindow,
  type PlaneLayout,
  type RowMasks,
} from "../formats/mod.ts";
import type { Target } from "../machine.ts";
import {
  callStep,
  convolution,
  type ConvolutionArguments,
  convolutionTile,
  LANES,
  type Op,
  type PostOp,
  widestPanel,
  widestPooledPanel,
} from "../ops/mod.ts";
import { blockRows, passCuts, staysCached } from "./convolution_choices.ts";

/** What a convolution is planned from. */
export interface ConvolutionRequest {
  /** Instruction set. */
  readonly target: Target;
  /** `[OC][IC / groups][KH][KW]` and its sizes. They are read again when the passes are written. */
  readonly weights: ConvolutionWeights;
  /** `[OC]`; default zeros. */
  readonly bias?: Float32Array;
  /** `[OC]`: what the weights of each output channel are multiplied with; default ones. */
  readonly scale?: Float32Array;
  /** Where the weights are not zero, if that is known; see `packConvolution`. */
  readonly masks?: RowMasks;
  /** The window. */
  readonly window: PlacedWindow;
  /** Planes that the window reads. */
  readonly read: PlaneLayout;
  /** Planes that are written, in rows as far apart as those that are read. */
  readonly output: PlaneLayout;
  /** Decides how many output channels share a load; `dense` skips nothing. */
  readonly pattern: Pattern;
  /** Applied to the sums; default `none`. */
  readonly post?: PostOp;
  /** Whether planes of the output's layout are added before the post-op; default false. */
  readonly residual?: boolean;
  /** Whether cells between the rows of the output are to be 0; default false. */
  readonly masked?: boolean;
  /**
   * Whether every row of the output is cut for itself, so that nothing is computed between rows and rows of the output may lie
   * closer than those that are read. Pays if rows are whole vectors. Default false.
   */
  readonly rowByRow?: boolean;
  /**
   * Rows and vectors of a max pooling whose windows do not overlap, of which only what it keeps is written. With `rowByRow`,
   * without residual and mask; the output is that of the pooling. {@linkcode canPool} says whether it is to be had.
   */
  readonly pool?: Pair;
}

/** A convolution that can be called once it has addresses. */
export interface PlannedConvolution extends ConvolutionRequest {
  /** Packed weights; the kernel reads the stream of each pass. */
  readonly packed: PackedConvolution;
  /** How the lanes are cut. */
  readonly tiles: LanePanels;
  /** What the kernel reads as mask, or `null` if it reads none. */
  readonly mask: Uint32Array<ArrayBuffer> | null;
}

/** Where the parts of a planned convolution are. */
export interface ConvolutionAddresses {
  /** First cell of the planes that are read. */
  readonly x: number;
  /** First cell of the planes that are written. */
  readonly y: number;
  /** First cell of the planes that are added, if any. */
  readonly residual?: number;
  /** Stream of each pass. */
  readonly streams: readonly number[];
  /** The mask, if any. */
  readonly mask?: number;
}

/**
 * Plans how the weights are packed, and cuts the lanes.
 *
 * @throws {RangeError} If sizes do not fit together, or offsets overflow 32 bits.
 */
export function planConvolution(request: ConvolutionRequest): PlannedConvolution {
  const { target, weights, window, read, output, pattern, masked = false } = request;
  const { bias, scale, masks } = request;
  const rows = blockRows(pattern, weights);
  const tiles = tilesOf(request, rows);
  const bytes = tiles.vectors * LANES[target] * 4;
  const channels = weights.inputChannels / weights.groups;
  const packed = packConvolution(weights, {
    window,
    input: read,
    outputChannelBytes: channelBytes(output),
    rows,
    unroll: convolutionTile(rows, tiles.vectors, request.pool).unroll,
    everyColumn: pattern.kind === "dense",
    cuts: (columns) =>
      request.pool ? [] : passCuts({ channels, read, window, rows, bytes, target }, columns),
    ...bias && { bias },
    ...scale && { scale },
    ...masks && { masks },
  });
  return { ...request, packed, tiles, mask: masked ? pixelMask(output, tiles.lanes) : null };
}

/** How the lanes of the output are cut into panels. */
function tilesOf(
  { target, window, read, rowByRow, pool }: ConvolutionRequest,
  rows: number,
): LanePanels {
  const [height, width] = window.output;
  const widest = pool ? widestPooledPanel(target, rows, pool) : widestPanel(target, rows);
  const output = pool
    ? [1, Math.floor(width / LANES[target] / pool[1]) * LANES[target]] as const
    : [rowByRow ? 1 : height, width] as const;
  return cutLanes(read, { ...window, output }, widest, LANES[target]);
}

/**
 * Whether a max pooling can be taken right from the sums, and pays: they fit the registers, and one pass over all input channels
 * meets no more than the first-level cache holds.
 */
export function canPool(request: ConvolutionRequest, pool: Pair): boolean {
  const { target, weights, window, read, pattern } = request;
  const rows = blockRows(pattern, weights);
  const widest = widestPooledPanel(target, rows, pool);
  if (widest === 0 || window.output[1] < LANES[target] * pool[1]) return false;
  const bytes = widest * pool[1] * LANES[target] * 4;
  const channels = weights.inputChannels / weights.groups;
  return staysCached({ channels, read, window, rows, bytes, target }, pool[0]);
}

/** The kernel of a pass over panels of so many vectors. */
export function convolutionKernel(
  plan: PlannedConvolution,
  vectors: number,
  pass: number,
): Op<ConvolutionArguments> {
  const { target, packed, tiles, post, residual, mask, pool } = plan;
  const last = pass === packed.passes.length - 1;
  return convolution({
    target,
    tile: { ...convolutionTile(packed.rows, tiles.vectors, pool), vectors },
    post: last ? post ?? "none" : "none",
    // later passes add to what the first has stored
    residual: pass > 0 || residual === true,
    masked: last && mask !== null,
    ...pool && { pool },
  });
}

/** Some panels of one width, by some blocks. */
interface Share {
  readonly vectors: number;
  /** Vectors before the first panel. */
  readonly from: number;
  readonly panels: number;
  /** First block. */
  readonly block: number;
  readonly blocks: number;
}

/** The calls that compute a convolution, one list a thread. */
export function convolutionCalls(
  plan: PlannedConvolution,
  addresses: ConvolutionAddresses,
  threads: number,
): Step[][] {
  if (!plan.rowByRow) return panelCalls(plan, addresses, threads);
  const { read, output, window, pool = [1, 1] } = plan;
  const rows = Math.floor(window.output[0] / pool[0]);
  return Array.from({ length: threads }, (_, thread) => {
    const first = Math.floor(rows * thread / threads);
    const count = Math.floor(rows * (thread + 1) / threads) - first;
    return Array.from({ length: count }, (_, i) => {
      const x = 4 * read.rowCells * pool[0] * (first + i);
      const y = 4 * output.rowCells * (first + i);
      const row = {
        ...addresses,
        x: addresses.x + x,
        y: addresses.y + y,
        residual: (addresses.residual ?? 0) + y,
      };
      return panelCalls(plan, row, 1).flat();
    }).flat();
  });
}

/** The calls of all lanes, or of one row's. */
function panelCalls(
  plan: PlannedConvolution,
  addresses: ConvolutionAddresses,
  threads: number,
): Step[][] {
  const { target, packed, read, output, pool } = plan;
  const first = 4 * firstPixel(output);
  const y = addresses.y + first;
  const step = (share: Share, pass: number): Step => {
    const start = 4 * share.from * LANES[target];
    return callStep(convolutionKernel(plan, share.vectors, pass), {
      x: addresses.x + 4 * read.leadCells + start * (pool?.[1] ?? 1),
      y: y + start,
      residual: (pass > 0 ? y : (addresses.residual ?? 0) + first) + start,
      mask: (addresses.mask ?? 0) + start,
      stream: addresses.streams[pass]! + 4 * packed.passes[pass]!.starts[share.block]!,
      channelBytes: channelBytes(output),
      xRowBytes: 4 * read.rowCells,
      blocks: share.blocks,
      panels: share.panels,
    });
  };
  return shares(plan, threads).map((list) =>
    list.flatMap((share) => panelByPanel(share, packed.passes.length)).flatMap((share) =>
      packed.passes.map((_, pass) => step(share, pass))
    )
  );
}

/** With several passes, a panel is finished before the next begins, so that its outputs stay in the cache. */
function panelByPanel(share: Share, passes: number): Share[] {
  if (passes === 1) return [share];
  return Array.from(
    { length: share.panels },
    (_, i) => ({ ...share, from: share.from + i * share.vectors, panels: 1 }),
  );
}

/** What the thread with most panels may have, as a multiple of the mean. */
const EVEN = 1.06;

/** Panels go to threads where they divide about evenly, else blocks with about equally many columns. */
function shares({ packed, tiles }: PlannedConvolution, threads: number): Share[][] {
  const { wide, narrow, vectors } = tiles;
  const panels = wide + narrow;
  const all = { block: 0, blocks: packed.blocks.length };
  const range = (from: number, to: number, blocks: { block: number; blocks: number }): Share[] => {
    const split = Math.min(Math.max(wide, from), to);
    return [
      { ...blocks, vectors, from: from * vectors, panels: split - from },
      {
        ...blocks,
        vectors: vectors - 1,
        from: split * vectors - Math.max(0, split - wide),
        panels: to - split,
      },
    ].filter((share) => share.panels > 0);
  };
  const part = (i: number): number => Math.round(panels * i / threads);
  const busiest = Math.ceil(panels / threads) * threads / panels;
  if (busiest <= EVEN || packed.blocks.length < threads) {
    return Array.from({ length: threads }, (_, i) => range(part(i), part(i + 1), all));
  }
  const cuts = blockCuts(packed, threads);
  return Array.from({ length: threads }, (_, i) => {
    const blocks = { block: cuts[i]!, blocks: cuts[i + 1]! - cuts[i]! };
    return blocks.blocks > 0 ? range(0, panels, blocks) : [];
  });
}

/** First block of each thread, and their number. */
function blockCuts({ blocks }: PackedConvolution, threads: number): number[] {
  // a block costs its columns and about as much as two columns beside
  const costs = blocks.map(({ columns }) => columns + 2);
  const total = costs.reduce((sum, cost) => sum + cost, 0);
  const cuts = [0];
  let sum = 0;
  costs.forEach((cost, i) => {
    while (cuts.length < threads && sum + cost / 2 >= total * cuts.length / threads) cuts.push(i);
    sum += cost;
  });
  while (cuts.length <= threads) cuts.push(blocks.length);
  return cuts;
}
