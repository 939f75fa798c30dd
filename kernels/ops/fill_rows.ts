/**
 * Copies one row to many: what outputs are before anything is added to them.
 *
 * Cost: a load and a store a vector. Limits: stores.
 *
 * @module
 */
import type { Target } from "../machine.ts";
import { defineOp, type Op } from "./op.ts";
import { LANES } from "./tile.ts";

/** What one call of `fillRows` works on. */
export interface FillRowsArguments {
  /** The row that is copied. */
  readonly from: number;
  /** The first row that is overwritten; the others lie behind it. */
  readonly to: number;
  /** float32 of a row, a multiple of 16. */
  readonly length: number;
  /** Rows. */
  readonly rows: number;
}

/** The `fillRows` kernel. */
export function fillRows({ target }: { readonly target: Target }): Op<FillRowsArguments> {
  const lanes = LANES[target];
  return defineOp({
    id: `fill_rows_f32_${target}`,
    slots: ["from", "to", "vectors", "rows"],
    derive: ({ from, to, length, rows }: FillRowsArguments) => ({
      from,
      to,
      vectors: length / lanes,
      rows,
    }),
    emit: (machine, argument) => {
      const [from, to, vectors] = [argument("from"), argument("to"), argument("vectors")];
      const value = machine.vector();
      machine.repeat(argument("rows"), () => {
        const at = machine.scalar();
        machine.move(at, from);
        machine.repeat(vectors, () => {
          machine.load(value, { base: at });
          machine.store({ base: to }, value);
          for (const pointer of [at, to]) machine.increase(pointer, 4 * lanes);
        });
      });
    },
  });
}
