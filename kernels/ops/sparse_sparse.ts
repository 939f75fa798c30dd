/**
 * Sparse activations times a sparse matrix: `y += W · x` of one row, float32, by the activations that are not zero.
 *
 * Idea: only what is not zero on either side is touched. A list of activations (see `compress_row.ts`) names for each the
 * record of its input (see `formats/column_records`): columns of R weights, each of which is multiplied with the one
 * activation and added to R outputs in memory. Columns along the outputs need no scatter.
 *
 * Layout: y is any float32 memory; where a column adds is in its record, so that a convolution is the same walk with other
 * offsets.
 *
 * Cost: a column takes two loads, a multiply-add, a store and the loop: 1.1 to 1.5 cycles if R fits a vector. An
 * activation besides costs its record's first cache line and a mispredicted loop end, about 20 cycles.
 *
 * Limits: one store a cycle on many processors; where the records come from the third-level cache, its latency, which is
 * why the records of later activations are prefetched. With R = 1 lanes are wasted, and a column is one weight.
 *
 * @module
 */
import type { Scalar, Target, Vector, VectorMachine } from "../machine.ts";
import { type Arguments, defineOp, type Op } from "./op.ts";
import { LANES } from "./tile.ts";

/** Which `sparseSparse` kernel. */
export interface SparseSparseOptions {
  /** Instruction set. */
  readonly target: Target;
  /** R: outputs of a column: 1, 4, or a multiple of the lanes of 8 or 16. */
  readonly rowsPerBlock: number;
  /** Whether offsets of outputs are 32 instead of 16 bits; default false. */
  readonly wide?: boolean;
}

/** What one call of `sparseSparse` works on. */
export interface SparseSparseArguments {
  /** Values of the activations. */
  readonly values: number;
  /** Byte offset of the record of each; 16 more are read, of which nothing is used. */
  readonly offsets: number;
  /** Address of one uint32: how many activations there are. */
  readonly count: number;
  /** Where the records begin. */
  readonly records: number;
  /** What the offsets in the records count from. */
  readonly y: number;
}

const SLOTS = ["values", "offsets", "count", "records", "y"] as const;
type Slot = (typeof SLOTS)[number];

/** Activations between a prefetch and its use: at some 30 cycles each, longer than the third-level cache takes. */
const AHEAD = 8;
/** Cache lines of a record that are prefetched. */
const LINES = 3;

/**
 * The `sparseSparse` kernel.
 *
 * @throws {RangeError} If a column is not 1 output or a multiple of 4.
 */
export function sparseSparse(options: SparseSparseOptions): Op<SparseSparseArguments> {
  const { target, rowsPerBlock, wide = false } = options;
  if (rowsPerBlock !== 1 && !(rowsPerBlock > 0 && rowsPerBlock % 4 === 0)) {
    throw new RangeError(
      `Cannot multiply columns of ${rowsPerBlock} outputs: expected 1 or a multiple of 4`,
    );
  }
  const lanes = [16, 8].find((n) => n <= LANES[target] && rowsPerBlock % n === 0) ?? 4;
  return defineOp<Slot, SparseSparseArguments>({
    id: `sparse_sparse_f32_${rowsPerBlock}x1_${target}${wide ? "_wide" : ""}`,
    slots: SLOTS,
    ...lanes < LANES[target] && { lanes },
    derive: (named) => ({ ...named }),
    emit: (machine, argument) => emitWalk(machine, argument, rowsPerBlock, wide ? 4 : 2),
  });
}

function emitWalk(
  machine: VectorMachine,
  argument: Arguments<Slot>,
  rowsPerBlock: number,
  offsetBytes: 2 | 4,
): void {
  const [values, offsets] = [argument("values"), argument("offsets")];
  const [records, y] = [argument("records"), argument("y")];
  const active = machine.scalar();
  machine.scope(() => machine.loadU32(active, { base: argument("count") }));
  machine.countDown(active, () => {
    const activation = machine.vector();
    machine.broadcast(activation, { base: values });
    prefetchLater(machine, offsets, records);
    const [record, weights, count] = [machine.scalar(), machine.scalar(), machine.scalar()];
    machine.loadU32(record, { base: offsets });
    machine.increase(record, records);
    machine.loadU32(count, { base: record });
    machine.loadU32(weights, { base: record, disp: 4 });
    machine.increase(weights, record);
    machine.countDown(count, () => {
      addColumn(machine, activation, { record, weights, y }, rowsPerBlock, offsetBytes);
      machine.increase(record, offsetBytes);
      machine.increase(weights, 4 * rowsPerBlock);
    });
    for (const pointer of [values, offsets]) machine.increase(pointer, 4);
  });
}

/** The list behind the last entry names records too, or is anything: a prefetch may miss. */
function prefetchLater(machine: VectorMachine, offsets: Scalar, records: Scalar): void {
  machine.scope(() => {
    const later = machine.scalar();
    machine.loadU32(later, { base: offsets, disp: 4 * AHEAD });
    machine.increase(later, records);
    for (let line = 0; line < LINES; line++) machine.prefetch({ base: later, disp: 64 * line });
  });
}

function addColumn(
  machine: VectorMachine,
  activation: Vector,
  { record, weights, y }: { record: Scalar; weights: Scalar; y: Scalar },
  rowsPerBlock: number,
  offsetBytes: 2 | 4,
): void {
  machine.scope(() => {
    const index = machine.scalar();
    const sum = machine.vector();
    const place = { base: record, disp: 8 };
    offsetBytes === 4 ? machine.loadU32(index, place) : machine.loadU16(index, place);
    if (rowsPerBlock === 1) {
      const weight = machine.vector();
      machine.broadcast(sum, { base: y, index });
      machine.broadcast(weight, { base: weights });
      machine.fma(sum, activation, weight);
      return machine.storeLane0({ base: y, index }, sum);
    }
    for (let row = 0; row < rowsPerBlock; row += machine.lanes) {
      const at = { base: y, index, disp: 4 * row };
      machine.load(sum, at);
      machine.fma(sum, activation, { base: weights, disp: 4 * row });
      machine.store(at, sum);
    }
  });
}
