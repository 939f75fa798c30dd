/**
 * Sparse matrix of signed bytes times a few tokens of unsigned bytes, lanes = output rows: `sums = W · x + bias` in int32,
 * and the sums as they are, as float32, or requantised to unsigned bytes.
 *
 * Idea: 16 outputs by 4 inputs of weights are 64 bytes, a register of AVX-512. Each stored block is loaded once and
 * meets the 4 activations of each token, broadcast to all lanes, in one byte dot product. This is how the INT8 kernel of
 * the DLRM submissions works, which took 4 tokens at a time.
 *
 * Layout: x and y are row-major `[token][feature]`, each token padded to 64 bytes; weights are `formats/packed_quads`
 * with R = 16 and offsets in bytes of a token.
 *
 * Cost: a block takes one load, and of each token a broadcast and a dot product of 64 multiply-adds.
 *
 * Limits: for one token the two loads a cycle that a dot product needs, half of its peak, and where weights come from
 * further away their bandwidth: 68 bytes a block.
 *
 * @module
 */
import type { Scalar, Target, Vector, VectorMachine } from "../machine.ts";
import { type Accumulators, takeAccumulators } from "./accumulators.ts";
import { QUAD } from "./byte_panel.ts";
import { type Arguments, defineOp, type Op } from "./op.ts";
import { loadLimits, rescale } from "./requantize.ts";
import { LANES } from "./tile.ts";

/** Output rows of a block. */
export const QUAD_BLOCK_ROWS = 16;

/** Blocks of each turn of the loop: the `unroll` of the packed weights. */
export const QUAD_BLOCK_UNROLL = 4;

/** What becomes of the sums. */
export const TOKEN_OUTPUTS = ["int32", "float32", "uint8"] as const;

/** What becomes of the sums. */
export type TokenOutput = (typeof TOKEN_OUTPUTS)[number];

/** Which `broadcastU8S8` kernel. */
export interface BroadcastU8S8Options {
  /** Instruction set. */
  readonly target: Target;
  /** Tokens at once: 1 to {@linkcode mostByteTokens}. */
  readonly tokens: number;
  /** Bytes from one token's activations to the next. */
  readonly xStride: number;
  /** Bytes from one token's outputs to the next. */
  readonly yStride: number;
  /** What is stored. */
  readonly output: TokenOutput;
  /** Whether every block is stored; default false. */
  readonly dense?: boolean;
}

/** What one call of `broadcastU8S8` works on. */
export interface BroadcastU8S8Arguments {
  /** First token's activations; readable to the end of its last turn of blocks. */
  readonly x: number;
  /** First token's outputs of the first block; `blocks * 16` of each token are overwritten. May not overlap x. */
  readonly y: number;
  /** Address of the packed values. */
  readonly values: number;
  /** Address of the packed offsets; 0 if dense. */
  readonly offsets: number;
  /** Address of the packed counts; 0 if dense. */
  readonly counts: number;
  /** Address of `blocks * 16` int32: bias less `zeroPoint * Σ weights` of the row. */
  readonly bias: number;
  /** Address of `blocks * 16` float32; 0 if the output is int32. */
  readonly scales: number;
  /** Address of `outputLimits`; 0 if the output is int32. */
  readonly limits: number;
  /** Columns of the matrix. Only the dense kernel reads it. */
  readonly cols: number;
  /** Row blocks to compute. */
  readonly blocks: number;
}

const SLOTS = [
  "x",
  "y",
  "values",
  "offsets",
  "counts",
  "bias",
  "scales",
  "limits",
  "turns",
  "blocks",
] as const;
type Slot = (typeof SLOTS)[number];

// registers for sums: what dot products and a held broadcast of each token leave
const MOST_TOKENS: Readonly<Record<Target, number>> = {
  avx512: 12,
  avx2: 4,
  wasm_relaxed: 2,
  wasm: 2,
};
// a dot product takes 5 cycles and two start in each
const CHAINS = 10;
const MOST_SETS = 4;

/** The most tokens of one call. */
export function mostByteTokens(target: Target): number {
  return MOST_TOKENS[target];
}

/** Bytes of a value of the output. */
export function tokenOutputBytes(output: TokenOutput): number {
  return output === "uint8" ? 1 : 4;
}

/**
 * The `broadcastU8S8` kernel.
 *
 * @throws {RangeError} If there are too many tokens.
 */
export function broadcastU8S8(options: BroadcastU8S8Options): Op<BroadcastU8S8Arguments> {
  const { target, tokens, xStride, yStride, output, dense = false } = options;
  const most = mostByteTokens(target);
  if (!Number.isInteger(tokens) || tokens < 1 || tokens > most) {
    throw new RangeError(
      `Cannot multiply ${tokens} tokens at once on ${target}: expected 1 to ${most}`,
    );
  }
  return defineOp<Slot, BroadcastU8S8Arguments>({
    id: [
      ...["broadcast_u8s8_16x4", target, output],
      ...dense ? ["dense"] : [],
      tokens,
      ...tokens > 1 ? [xStride, yStride] : [],
    ].join("_"),
    slots: SLOTS,
    derive: (named) => ({
      ...named,
      turns: Math.ceil(named.cols / QUAD / QUAD_BLOCK_UNROLL),
    }),
    emit: (machine, argument) => emitBroadcast({ machine, argument, options }),
  });
}

interface Context {
  readonly machine: VectorMachine;
  readonly argument: Arguments<Slot>;
  readonly options: BroadcastU8S8Options;
}

/** Sums of a block: `[token][vector]`. */
type Sums = Accumulators;

function emitBroadcast(context: Context): void {
  const { machine, argument, options: { target, tokens, dense } } = context;
  const [x, y, values] = [argument("x"), argument("y"), argument("values")];
  // the offset of a dense block is counted instead of read
  const offsets = dense ? machine.scalar() : argument("offsets");
  // 4 bytes a row block: the place in counts, and times 16 that in bias and scales
  const block = machine.scalar();
  machine.move(block, 0);
  const vectors = QUAD_BLOCK_ROWS / LANES[target];
  const room = machine.byteVectors - tokens - 1;
  const sets = Math.max(
    1,
    Math.min(
      MOST_SETS,
      Math.ceil(CHAINS / (tokens * vectors)),
      Math.floor(room / tokens / vectors),
    ),
  );
  machine.repeat(argument("blocks"), () => {
    const sums = Array.from({ length: sets }, () => takeAccumulators(machine, tokens, vectors));
    startSums(context, sums, block);
    if (dense) machine.move(offsets, 0);
    machine.scope(() => {
      const count = dense ? argument("turns") : machine.scalar();
      if (!dense) {
        machine.scope(() => machine.loadU32(count, { base: argument("counts"), index: block }));
      }
      machine.repeat(count, () => emitTurn(context, sums, x, values, offsets));
    });
    for (const other of sums.slice(1)) {
      other.forEach((row, t) =>
        row.forEach((sum, v) => machine.addInt32(sums[0]![t]![v]!, sums[0]![t]![v]!, sum))
      );
    }
    finishSums(context, sums[0]!, y, block);
    machine.increase(block, 4);
  });
}

/** Runs `body` with the address of this block's part of an array of one value of 4 bytes a row. */
function withRows(
  { machine, argument }: Context,
  slot: Slot,
  block: Scalar,
  body: (at: Scalar) => void,
): void {
  machine.scope(() => {
    const [at, down] = [argument(slot), machine.scalar()];
    machine.move(down, block);
    machine.shiftLeft(down, Math.log2(QUAD_BLOCK_ROWS));
    machine.increase(at, down);
    body(at);
  });
}

function startSums(context: Context, [first, ...others]: readonly Sums[], block: Scalar): void {
  const { machine } = context;
  withRows(
    context,
    "bias",
    block,
    (bias) =>
      first!.forEach((row) =>
        row.forEach((sum, v) => machine.load(sum, { base: bias, disp: 4 * machine.lanes * v }))
      ),
  );
  for (const sum of others.flat(2)) machine.zero(sum);
}

/** One turn: blocks go round the sets of sums. */
function emitTurn(
  { machine, options: { tokens, xStride, dense } }: Context,
  sums: readonly Sums[],
  x: Scalar,
  values: Scalar,
  offsets: Scalar,
): void {
  const blockBytes = QUAD * QUAD_BLOCK_ROWS;
  machine.scope(() => {
    const index = dense ? offsets : machine.scalar();
    const activations = Array.from({ length: tokens }, () => machine.vector());
    for (let i = 0; i < QUAD_BLOCK_UNROLL; i++) {
      if (!dense) machine.loadU32(index, { base: offsets, disp: 4 * i });
      activations.forEach((activation, token) =>
        machine.broadcast(activation, {
          base: x,
          index,
          disp: token * xStride + (dense ? QUAD * i : 0),
        })
      );
      multiplyBlock(machine, sums[i % sums.length]!, activations, values, i * blockBytes);
    }
  });
  machine.increase(values, QUAD_BLOCK_UNROLL * blockBytes);
  machine.increase(offsets, QUAD_BLOCK_UNROLL * 4);
}

function multiplyBlock(
  machine: VectorMachine,
  sums: Sums,
  activations: readonly Vector[],
  values: Scalar,
  disp: number,
): void {
  sums[0]!.forEach((_, v) => {
    const place = { base: values, disp: disp + 4 * machine.lanes * v };
    if (activations.length === 1) return machine.dotU8S8(sums[0]![v]!, activations[0]!, place);
    machine.scope(() => {
      const weights = machine.vector();
      machine.load(weights, place);
      activations.forEach((activation, t) => machine.dotU8S8(sums[t]![v]!, activation, weights));
    });
  });
}

function finishSums(context: Context, sums: Sums, y: Scalar, block: Scalar): void {
  const { machine, argument, options: { output, yStride } } = context;
  const bytes = output === "uint8";
  if (output !== "int32") {
    machine.scope(() => {
      const limits = loadLimits(machine, () => ({ base: argument("limits") }), bytes);
      const factor = machine.vector();
      withRows(context, "scales", block, (scales) =>
        sums[0]!.forEach((_, v) => {
          machine.load(factor, { base: scales, disp: 4 * machine.lanes * v });
          for (const row of sums) rescale(machine, row[v]!, factor, limits);
        }));
    });
  }
  const size = tokenOutputBytes(output);
  sums.forEach((row, token) =>
    row.forEach((sum, v) => {
      const to = { base: y, disp: token * yStride + size * machine.lanes * v };
      if (bytes) machine.storeU8Lanes(to, sum);
      else machine.store(to, sum);
    })
  );
  machine.increase(y, size * QUAD_BLOCK_ROWS);
}
