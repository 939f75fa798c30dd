/**
 * Sparse matrix times a few rows of activations, lanes = output rows: `y = post(W · x + bias)`, float32.
 *
 * Idea: with 1 to 24 tokens there are no lanes along tokens. A block of R output rows is V vectors; each stored column of
 * the block is loaded once and multiplied with one activation of each token, broadcast to all lanes from memory. Sums stay
 * in registers until the block is done. Blocks of 4 and 8 rows take narrower registers than the target has: no lane is
 * wasted, and the loads, not the multiply-adds, are what limits.
 *
 * Layout: x and y are row-major `[token][feature]`, each token's features padded to 16; weights are `formats/row_blocks`.
 *
 * Cost: a column takes V loads of weights, one of an offset and one broadcast a token for V multiply-adds a token. It reads
 * 4R + 2 bytes that are used once, so that one token is bound by where the weights come from: on a Xeon with weights in
 * the third-level cache, a layer of 1024 × 1024 with 90 % zeros in 16x1 blocks takes as long as its 430 KB take to arrive.
 *
 * Limits: the bandwidth of the weights; in the first-level cache the two loads a cycle.
 *
 * @module
 */
import type { Scalar, Target, VectorMachine } from "../machine.ts";
import { type Accumulators, multiplyAccumulate, takeAccumulators } from "./accumulators.ts";
import { type Arguments, defineOp, type Op } from "./op.ts";
import { applyPostOp, type PostOp } from "./post_op.ts";
import { LANES } from "./tile.ts";

/** Which `broadcastSpmm` kernel. */
export interface BroadcastOptions {
  /** Instruction set. */
  readonly target: Target;
  /** R: output rows of a block: 4, or 8 where vectors have 8 lanes, or a multiple of the target's lanes. */
  readonly rowsPerBlock: number;
  /** Tokens at once: 1 to {@linkcode mostTokens}. */
  readonly tokens: number;
  /** Bytes from one token's activations to the next; only the code of two and more tokens depends on it. */
  readonly xStride: number;
  /** Bytes from one token's outputs to the next. */
  readonly yStride: number;
  /** Whether every column is stored; default false. */
  readonly dense?: boolean;
  /** Whether offsets are 32 instead of 16 bits; default false. */
  readonly wide?: boolean;
  /** Applied to the sums; default `none`. */
  readonly post?: PostOp;
}

/** What one call of `broadcastSpmm` works on. */
export interface BroadcastArguments {
  /** First token's activations. */
  readonly x: number;
  /** First token's outputs of the first block; `blocks * R` of each token are overwritten. May not overlap x. */
  readonly y: number;
  /** Address of the packed values. */
  readonly values: number;
  /** Address of the packed offsets; 0 if dense. */
  readonly offsets: number;
  /** Address of the packed counts. */
  readonly counts: number;
  /** Address of `blocks * R` float32. */
  readonly bias: number;
  /** Blocks to compute. */
  readonly blocks: number;
}

const SLOTS = ["x", "y", "values", "offsets", "counts", "bias", "blocks"] as const;
type BroadcastSlot = (typeof SLOTS)[number];

/** Columns of each turn of the loop: the `unroll` of the packed weights. */
export const BROADCAST_UNROLL = 4;
// a multiply-add takes 4 cycles and two start in each
const CHAINS = 8;
const MOST_SETS = 4;

/** The most tokens of one call: as many sums as registers allow beside weights, one broadcast, and post-ops. */
export function mostTokens(target: Target, rowsPerBlock: number): number {
  const lanes = lanesOf(target, rowsPerBlock);
  return Math.max(1, Math.floor((lanes === 16 ? 24 : 8) / (rowsPerBlock / lanes)));
}

/** Lanes of the kernel's vectors: the widest that divide the rows of a block. */
function lanesOf(target: Target, rowsPerBlock: number): number {
  return [16, 8, 4].find((lanes) => lanes <= LANES[target] && rowsPerBlock % lanes === 0) ?? 0;
}

/**
 * The `broadcastSpmm` kernel.
 *
 * @throws {RangeError} If the rows of a block are no multiple of 4, or there are too many tokens.
 */
export function broadcastSpmm(options: BroadcastOptions): Op<BroadcastArguments> {
  const { target, rowsPerBlock, tokens, dense = false, wide = false, post = "none" } = options;
  const lanes = lanesOf(target, rowsPerBlock);
  checkShape(options, lanes);
  const sizes = tokens > 1 ? [options.xStride, options.yStride] : [];
  return defineOp<BroadcastSlot, BroadcastArguments>({
    id: [
      "broadcast_f32",
      `${rowsPerBlock}x1`,
      target,
      ...dense ? ["dense"] : [],
      ...wide ? ["wide"] : [],
      ...post === "none" ? [] : [post],
      tokens,
      ...sizes,
    ].join("_"),
    slots: SLOTS,
    ...lanes < LANES[target] && { lanes },
    derive: (named) => ({ ...named }),
    emit: (machine, argument) => emitBroadcast(machine, argument, options),
  });
}

function checkShape({ target, rowsPerBlock, tokens }: BroadcastOptions, lanes: number): void {
  if (!(rowsPerBlock > 0 && lanes > 0)) {
    throw new RangeError(
      `Cannot multiply blocks of ${rowsPerBlock} rows on ${target}: expected a multiple of 4`,
    );
  }
  const most = mostTokens(target, rowsPerBlock);
  if (!Number.isInteger(tokens) || tokens < 1 || tokens > most) {
    throw new RangeError(
      `Cannot multiply ${tokens} tokens at once on ${target}: expected 1 to ${most}`,
    );
  }
}

/** What the parts of the kernel share. */
interface Context {
  readonly machine: VectorMachine;
  readonly options: BroadcastOptions;
  readonly x: Scalar;
  readonly values: Scalar;
  readonly offsets: Scalar;
}

/** Sums of a block: `[token][vector]`. */
type Sums = Accumulators;

function emitBroadcast(
  machine: VectorMachine,
  argument: Arguments<BroadcastSlot>,
  options: BroadcastOptions,
): void {
  const { rowsPerBlock, tokens } = options;
  const [x, y, values] = [argument("x"), argument("y"), argument("values")];
  // the offset of a dense column is counted instead of read
  const offsets = options.dense ? machine.scalar() : argument("offsets");
  const [counts, bias] = [argument("counts"), argument("bias")];
  const context: Context = { machine, options, x, values, offsets };
  const sets = Math.min(
    MOST_SETS,
    Math.max(1, Math.floor(CHAINS / (tokens * rowsPerBlock / machine.lanes))),
  );
  machine.repeat(argument("blocks"), () => {
    const sums = Array.from(
      { length: sets },
      () => takeAccumulators(machine, tokens, rowsPerBlock / machine.lanes),
    );
    startSums(context, sums, bias);
    if (options.dense) machine.move(offsets, 0);
    const count = machine.scalar();
    machine.loadU32(count, { base: counts });
    machine.repeat(count, () => emitColumns(context, sums, BROADCAST_UNROLL));
    machine.loadU32(count, { base: counts, disp: 4 });
    machine.repeat(count, () => emitColumns(context, sums, 1));
    finishSums(context, sums, y);
    machine.increase(counts, 8);
    machine.increase(bias, 4 * rowsPerBlock);
    machine.increase(y, 4 * rowsPerBlock);
  });
}

function startSums({ machine }: Context, [first, ...others]: readonly Sums[], bias: Scalar): void {
  first!.forEach((vectors) =>
    vectors.forEach((sum, v) => machine.load(sum, { base: bias, disp: 4 * machine.lanes * v }))
  );
  for (const sum of others.flat(2)) machine.zero(sum);
}

/** `columns` stored columns; each goes to the next set of sums. */
function emitColumns(context: Context, sums: readonly Sums[], columns: number): void {
  const { machine, options: { rowsPerBlock, dense, wide }, values, offsets } = context;
  const offsetBytes = wide || dense ? 4 : 2;
  machine.scope(() => {
    const index = dense ? offsets : machine.scalar();
    for (let i = 0; i < columns; i++) {
      const place = { base: offsets, disp: offsetBytes * i };
      if (!dense) wide ? machine.loadU32(index, place) : machine.loadU16(index, place);
      multiplyColumn(context, sums[i % sums.length]!, index, i);
    }
  });
  machine.increase(values, 4 * rowsPerBlock * columns);
  machine.increase(offsets, offsetBytes * columns);
}

function multiplyColumn(context: Context, sums: Sums, index: Scalar, column: number): void {
  const { machine, options: { rowsPerBlock, xStride, dense }, x, values } = context;
  multiplyAccumulate(
    machine,
    sums,
    (token) => ({ base: x, index, disp: token * xStride + (dense ? 4 * column : 0) }),
    (v) => ({ base: values, disp: 4 * (rowsPerBlock * column + machine.lanes * v) }),
  );
}

function finishSums({ machine, options }: Context, sums: readonly Sums[], y: Scalar): void {
  const { post = "none", yStride } = options;
  const [first = [], ...others] = sums;
  for (const other of others) {
    other.forEach((vectors, t) =>
      vectors.forEach((sum, v) => machine.add(first[t]![v]!, first[t]![v]!, sum))
    );
  }
  const all = sums.flat(2);
  applyPostOp(machine, post, first.flat(), all.length);
  first.forEach((vectors, token) =>
    vectors.forEach((sum, v) =>
      machine.store({ base: y, disp: token * yStride + 4 * machine.lanes * v }, sum)
    )
  );
}
