/**
 * Matrix products for training: two kernels that arrange the operands and one that multiplies.
 *
 * Idea: `c = a · b` in tiles of R rows by V vectors that stay in registers. For every k, a tile needs R values of `a` and V vectors of
 * `b`; arranged as *strips* `[strip][k][width]` (width R for `a`, V vectors for `b`) both are read from first byte to last, however
 * the operands were stored and transposed. A strip of `b` (k · V vectors) stays in L1 while all of `a` passes.
 *
 * Layout: offsets in bytes from the parameter block, whose address is the only argument; all parameters are u32.
 *
 * Cost: per tile and k, R + V loads and R · V multiply-adds. Arranging touches each operand once, `1/n` and `1/m` of the work.
 * Limits: multiply-adds for n, m of 64 and more; arranging below.
 *
 * @module
 */
import { LANES, type Scalar, type Target, type VectorMachine } from "../../kernels/mod.ts";
import { type BlockKernel, defineBlockKernel, type Load } from "./block_kernel.ts";

/** Rows and columns of a tile. */
export interface TileSize {
  /** Rows (R): width of a strip of `a`. */
  readonly rows: number;
  /** Columns (V vectors): width of a strip of `b`. */
  readonly cols: number;
}

const TILES: Readonly<Record<Target, { readonly rows: number; readonly vectors: number }>> = {
  avx512: { rows: 8, vectors: 2 },
  avx2: { rows: 4, vectors: 2 },
  wasm_relaxed: { rows: 4, vectors: 2 },
  wasm: { rows: 4, vectors: 2 },
};

/** The tile of a target. */
export function tileSize(target: Target): TileSize {
  const { rows, vectors } = TILES[target];
  return { rows, cols: vectors * LANES[target] };
}

const FLOAT = 4;

/** Columns that {@linkcode arrangeRows} takes at once: a block of the widest strip is 16 KiB, and stays in L1 until all its rows are in. */
const BLOCK = 128;

/**
 * Strips from a matrix in which k runs along: `to[strip][k][i] = from[strip · width + i][k]`.
 *
 * `rowBytes` from row to row of `from`; `strips` strips. k is divided as {@linkcode divideColumns} says. `batch` matrices, `fromBytes` from
 * one to the next, their strips one behind the other. Reads run along rows, writes step by `4 · width`.
 */
export function arrangeRows(target: Target, width: number): BlockKernel<RowsName> {
  return defineBlockKernel(
    `arrange_rows_f32_${target}_${width}`,
    ["from", "to", "rowBytes", "strips", "blocks", "quads", "rest", "batch", "fromBytes"],
    (machine, load) => {
      const [matrix, to] = [load.address("from"), load.address("to")];
      machine.countDown(load.value("batch"), () => {
        const from = machine.scalar();
        machine.move(from, matrix);
        machine.scope(() =>
          machine.countDown(load.value("strips"), () => {
            arrangeStrip(machine, load, width, from, to);
          })
        );
        machine.increase(matrix, load.value("fromBytes"));
      });
    },
  );
}

type RowsName =
  | ("from" | "to" | "rowBytes" | "strips" | "batch" | "fromBytes")
  | keyof Columns;

/** One strip; `from` and `to` move on over it. */
function arrangeStrip(
  machine: VectorMachine,
  load: Load<RowsName>,
  width: number,
  from: Scalar,
  to: Scalar,
): void {
  machine.scope(() => {
    const column = machine.scalar();
    machine.move(column, from);
    machine.scope(() =>
      machine.countDown(load.value("blocks"), () => {
        emitRows(machine, load, width, column, to, (source, place) =>
          machine.repeat(BLOCK / 4, () =>
            copyDown(machine, source, place, width, 4)));
        machine.increase(column, BLOCK * FLOAT);
        machine.increase(to, BLOCK * width * FLOAT);
      })
    );
    emitRows(machine, load, width, column, to, (source, place) => {
      for (const [name, count] of [["quads", 4], ["rest", 1]] as const) {
        machine.scope(() =>
          machine.countDown(
            load.value(name),
            () => copyDown(machine, source, place, width, count),
          )
        );
      }
    });
  });
  advance(machine, to, load, width);
  machine.scope(() => {
    const bytes = load.value("rowBytes");
    machine.shiftLeft(bytes, Math.log2(width));
    machine.increase(from, bytes);
  });
}

/** How {@linkcode arrangeRows} divides columns: into blocks, what is left into groups of four, and single ones. */
export interface Columns {
  /** Blocks of 128. */
  readonly blocks: number;
  /** Groups of four behind them. */
  readonly quads: number;
  /** Columns behind those. */
  readonly rest: number;
}

/** Divides k columns. */
export function divideColumns(k: number): Columns {
  const left = k % BLOCK;
  return { blocks: (k - left) / BLOCK, quads: Math.floor(left / 4), rest: left % 4 };
}

/** Runs `body` for the rows of a strip: with where a row is read from, and where it begins in the strip. */
function emitRows(
  machine: VectorMachine,
  load: Load<"rowBytes">,
  width: number,
  from: Scalar,
  to: Scalar,
  body: (source: Scalar, place: Scalar) => void,
): void {
  machine.scope(() => {
    const [row, start] = [machine.scalar(), machine.scalar()];
    machine.move(row, from);
    machine.move(start, to);
    machine.repeat(width, () => {
      const [source, place] = [machine.scalar(), machine.scalar()];
      machine.move(source, row);
      machine.move(place, start);
      body(source, place);
      machine.scope(() => machine.increase(row, load.value("rowBytes")));
      machine.increase(start, FLOAT);
    });
  });
}

/** Copies `count` floats of a row down a strip. */
function copyDown(
  machine: VectorMachine,
  source: Scalar,
  place: Scalar,
  width: number,
  count: number,
): void {
  machine.scope(() => {
    const value = machine.scalar();
    for (let i = 0; i < count; i++) {
      machine.loadU32(value, { base: source, disp: i * FLOAT });
      machine.storeU32({ base: place, disp: i * width * FLOAT }, value);
    }
    machine.increase(source, count * FLOAT);
    machine.increase(place, count * width * FLOAT);
  });
}

/** Moves a pointer over the columns behind the blocks: `(4 · quads + rest) · width` floats. */
function advance(
  machine: VectorMachine,
  pointer: Scalar,
  load: Load<"quads" | "rest">,
  width: number,
): void {
  const step = Math.log2(width * FLOAT);
  for (const [name, bits] of [["quads", step + 2], ["rest", step]] as const) {
    machine.scope(() => {
      const bytes = load.value(name);
      machine.shiftLeft(bytes, bits);
      machine.increase(pointer, bytes);
    });
  }
}

/**
 * Strips from a matrix in which k runs down: `to[strip][k][i] = from[k][strip · width + i]`.
 *
 * `rowBytes` from k to k of `from`; `strips` strips; `k` rows. `batch` matrices, `fromBytes` from one to the next, their strips one
 * behind the other.
 */
export function arrangeColumns(target: Target, width: number): BlockKernel<
  "from" | "to" | "rowBytes" | "strips" | "k" | "batch" | "fromBytes"
> {
  const kernel = defineBlockKernel<
    "from" | "to" | "rowBytes" | "strips" | "k" | "batch" | "fromBytes"
  >(
    `arrange_columns_f32_${target}_${width}`,
    ["from", "to", "rowBytes", "strips", "k", "batch", "fromBytes"],
    (machine, load) => {
      const [matrix, to] = [load.address("from"), load.address("to")];
      machine.repeat(load.value("batch"), () => {
        const from = machine.scalar();
        machine.move(from, matrix);
        machine.scope(() =>
          machine.repeat(load.value("strips"), () => {
            const source = machine.scalar();
            machine.move(source, from);
            const rowBytes = load.value("rowBytes");
            machine.repeat(load.value("k"), () => {
              copyRun(machine, source, to, width);
              machine.increase(source, rowBytes);
              machine.increase(to, width * FLOAT);
            });
            machine.increase(from, width * FLOAT);
          })
        );
        machine.increase(matrix, load.value("fromBytes"));
      });
    },
  );
  // Strips narrower than a vector are copied by narrower vectors.
  return width < LANES[target] ? { ...kernel, lanes: width } : kernel;
}

/** Copies `width` floats, by vectors where they fit. */
function copyRun(machine: VectorMachine, from: Scalar, to: Scalar, width: number): void {
  const { lanes } = machine;
  machine.scope(() => {
    if (width % lanes === 0) {
      const vector = machine.vector();
      for (let i = 0; i < width; i += lanes) {
        machine.load(vector, { base: from, disp: i * FLOAT });
        machine.store({ base: to, disp: i * FLOAT }, vector);
      }
      return;
    }
    const word = machine.scalar();
    for (let i = 0; i < width; i++) {
      machine.loadU32(word, { base: from, disp: i * FLOAT });
      machine.storeU32({ base: to, disp: i * FLOAT }, word);
    }
  });
}

/**
 * `c = a · b + bias` from strips. `c` is row-major with whole tiles; `bias` holds one value for each column of `c`.
 *
 * `aStrips` · rows rows and `bStrips` · cols columns; `rowBytes` from row to row of `c`. `batch` products with all strips of `b` one behind
 * the other; `aBytes` from the strips of `a` of one to those of the next, `bBytes` and `cBytes` from where a product's strips of `b` and
 * columns of `c` end to where the next one's begin.
 */
export function multiplyStrips(target: Target): BlockKernel<StripsName> {
  const { rows, cols } = tileSize(target);
  return defineBlockKernel(
    `multiply_strips_f32_${target}`,
    STRIPS_NAMES,
    (machine, load) => {
      const [first, b, c] = [load.address("a"), load.address("b"), load.address("c")];
      machine.countDown(load.value("batch"), () => {
        machine.scope(() => {
          const bias = load.address("bias");
          machine.countDown(load.value("bStrips"), () => {
            const [a, place] = [machine.scalar(), machine.scalar()];
            machine.move(a, first);
            machine.move(place, c);
            machine.countDown(load.value("aStrips"), () => {
              multiplyTile(machine, load, { rows, cols }, { a, b, bias, place });
            });
            for (const pointer of [c, bias]) machine.increase(pointer, cols * FLOAT);
            machine.increase(b, load.value("stripBytes"));
          });
        });
        machine.scope(() => machine.increase(first, load.value("aBytes")));
        machine.scope(() => machine.increase(b, load.value("bBytes")));
        machine.scope(() => machine.increase(c, load.value("cBytes")));
      });
    },
  );
}

const STRIPS_NAMES = [
  "a",
  "b",
  "c",
  "bias",
  "k",
  "rowBytes",
  "stripBytes",
  "aStrips",
  "bStrips",
  "batch",
  "aBytes",
  "bBytes",
  "cBytes",
] as const;

type StripsName = (typeof STRIPS_NAMES)[number];

/** Where a tile reads and writes. `a` and `place` move on to the next tile below. */
interface TilePlaces {
  readonly a: Scalar;
  readonly b: Scalar;
  readonly bias: Scalar;
  readonly place: Scalar;
}

/** One tile of the result. */
function multiplyTile(
  machine: VectorMachine,
  load: Load<"k" | "rowBytes">,
  { rows, cols }: TileSize,
  { a, b, bias, place }: TilePlaces,
): void {
  const bytes = machine.lanes * FLOAT;
  const sums = Array.from(
    { length: rows },
    () => Array.from({ length: cols / machine.lanes }, () => machine.vector()),
  );
  for (const row of sums) {
    row.forEach((sum, v) => machine.load(sum, { base: bias, disp: v * bytes }));
  }
  addProducts(machine, load, sums, a, b);
  machine.scope(() => {
    const rowBytes = load.value("rowBytes");
    for (const row of sums) {
      row.forEach((sum, v) => machine.store({ base: place, disp: v * bytes }, sum));
      machine.increase(place, rowBytes);
    }
  });
}

/** All k of one tile. `a` moves on by a strip, `b` stays. */
function addProducts(
  machine: VectorMachine,
  load: Load<"k">,
  sums: readonly (readonly ReturnType<VectorMachine["vector"]>[])[],
  a: Scalar,
  b: Scalar,
): void {
  const bytes = machine.lanes * FLOAT;
  machine.scope(() => {
    const at = machine.scalar();
    machine.move(at, b);
    const values = sums[0]!.map(() => machine.vector());
    const factor = machine.vector();
    machine.countDown(load.value("k"), () => {
      values.forEach((value, v) => machine.load(value, { base: at, disp: v * bytes }));
      sums.forEach((row, r) => {
        machine.broadcast(factor, { base: a, disp: r * FLOAT });
        row.forEach((sum, v) => machine.fma(sum, factor, values[v]!));
      });
      machine.increase(a, sums.length * FLOAT);
      machine.increase(at, values.length * bytes);
    });
  });
}
