/**
 * Sparse matrix times a few rows of activations, lanes = output rows, by look-up: `y = post(W · x + bias)`, float32.
 *
 * Idea: L activations in a register are a table of which every lane picks its own (`vpermps`). So L output rows with
 * different non-zeros advance together: a slot is one weight of each of L rows and the place of its activation in a
 * segment of L (see `formats/permute_slots`). Patterns that give every row as many non-zeros in each segment (N:M,
 * partitioned, complementary) waste nothing; others are filled up.
 *
 * Layout: x and y are row-major `[token][feature]`, each token's features padded to 16.
 *
 * Cost: a slot takes a permutation and a multiply-add a token, a load of weights and one of an offset, and one shift of
 * the packed places, which 8 slots share. It reads 4.5 L + 2 bytes.
 *
 * Limits: with one token the bandwidth of the weights; with more the permutations: two a cycle on Zen 5, one on Intel,
 * where only port 5 has them, so that 8 tokens take at least 8 cycles a slot there. In WebAssembly a permutation of 4
 * lanes is 5 instructions.
 *
 * @module
 */
import type { Scalar, Target, Vector, VectorMachine } from "../machine.ts";
import { SLOTS_PER_TURN } from "../formats/permute_slots.ts";
import { type Arguments, defineOp, type Op } from "./op.ts";
import { applyPostOp, type PostOp } from "./post_op.ts";

/** Which `permuteSpmm` kernel. */
export interface PermuteOptions {
  /** Instruction set. */
  readonly target: Target;
  /** Tokens at once: 1 to {@linkcode mostPermutedTokens}. */
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

/** What one call of `permuteSpmm` works on. */
export interface PermuteArguments {
  /** First token's activations. */
  readonly x: number;
  /** First token's outputs of the first group; `groups * L` of each token are overwritten. May not overlap x. */
  readonly y: number;
  /** Address of the packed values. */
  readonly values: number;
  /** Address of the packed places. */
  readonly places: number;
  /** Address of the packed offsets. */
  readonly offsets: number;
  /** Address of the packed counts. */
  readonly counts: number;
  /** Address of `groups * L` float32. */
  readonly bias: number;
  /** Groups to compute. */
  readonly groups: number;
}

const SLOTS = ["x", "y", "values", "places", "offsets", "counts", "bias", "groups"] as const;
type PermuteSlot = (typeof SLOTS)[number];

/** The most tokens of one call: as many sums as registers allow beside places, weights, a look-up, and post-ops. */
export function mostPermutedTokens(target: Target): number {
  return target === "avx512" ? 16 : 8;
}

/**
 * The `permuteSpmm` kernel.
 *
 * @throws {RangeError} If there are too many tokens.
 */
export function permuteSpmm(options: PermuteOptions): Op<PermuteArguments> {
  const { target, tokens, wide = false, post = "none" } = options;
  const most = mostPermutedTokens(target);
  if (!Number.isInteger(tokens) || tokens < 1 || tokens > most) {
    throw new RangeError(
      `Cannot multiply ${tokens} tokens at once on ${target}: expected 1 to ${most}`,
    );
  }
  return defineOp<PermuteSlot, PermuteArguments>({
    id: [
      "permute_f32",
      target,
      ...wide ? ["wide"] : [],
      ...post === "none" ? [] : [post],
      tokens,
      ...tokens > 1 ? [options.xStride, options.yStride] : [],
    ].join("_"),
    slots: SLOTS,
    derive: (named) => ({ ...named }),
    emit: (machine, argument) => emitPermute(machine, argument, options),
  });
}

/** What the parts of the kernel share. */
interface Context {
  readonly machine: VectorMachine;
  readonly options: PermuteOptions;
  readonly x: Scalar;
  readonly values: Scalar;
  readonly places: Scalar;
  readonly offsets: Scalar;
}

/** Sums of a group, one a token. */
type Sums = readonly Vector[];

// a multiply-add takes 4 cycles; slots go round so many sets of sums that no two neighbours meet
const CHAINS = 8;
const MOST_SETS = 4;

function emitPermute(
  machine: VectorMachine,
  argument: Arguments<PermuteSlot>,
  options: PermuteOptions,
): void {
  const { tokens } = options;
  const rowBytes = 4 * machine.lanes;
  const y = argument("y");
  const context: Context = {
    machine,
    options,
    x: argument("x"),
    values: argument("values"),
    places: argument("places"),
    offsets: argument("offsets"),
  };
  const [counts, bias] = [argument("counts"), argument("bias")];
  const sets = Math.min(MOST_SETS, Math.max(1, Math.floor(CHAINS / tokens)));
  machine.repeat(argument("groups"), () => {
    const sums = Array.from(
      { length: sets },
      () => Array.from({ length: tokens }, () => machine.vector()),
    );
    const [first = [], ...others] = sums;
    for (const sum of first) machine.load(sum, { base: bias });
    for (const sum of others.flat()) machine.zero(sum);
    emitTurns(context, sums, counts);
    for (const other of others) other.forEach((sum, t) => machine.add(first[t]!, first[t]!, sum));
    applyPostOp(machine, options.post ?? "none", first, sets * tokens);
    first.forEach((sum, t) => machine.store({ base: y, disp: t * options.yStride }, sum));
    machine.increase(counts, 8);
    machine.increase(bias, rowBytes);
    machine.increase(y, rowBytes);
  });
}

/** The slots of a group: whole turns, then those that are left. */
function emitTurns(context: Context, sums: readonly Sums[], counts: Scalar): void {
  const { machine, places } = context;
  machine.scope(() => {
    const count = machine.scalar();
    const place = machine.vector();
    const loadPlaces = (): void => {
      machine.load(place, { base: places });
      machine.increase(places, 4 * machine.lanes);
    };
    machine.loadU32(count, { base: counts });
    machine.repeat(count, () => {
      loadPlaces();
      emitSlots(context, sums, place, SLOTS_PER_TURN);
    });
    machine.loadU32(count, { base: counts, disp: 4 });
    machine.ifNonZero(count, () => {
      loadPlaces();
      machine.repeat(count, () => emitSlots(context, sums.slice(0, 1), place, 1));
    });
  });
}

/** Slots one after the other; the places of the next one move to the low bits. */
function emitSlots(
  context: Context,
  sums: readonly Sums[],
  place: Vector,
  slots: number,
): void {
  const { machine, options: { wide, xStride }, x, values, offsets } = context;
  const rowBytes = 4 * machine.lanes;
  const offsetBytes = wide ? 4 : 2;
  machine.scope(() => {
    const index = machine.scalar();
    const picked = machine.vector();
    const weight = context.options.tokens > 1 ? machine.vector() : null;
    for (let slot = 0; slot < slots; slot++) {
      const at = { base: offsets, disp: offsetBytes * slot };
      wide ? machine.loadU32(index, at) : machine.loadU16(index, at);
      const weights = { base: values, disp: rowBytes * slot };
      if (weight) machine.load(weight, weights);
      sums[slot % sums.length]!.forEach((sum, token) => {
        machine.permute(picked, place, { base: x, index, disp: token * xStride });
        machine.fma(sum, picked, weight ?? weights);
      });
      if (slot < slots - 1 || slots === 1) machine.shiftRightInt32(place, place, 4);
    }
  });
  machine.increase(values, rowBytes * slots);
  machine.increase(offsets, offsetBytes * slots);
}
