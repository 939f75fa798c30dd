/**
 * The activations of a row that count, as a list: their values, and where the weights of their inputs begin.
 *
 * Idea: each vector is compared with zero or a threshold; the lanes that are kept are stored next to each other, and so
 * are the same lanes of a table of starts, so that the product need not look them up.
 *
 * Layout: one row of float32, padded to 16; lists have room for the padded row and one vector more.
 *
 * Cost: a load of both, a comparison and two compressions a vector: 6 to 12 cycles.
 *
 * Limits: the compressions, which are two micro-operations and a count of bits each.
 *
 * @module
 */
import type { Target } from "../machine.ts";
import { defineOp, type Op } from "./op.ts";
import { LANES } from "./tile.ts";

/** Which `compressRow` kernel. */
export interface CompressOptions {
  /** Instruction set. */
  readonly target: Target;
  /**
   * Which activations are kept: those that are not zero, or those that are not below a threshold, of which equals are all
   * kept. A NaN is kept by both.
   */
  readonly keep: "non-zeros" | "winners";
}

/** What one call of `compressRow` works on. */
export interface CompressArguments {
  /** The row. What is kept of the padding must find an empty record. */
  readonly x: number;
  /** Activations of the row, padding included: a multiple of 16. */
  readonly length: number;
  /** 16 equal float32; ignored for non-zeros. */
  readonly threshold?: number;
  /** `length` uint32: byte offset of each input's record. */
  readonly starts: number;
  /** `length + 16` float32, overwritten: the values that are kept, then anything. */
  readonly values: number;
  /** `length + 16` uint32, overwritten: the starts of those that are kept, then anything. */
  readonly offsets: number;
  /** One uint32, overwritten: how many are kept. */
  readonly count: number;
}

const SLOTS = ["x", "vectors", "threshold", "starts", "values", "offsets", "count"] as const;

/** The `compressRow` kernel. */
export function compressRow({ target, keep }: CompressOptions): Op<CompressArguments> {
  const lanes = LANES[target];
  return defineOp<(typeof SLOTS)[number], CompressArguments>({
    id: `compress_row_f32_${keep === "winners" ? "winners" : "nonzeros"}_${target}`,
    slots: SLOTS,
    derive: ({ length, threshold = 0, ...named }) => ({
      ...named,
      threshold,
      vectors: length / lanes,
    }),
    emit: (machine, argument) => {
      const [x, starts] = [argument("x"), argument("starts")];
      const [values, offsets] = [argument("values"), argument("offsets")];
      const [kept, listed] = [machine.scalar(), machine.scalar()];
      machine.move(kept, 0);
      machine.move(listed, 0);
      const [zero, all, value, start, mask] = Array.from({ length: 5 }, () => machine.vector());
      const limit = keep === "winners" ? machine.vector() : zero!;
      machine.zero(zero!);
      machine.constantBits(all!, 0xffff_ffff);
      if (keep === "winners") {
        machine.scope(() => machine.load(limit, { base: argument("threshold") }));
      }
      machine.repeat(argument("vectors"), () => {
        machine.load(value!, { base: x });
        machine.load(start!, { base: starts });
        machine.select(mask!, value!, keep === "winners" ? "lt" : "eq", limit, zero!, all!);
        machine.compress({ base: values, index: kept }, value!, mask!, kept);
        machine.compress({ base: offsets, index: listed }, start!, mask!, listed);
        for (const pointer of [x, starts]) machine.increase(pointer, 4 * lanes);
      });
      machine.scope(() => {
        const count = argument("count");
        machine.storeU32({ base: count }, kept);
        // bytes to values
        machine.broadcast(value!, { base: count });
        machine.shiftRightInt32(value!, value!, 2);
        machine.storeLane0({ base: count }, value!);
      });
    },
  });
}
