/**
 * Sparse matrix times a few rows of activations, lanes = inputs: `y = post(W · x + bias)`, float32.
 *
 * Idea: where non-zeros lie in runs along the inputs (1x16, 4x16), a run of L weights meets L neighbouring activations in
 * one multiply-add. Each output has a vector of sums a token, whose lanes are added up at the end of its row.
 *
 * Layout: x and y are row-major `[token][feature]`, each token's features padded to 16; weights are `formats/row_segments`.
 *
 * Cost: a segment takes a load of weights and of an offset, and a multiply-add with a load a token; a row besides some 10
 * operations a token to add up lanes, the post-op on a whole vector of which one lane counts, and a mispredicted loop end.
 *
 * Limits: with one token the bandwidth of the weights; with more the two loads a cycle.
 *
 * @module
 */
import type { Scalar, Target, Vector, VectorMachine } from "../machine.ts";
import { type Arguments, defineOp, type Op } from "./op.ts";
import { applyPostOp, type PostOp } from "./post_op.ts";

/** Which `dotSpmm` kernel. */
export interface DotOptions {
  /** Instruction set. */
  readonly target: Target;
  /** Tokens at once: 1 to {@linkcode MOST_DOT_TOKENS}. */
  readonly tokens: number;
  /** Bytes from one token's activations to the next; only the code of two and more tokens depends on it. */
  readonly xStride: number;
  /** Bytes from one token's outputs to the next. */
  readonly yStride: number;
  /** Whether offsets are 32 instead of 16 bits; default false. */
  readonly wide?: boolean;
  /** Applied to the sums; default `none`. */
  readonly post?: PostOp;
}

/** What one call of `dotSpmm` works on. */
export interface DotArguments {
  /** First token's activations. */
  readonly x: number;
  /** First token's first output; `rows` of each token are overwritten. May not overlap x. */
  readonly y: number;
  /** Address of the packed values. */
  readonly values: number;
  /** Address of the packed offsets. */
  readonly offsets: number;
  /** Address of the packed counts. */
  readonly counts: number;
  /** Address of `rows` float32. */
  readonly bias: number;
  /** Rows to compute. */
  readonly rows: number;
}

const SLOTS = ["x", "y", "values", "offsets", "counts", "bias", "rows"] as const;
type DotSlot = (typeof SLOTS)[number];

/** Segments of each turn of the loop: the `unroll` of the packed weights. */
export const DOT_UNROLL = 4;
/** The most tokens of one call. */
export const MOST_DOT_TOKENS = 8;
// a multiply-add takes 4 cycles and two start in each
const CHAINS = 8;
const MOST_SETS = 4;

/**
 * The `dotSpmm` kernel.
 *
 * @throws {RangeError} If there are too many tokens.
 */
export function dotSpmm(options: DotOptions): Op<DotArguments> {
  const { target, tokens, wide = false, post = "none" } = options;
  if (!Number.isInteger(tokens) || tokens < 1 || tokens > MOST_DOT_TOKENS) {
    throw new RangeError(
      `Cannot multiply ${tokens} tokens at once: expected 1 to ${MOST_DOT_TOKENS}`,
    );
  }
  return defineOp<DotSlot, DotArguments>({
    id: [
      "dot_f32",
      target,
      ...wide ? ["wide"] : [],
      ...post === "none" ? [] : [post],
      tokens,
      ...tokens > 1 ? [options.xStride, options.yStride] : [],
    ].join("_"),
    slots: SLOTS,
    derive: (named) => ({ ...named }),
    emit: (machine, argument) => emitDot(machine, argument, options),
  });
}

/** What the parts of the kernel share. */
interface Context {
  readonly machine: VectorMachine;
  readonly options: DotOptions;
  readonly x: Scalar;
  readonly values: Scalar;
  readonly offsets: Scalar;
}

function emitDot(
  machine: VectorMachine,
  argument: Arguments<DotSlot>,
  options: DotOptions,
): void {
  const { tokens, yStride, post = "none" } = options;
  const [x, y] = [argument("x"), argument("y")];
  const context = { machine, options, x, values: argument("values"), offsets: argument("offsets") };
  const [counts, bias] = [argument("counts"), argument("bias")];
  const sets = Math.min(MOST_SETS, Math.max(1, Math.floor(CHAINS / tokens)));
  machine.repeat(argument("rows"), () => {
    const sums = Array.from(
      { length: sets },
      () => Array.from({ length: tokens }, () => machine.vector()),
    );
    for (const sum of sums.flat()) machine.zero(sum);
    const count = machine.scalar();
    machine.loadU32(count, { base: counts });
    machine.repeat(count, () => emitSegments(context, sums, DOT_UNROLL));
    machine.loadU32(count, { base: counts, disp: 4 });
    machine.repeat(count, () => emitSegments(context, sums, 1));
    const [first = [], ...others] = sums;
    for (const other of others) other.forEach((sum, t) => machine.add(first[t]!, first[t]!, sum));
    addUp(machine, first, bias);
    applyPostOp(machine, post, first, sets * tokens);
    first.forEach((sum, t) => machine.storeLane0({ base: y, disp: t * yStride }, sum));
    machine.increase(counts, 8);
    for (const pointer of [y, bias]) machine.increase(pointer, 4);
  });
}

/** `segments` stored segments; each goes to the next set of sums. */
function emitSegments(context: Context, sums: readonly Vector[][], segments: number): void {
  const { machine, options: { wide, xStride }, x, values, offsets } = context;
  const offsetBytes = wide ? 4 : 2;
  const vectorBytes = 4 * machine.lanes;
  machine.scope(() => {
    const index = machine.scalar();
    const weight = machine.vector();
    for (let i = 0; i < segments; i++) {
      const place = { base: offsets, disp: offsetBytes * i };
      wide ? machine.loadU32(index, place) : machine.loadU16(index, place);
      machine.load(weight, { base: values, disp: vectorBytes * i });
      sums[i % sums.length]!.forEach((sum, token) =>
        machine.fma(sum, weight, { base: x, index, disp: token * xStride })
      );
    }
  });
  machine.increase(values, vectorBytes * segments);
  machine.increase(offsets, offsetBytes * segments);
}

/** All lanes of each sum the sum of its lanes and the bias. */
function addUp(machine: VectorMachine, sums: readonly Vector[], bias: Scalar): void {
  machine.scope(() => {
    const start = machine.vector();
    machine.broadcast(start, { base: bias });
    for (const sum of sums) {
      machine.addAcross(sum, sum);
      machine.add(sum, sum, start);
    }
  });
}
