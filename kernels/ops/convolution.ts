/**
 * Convolution of planes: `y = post(W * x + bias (+ residual))`, float32, lanes = neighbouring cells of a plane.
 *
 * Idea: seen through one tap, the cells of a plane are the same cells some bytes further, so a convolution is a sparse matrix
 * product whose columns are (input channel, tap) and whose offsets are those of the tap (see `formats/planes.ts`). For each
 * block of R output channels a tile of R rows by V vectors starts as the bias; each stored column loads V vectors at its
 * offset and multiplies them with its R weights; then the post-op runs on the registers and the tile is stored once. Groups,
 * dilation and zero taps are columns that are not there; strides are phases of the planes.
 *
 * Layout: the weights are one stream (`formats/packed_convolution.ts`), read from its start for each panel of V vectors. Lanes
 * run over the ends of rows: what is computed between rows is garbage, or 0 if a mask is given, so that the output has clean
 * pads for the next layer.
 *
 * Cost: a column takes R * V multiply-adds, R + V + 1 loads; of the V vectors most cross a cache line unless the planes keep a
 * view for each column of taps, and count twice. A tile takes besides R * V bias, mask and post-op operations and one or two
 * mispredicted loop ends, ~20 cycles each.
 *
 * Limits: with R = 4 the multiply-add units; with R = 1 the two loads a cycle, and the bandwidth of the second-level cache once
 * the cells that a panel meets outgrow the first; 1x1 layers on large images the bandwidth of memory.
 *
 * @module
 */
import type { Pair } from "../formats/mod.ts";
import type { Scalar, Target, Vector, VectorMachine } from "../machine.ts";
import { type Accumulators, multiplyAccumulate, takeAccumulators } from "./accumulators.ts";
import { type Arguments, defineOp, type Op } from "./op.ts";
import { maximumOrNaN } from "./pooling.ts";
import { applyPostOp, type PostOp } from "./post_op.ts";
import { LANES, type Tile } from "./tile.ts";

/** Which `convolution` kernel. */
export interface ConvolutionOptions {
  /** Instruction set. */
  readonly target: Target;
  /** Register tile: `rows` is the R of the packed weights, `vectors` the width of a panel, `unroll` equals `sets`. */
  readonly tile: Tile;
  /** Applied to the sums; default `none`. */
  readonly post?: PostOp;
  /** Whether a residual is added before the post-op; default false. */
  readonly residual?: boolean;
  /** Whether a mask clears lanes after the post-op; default false. */
  readonly masked?: boolean;
  /**
   * Rows and vectors of sums of which only the largest is kept, as a max pooling whose windows do not overlap would; default one
   * of one. The tile's vectors are what is left. Without residual and mask.
   */
  readonly pool?: Pair;
}

/** What one call of `convolution` works on. Addresses and strides are bytes. */
export interface ConvolutionArguments {
  /** First cell of the input planes at lane 0 of the first panel. */
  readonly x: number;
  /** First output channel at lane 0 of the first panel; overwritten. May not overlap x. */
  readonly y: number;
  /** Residual, laid out as y is; may be y itself. Ignored without `residual`. */
  readonly residual?: number;
  /** All ones for each lane to be kept and 0 for the others, from lane 0 of the first panel on. Ignored without `masked`. */
  readonly mask?: number;
  /** The packed stream, at its first block to be computed. */
  readonly stream: number;
  /** From one output channel to the next. */
  readonly channelBytes: number;
  /** From one row of x to the next. Only read with a pool of several rows. */
  readonly xRowBytes?: number;
  /** Blocks to compute. */
  readonly blocks: number;
  /** Panels to compute. */
  readonly panels: number;
}

const SLOTS = [
  "x",
  "y",
  "residual",
  "mask",
  "stream",
  "channelBytes",
  "xRowBytes",
  "blocks",
  "panels",
] as const;

type Slot = (typeof SLOTS)[number];

/** The `convolution` kernel of a tile. */
export function convolution(options: ConvolutionOptions): Op<ConvolutionArguments> {
  const { target, tile, post = "none", residual = false, masked = false, pool = NO_POOL } = options;
  if (pool !== NO_POOL && (residual || masked)) {
    throw new RangeError(
      "Cannot pool a convolution: it has a residual or a mask, expected neither",
    );
  }
  const parts = ["convolution_f32", `${tile.rows}x1`, target];
  if (residual) parts.push("residual");
  if (post !== "none") parts.push(post);
  if (masked) parts.push("masked");
  if (pool !== NO_POOL) parts.push(`max${pool.join("x")}`);
  return defineOp<Slot, ConvolutionArguments>({
    id: [...parts, tile.vectors * LANES[target], ...tile.sets > 1 ? [`x${tile.sets}`] : []].join(
      "_",
    ),
    slots: SLOTS,
    derive: (named) => ({
      ...named,
      residual: named.residual ?? 0,
      mask: named.mask ?? 0,
      xRowBytes: named.xRowBytes ?? 0,
    }),
    emit: (machine, argument) =>
      emitPanels({ machine, argument, tile, post, residual, masked, pool }),
  });
}

/**
 * The tile of blocks of `rows` output channels on panels of `vectors` vectors: with few accumulators the columns go round
 * several sets of them, so that multiply-adds do not wait for each other.
 */
export function convolutionTile(rows: number, vectors: number, pool: Pair = NO_POOL): Tile {
  const sums = rows * vectors * pool[0] * pool[1];
  const sets = Math.max(1, Math.floor(ENOUGH_SUMS / sums));
  return { rows, vectors, unroll: sets, sets };
}

const ENOUGH_SUMS = 8;

const NO_POOL: Pair = [1, 1];

/** Sums that fit the registers beside what a column and a pool take. */
const MOST_POOLED_SUMS: Readonly<Record<Target, number>> = {
  avx512: 16,
  avx2: 8,
  wasm_relaxed: 8,
  wasm: 8,
};

/** Vectors of the widest panel of `rows` output channels that are pooled; 0 if none fits the registers. */
export function widestPooledPanel(target: Target, rows: number, pool: Pair): number {
  return Math.floor(MOST_POOLED_SUMS[target] / (rows * pool[0] * pool[1]));
}

/** Widest panel of each block height. */
const WIDEST: Readonly<Record<Target, Readonly<Record<number, number>>>> = {
  avx512: { 1: 6, 2: 8, 4: 6 },
  avx2: { 1: 8, 2: 4, 4: 3 },
  wasm_relaxed: { 1: 8, 2: 4, 4: 2 },
  wasm: { 1: 8, 2: 4, 4: 2 },
};

/** Vectors of the widest panel whose tile of `rows` output channels fits the registers. */
export function widestPanel(target: Target, rows: number): number {
  const vectors = WIDEST[target][rows];
  if (vectors === undefined) {
    throw new RangeError(`Cannot tile ${rows} output channels: expected 1, 2 or 4`);
  }
  return vectors;
}

interface Emission {
  readonly machine: VectorMachine;
  readonly argument: Arguments<Slot>;
  readonly tile: Tile;
  readonly post: PostOp;
  readonly residual: boolean;
  readonly masked: boolean;
  readonly pool: Pair;
}

/** Pointers of a panel. */
interface Panel {
  /** One for each row of the pool. */
  readonly x: readonly Scalar[];
  readonly y: Scalar;
  readonly residual: Scalar | null;
  readonly mask: Scalar | null;
  readonly stream: Scalar;
}

function emitPanels(emission: Emission): void {
  const { machine, argument, tile, pool } = emission;
  const pointers = {
    x: inputRows(emission),
    y: argument("y"),
    residual: emission.residual ? argument("residual") : null,
    mask: emission.masked ? argument("mask") : null,
  };
  const { x, y, residual, mask } = pointers;
  const bytes = tile.vectors * machine.lanes * 4;
  machine.repeat(argument("panels"), () => {
    machine.scope(() => {
      const panel = { ...pointers, stream: argument("stream") };
      machine.repeat(argument("blocks"), () => emitTile(emission, panel));
    });
    for (const row of x) machine.increase(row, pool[1] * bytes);
    for (const pointer of [y, residual, mask]) if (pointer) machine.increase(pointer, bytes);
  });
}

/** Pointers to the rows of x that a pool takes together. */
function inputRows({ machine, argument, pool }: Emission): readonly Scalar[] {
  const rows = [argument("x")];
  for (let i = 1; i < pool[0]; i++) {
    const row = machine.scalar();
    machine.move(row, rows[i - 1]!);
    machine.scope(() => machine.increase(row, argument("xRowBytes")));
    rows.push(row);
  }
  return rows;
}

/** One tile from its bias to its store; the stream moves on to the next block. */
function emitTile(emission: Emission, panel: Panel): void {
  const { machine, tile, post } = emission;
  const sums = takeSums(emission);
  const turns = machine.scalar();
  const place = machine.scalar();
  startSums(emission, panel, sums, turns, place);
  machine.scope(() => {
    const others = Array.from({ length: tile.sets - 1 }, () => zeros(emission));
    accumulate(emission, panel, [sums, ...others], turns);
    for (const other of others) addTile(machine, sums, other);
  });
  const kept = largest(emission, sums);
  applyPostOp(machine, post, kept.flat(), sums.flat().length);
  if (panel.mask) clearLanes(machine, kept, panel.mask);
  forEachRow(emission, kept, place, (sum, disp) => {
    machine.store({ base: panel.y, index: place, disp }, sum);
  });
}

/** R rows by the vectors of all rows of the pool, one row after the other. */
function takeSums({ machine, tile, pool }: Emission): Accumulators {
  return takeAccumulators(machine, tile.rows, tile.vectors * pool[0] * pool[1]);
}

/** Of the sums under each window of the pool the largest, NaN if one is; all of them without a pool. */
function largest({ machine, tile, pool }: Emission, sums: Accumulators): Accumulators {
  if (pool === NO_POOL) return sums;
  const [rows, width] = pool;
  return sums.map((all) =>
    Array.from({ length: tile.vectors }, (_, i) => {
      const window = Array.from({ length: rows }, (_, row) => {
        const first = (row * tile.vectors + i) * width;
        return all.slice(first, first + width);
      }).flat();
      const [kept, ...others] = window;
      for (const other of others) maximumOrNaN(machine, kept!, other);
      return kept!;
    })
  );
}

/** Reads the head of a block: the sums become its biases, plus the residual. */
function startSums(
  emission: Emission,
  { stream, residual }: Panel,
  sums: Accumulators,
  turns: Scalar,
  place: Scalar,
): void {
  const { machine, tile } = emission;
  machine.loadU32(turns, { base: stream });
  machine.loadU32(place, { base: stream, disp: 4 });
  sums.forEach((vectors, r) =>
    vectors.forEach((sum) => machine.broadcast(sum, { base: stream, disp: 8 + 4 * r }))
  );
  machine.increase(stream, 8 + 4 * tile.rows);
  if (!residual) return;
  machine.scope(() => {
    const [row, added] = [machine.scalar(), machine.vector()];
    machine.move(row, place);
    forEachRow(emission, sums, row, (sum, disp) => {
      machine.load(added, { base: residual, index: row, disp });
      machine.add(sum, sum, added);
    });
  });
}

/** The sums of a tile with the place of each in its row; `row` moves on from one output channel to the next. */
function forEachRow(
  { machine, argument }: Emission,
  sums: Accumulators,
  row: Scalar,
  body: (sum: Vector, disp: number) => void,
): void {
  sums.forEach((vectors, r) => {
    if (r > 0) machine.scope(() => machine.increase(row, argument("channelBytes")));
    vectors.forEach((sum, v) => body(sum, 4 * v * machine.lanes));
  });
}

/** The inner loop: whole turns of `unroll` columns, then those that are left one by one. */
function accumulate(
  { machine, tile, pool }: Emission,
  { x, stream }: Panel,
  sets: readonly Accumulators[],
  turns: Scalar,
): void {
  const columnBytes = 4 * (1 + tile.rows);
  const width = tile.vectors * pool[1];
  const emitColumns = (sets: readonly Accumulators[]): void => {
    machine.scope(() => {
      const index = machine.scalar();
      sets.forEach((sums, i) => {
        machine.loadU32(index, { base: stream, disp: i * columnBytes });
        multiplyAccumulate(
          machine,
          sums,
          (r) => ({ base: stream, disp: i * columnBytes + 4 + 4 * r }),
          (v) => ({
            base: x[Math.floor(v / width)]!,
            index,
            disp: 4 * (v % width) * machine.lanes,
          }),
        );
      });
    });
    machine.increase(stream, sets.length * columnBytes);
  };
  machine.repeat(turns, () => emitColumns(sets));
  if (sets.length === 1) return;
  machine.loadU32(turns, { base: stream });
  machine.increase(stream, 4);
  machine.repeat(turns, () => emitColumns(sets.slice(0, 1)));
}

/** Cells between the rows become 0, whatever was computed there. */
function clearLanes(machine: VectorMachine, sums: Accumulators, mask: Scalar): void {
  machine.scope(() => {
    const kept = machine.vector();
    sums[0]!.forEach((_, v) => {
      machine.load(kept, { base: mask, disp: 4 * v * machine.lanes });
      sums.forEach((row) => machine.and(row[v]!, row[v]!, kept));
    });
  });
}

function zeros(emission: Emission): Accumulators {
  const { machine } = emission;
  const sums = takeSums(emission);
  sums.flat().forEach((sum) => machine.zero(sum));
  return sums;
}

function addTile(machine: VectorMachine, sums: Accumulators, other: Accumulators): void {
  sums.forEach((vectors, r) => vectors.forEach((sum, v) => machine.add(sum, sum, other[r]![v]!)));
}
