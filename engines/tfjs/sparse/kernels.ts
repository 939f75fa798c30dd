/**
 * Kernels of sparse linear layers in training, besides the product on panels itself: between rows and panels, and products at chosen
 * places.
 *
 * @module
 */
import {
  type Scalar,
  type Target,
  transposeGroups,
  type Vector,
  type VectorMachine,
} from "../../../kernels/mod.ts";
import { type BlockKernel, defineBlockKernel } from "../block_kernel.ts";

const FLOAT = 4;

/** Columns that {@linkcode transposeRows} takes at once; their number must divide by this. */
export const QUAD = 4;

/**
 * `to[col][row] = from[row][col]`: rows of tokens become panels, and panels rows.
 *
 * Idea: a vector takes 4 columns of as many rows as it has groups of 4 lanes; four of them, transposed in their groups, are 4 columns of
 * 16, 8 or 4 rows in order.
 *
 * Layout: `bands` bands of as many rows as a vector has lanes, `quads` quads of columns; `fromBytes` from row to row, `toBytes` from column to column of
 * the result.
 *
 * Cost: 4 loads of groups, 8 operations and 4 stores for 4 vectors. Limits: the second-level cache.
 */
export function transposeRows(
  target: Target,
): BlockKernel<"from" | "to" | "fromBytes" | "toBytes" | "bands" | "quads"> {
  return defineBlockKernel(
    `transpose_rows_f32_${target}`,
    ["from", "to", "fromBytes", "toBytes", "bands", "quads"],
    (machine, load) => {
      const { lanes } = machine;
      const [row, to] = [load.address("from"), load.address("to")];
      machine.countDown(load.value("bands"), () => {
        const [column, place] = [machine.scalar(), machine.scalar()];
        machine.move(column, row);
        machine.move(place, to);
        machine.countDown(load.value("quads"), () => {
          emitQuad(
            machine,
            column,
            place,
            () => load.value("fromBytes"),
            () => load.value("toBytes"),
          );
          machine.increase(column, QUAD * FLOAT);
        });
        machine.increase(to, lanes * FLOAT);
        machine.scope(() => {
          const bytes = load.value("fromBytes");
          machine.shiftLeft(bytes, Math.log2(lanes));
          machine.increase(row, bytes);
        });
      });
    },
  );
}

/** Four columns of a band; `place` moves on over them. */
function emitQuad(
  machine: VectorMachine,
  column: Scalar,
  place: Scalar,
  fromBytes: () => Scalar,
  toBytes: () => Scalar,
): void {
  machine.scope(() => {
    const vectors = Array.from({ length: QUAD }, () => machine.vector()) as [
      Vector,
      Vector,
      Vector,
      Vector,
    ]; // four were taken
    const bytes = fromBytes();
    const four = machine.scalar();
    machine.move(four, bytes);
    machine.shiftLeft(four, 2);
    // Group g of vector j holds row 4 g + j.
    const groups = Array.from({ length: machine.lanes / 4 }, (_, group) => {
      const at = machine.scalar();
      if (group === 0) machine.move(at, column);
      return at;
    });
    groups.slice(1).forEach((at, i) => {
      machine.move(at, groups[i]!);
      machine.increase(at, four);
    });
    for (const vector of vectors) {
      machine.loadGroups(vector, groups.map((base) => ({ base })));
      for (const at of groups) machine.increase(at, bytes);
    }
    transposeGroups(machine, vectors);
    const step = toBytes();
    for (const vector of vectors) {
      machine.store({ base: place }, vector);
      machine.increase(place, step);
    }
  });
}

/** Tokens of a panel of {@linkcode sampleProducts}. */
export const SAMPLE_LANES = 1024;
/** Bytes from row to row of such a panel: a line more than the tokens take, so that rows do not meet in the same sets of a cache. */
export const SAMPLE_ROW_BYTES: number = SAMPLE_LANES * FLOAT + 64;

/** How many sums {@linkcode sampleProducts} keeps at once: `rows` times `cols`. */
export interface SampleTile {
  /** Rows of a block. */
  readonly rows: number;
  /** Columns that are taken together. */
  readonly cols: number;
}

/** The tile for blocks of 4, 2 or 1 rows: as many columns as registers hold, four at most. */
export function sampleTile(target: Target, rows: number): SampleTile {
  const vectors = { avx512: 32, avx2: 16, wasm_relaxed: 12, wasm: 12 }[target];
  const most = Math.floor((vectors - rows - 1) / rows);
  return { rows, cols: most >= 4 ? 4 : most >= 2 ? 2 : 1 };
}

/**
 * Sums over the tokens of `dy[row] · x[col]`, for the rows and columns that a list names: the gradient by weights that are kept.
 *
 * Idea: blocks of R rows by C columns, R · C sums of vectors in registers; what is loaded for a row or a column serves all of its block.
 * The lanes are added up once, behind all tokens.
 *
 * Layout: x and dy are panels of {@linkcode SAMPLE_LANES} tokens, rows {@linkcode SAMPLE_ROW_BYTES} apart, of which the first `vectors`
 * vectors count. The list, in 32-bit words: for each of `blocks` blocks the byte offset of its first row and a number of groups; for
 * each group the byte offsets of C columns. `sums` gets R · C floats a group, row by row.
 *
 * Cost: R + C loads for R · C multiply-adds a vector; 3 operations and 4 shuffles a sum at the end. Limits: loads for R = 1, else arithmetic.
 */
export function sampleProducts(
  target: Target,
  { rows, cols }: SampleTile,
): BlockKernel<"x" | "dy" | "list" | "sums" | "blocks" | "vectors"> {
  return defineBlockKernel(
    `sample_products_f32_${rows}x${cols}_${target}`,
    ["x", "dy", "list", "sums", "blocks", "vectors"],
    (machine, load) => {
      const [list, to] = [load.address("list"), load.address("sums")];
      machine.countDown(load.value("blocks"), () => {
        const [dy, groups] = [machine.scalar(), machine.scalar()];
        machine.loadU32(dy, { base: list });
        machine.loadU32(groups, { base: list, disp: 4 });
        machine.increase(list, 8);
        machine.scope(() => machine.increase(dy, load.address("dy")));
        machine.countDown(groups, () => {
          const sums = Array.from(
            { length: rows },
            () => Array.from({ length: cols }, () => machine.vector()),
          );
          machine.scope(() => addGroup(machine, load, list, dy, sums));
          machine.increase(list, cols * 4);
          for (const sum of sums.flat()) {
            machine.addAcross(sum, sum);
            machine.storeLane0({ base: to }, sum);
            machine.increase(to, FLOAT);
          }
        });
      });
    },
  );
}

function addGroup(
  machine: VectorMachine,
  load: { value(name: "vectors"): Scalar; address(name: "x"): Scalar },
  list: Scalar,
  dy: Scalar,
  sums: readonly (readonly Vector[])[],
): void {
  const columns = sums[0]!.map((_, i) => {
    const column = machine.scalar();
    machine.loadU32(column, { base: list, disp: 4 * i });
    return column;
  });
  machine.scope(() => {
    const x = load.address("x");
    for (const column of columns) machine.increase(column, x);
  });
  for (const sum of sums.flat()) machine.zero(sum);
  const at = machine.scalar();
  machine.move(at, 0);
  machine.countDown(load.value("vectors"), () => {
    const rows = sums.map((_, r) => {
      const row = machine.vector();
      machine.load(row, { base: dy, index: at, disp: r * SAMPLE_ROW_BYTES });
      return row;
    });
    const value = machine.vector();
    columns.forEach((base, c) => {
      machine.load(value, { base, index: at });
      rows.forEach((row, r) => machine.fma(sums[r]![c]!, row, value));
    });
    machine.increase(at, machine.lanes * FLOAT);
  });
}
