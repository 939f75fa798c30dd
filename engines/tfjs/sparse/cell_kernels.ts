/**
 * Kernels of convolutions over cells (see `interleave_kernels.ts`) of which only some weights are kept.
 *
 * Idea: with images in the lanes a pruned weight is a multiply-add of a whole vector less, wherever it stands. A block of H rows of
 * weights that keep the same columns goes over those alone, for a tile of P pixels, whose places differ by constants. So a column costs
 * one offset, H weights and P pixels. The gradient by weights takes the kept columns of a block C at a time and goes over all pixels.
 *
 * Layout: the pattern is a stream in the order in which it is read: a block is where its results go, a number of columns, in the first
 * section H biases, and for every column where its pixels lie and H weights. A section is so many input channels that what a tile reads
 * of them stays in the first-level cache; sums wait in the results from one section to the next.
 *
 * Cost: for each column H + P + 1 loads and H · P multiply-adds; for each block and section 2 · H · P loads and stores, and a branch
 * that is not foreseen. By weights, for each pixel H + C loads and H · C multiply-adds. Limits: loads for H = 1, else multiply-adds.
 *
 * @module
 */
import type { Address, Scalar, Target, Vector, VectorMachine } from "../../../kernels/mod.ts";
import { type BlockKernel, defineBlockKernel, type Load } from "../block_kernel.ts";
import { BLOCK, cellBytes } from "../interleave_kernels.ts";

const FLOAT = 4;

/** Heights of blocks that kernels take, the most first; {@linkcode BLOCK} divides by them. */
export const KEPT_HEIGHTS = [4, 2, 1] as const;

/** Vector registers by lanes; vectors of 8 lanes have no more with AVX-512. */
const VECTORS: Readonly<Record<number, number>> = { 16: 32, 8: 16, 4: 12 };

/** Pixels whose sums fit the registers, beside all weights of a column and a pixel, or all pixels and a weight. */
export function mostPixels(lanes: number, height: number): number {
  const vectors = VECTORS[lanes]!; // 16, 8 or 4
  // A pixel that serves one sum is multiplied in memory.
  if (height === 1) return Math.min(24, vectors - 2);
  const besideWeights = Math.floor((vectors - height - 1) / height);
  return Math.max(besideWeights, Math.min(height - 1, Math.floor((vectors - 1) / (height + 1))));
}

/** Pixels of a tile, and cells from one to the next. */
export interface CellTile {
  /** Rows. */
  readonly rows: number;
  /** Pixels of a row. */
  readonly cols: number;
  /** Cells of what is read from row to row and from column to column. */
  readonly x: { readonly row: number; readonly col: number };
  /** Cells of results. */
  readonly y: { readonly row: number; readonly col: number };
}

type ConvolveName =
  | ("x" | "y" | "stream" | "first" | "more" | "rowTiles" | "tiles")
  | ("xTileBytes" | "yTileBytes" | "xRowBytes" | "yRowBytes");

/**
 * `y = bias + Σ weights · x` for `rowTiles` rows of `tiles` tiles: `first` blocks that begin with their biases, then `more` blocks that add
 * to what is there.
 */
export function convolveKept(
  target: Target,
  lanes: number,
  height: number,
  tile: CellTile,
): BlockKernel<ConvolveName> {
  const { rows, cols, x: xSteps, y: ySteps } = tile;
  const bytes = cellBytes(lanes);
  /** Bytes from the first pixel of a tile to each. */
  const placesBy = ({ row, col }: { row: number; col: number }): number[] =>
    Array.from(
      { length: rows * cols },
      (_, p) => (Math.floor(p / cols) * row + p % cols * col) * bytes,
    );
  const [pixels, results] = [placesBy(xSteps), placesBy(ySteps)];
  return defineBlockKernel<ConvolveName>(
    `convolve_kept_f32_${height}x1_${target}_${lanes}_${rows}x${cols}_` +
      [xSteps.row, xSteps.col, ySteps.row, ySteps.col].join("_"),
    [
      ...["x", "y", "stream", "first", "more", "rowTiles", "tiles"] as const,
      ...["xTileBytes", "yTileBytes", "xRowBytes", "yRowBytes"] as const,
    ],
    (machine, load) => {
      /** Emits a block: all its columns, then the stores. Where it does not add, biases come first. */
      function emitBlock(at: Scalar, x: Scalar, y: Scalar, adds: boolean): void {
        const [place, columns] = [machine.scalar(), machine.scalar()];
        machine.loadU32(place, { base: at });
        machine.loadU32(columns, { base: at, disp: FLOAT });
        machine.increase(at, 2 * FLOAT);
        machine.increase(place, y);
        const sums = Array.from({ length: height }, () => pixels.map(() => machine.vector()));
        const placeOf = (r: number, p: number): { base: Scalar; disp: number } => ({
          base: place,
          disp: results[p]! + r * bytes / BLOCK,
        });
        sums.forEach((row, r) =>
          row.forEach((sum, p) => {
            if (adds) machine.load(sum, placeOf(r, p));
            else if (p === 0) machine.broadcast(sum, { base: at, disp: r * FLOAT });
            else machine.copy(sum, row[0]!);
          })
        );
        if (!adds) machine.increase(at, height * FLOAT);
        machine.countDown(columns, () => addColumn(machine, at, x, sums, pixels));
        sums.forEach((row, r) => row.forEach((sum, p) => machine.store(placeOf(r, p), sum)));
      }
      const [xRow, yRow] = [load.address("x"), load.address("y")];
      machine.countDown(load.value("rowTiles"), () => {
        const [x, y] = [machine.scalar(), machine.scalar()];
        machine.move(x, xRow);
        machine.move(y, yRow);
        machine.countDown(load.value("tiles"), () => {
          const at = load.address("stream");
          for (const name of ["first", "more"] as const) {
            machine.scope(() =>
              machine.countDown(
                load.value(name),
                () => machine.scope(() => emitBlock(at, x, y, name === "more")),
              )
            );
          }
          machine.scope(() => machine.increase(x, load.value("xTileBytes")));
          machine.scope(() => machine.increase(y, load.value("yTileBytes")));
        });
        machine.scope(() => machine.increase(xRow, load.value("xRowBytes")));
        machine.scope(() => machine.increase(yRow, load.value("yRowBytes")));
      });
    },
    lanes,
  );
}

/** Adds what one column gives, and moves on to the next. */
function addColumn(
  machine: VectorMachine,
  at: Scalar,
  x: Scalar,
  sums: readonly (readonly Vector[])[],
  pixels: readonly number[],
): void {
  const base = machine.scalar();
  machine.loadU32(base, { base: at });
  machine.increase(base, x);
  const loadWeight = (to: Vector, r: number): Vector => {
    machine.broadcast(to, { base: at, disp: (1 + r) * FLOAT });
    return to;
  };
  const loadPixel = (to: Vector, p: number): Vector => {
    machine.load(to, { base, disp: pixels[p]! });
    return to;
  };
  if (sums.length === 1) {
    const weight = loadWeight(machine.vector(), 0);
    pixels.forEach((disp, p) => machine.fma(sums[0]![p]!, weight, { base, disp }));
  } else if (pixels.length >= sums.length) {
    const weights = sums.map((_, r) => loadWeight(machine.vector(), r));
    const value = machine.vector();
    pixels.forEach((_, p) => {
      loadPixel(value, p);
      sums.forEach((row, r) => machine.fma(row[p]!, weights[r]!, value));
    });
  } else {
    const values = pixels.map((_, p) => loadPixel(machine.vector(), p));
    const weight = machine.vector();
    sums.forEach((row, r) => {
      loadWeight(weight, r);
      row.forEach((sum, p) => machine.fma(sum, weight, values[p]!));
    });
  }
  machine.increase(at, (1 + sums.length) * FLOAT);
}

/** Scalars that hold where columns are read; the others count and point. */
const MOST_COLUMNS = 6;

/** What {@linkcode weighKept} keeps at once, and how it goes over pixels. */
export interface WeighTile {
  /** Rows of a block. */
  readonly height: number;
  /** Columns that are taken together. */
  readonly columns: number;
  /** Pixels of a turn, of which rows are made. */
  readonly pixels: number;
  /** Cells of what is read from pixel to pixel. */
  readonly step: number;
}

/** The most columns that are taken together. */
export function mostColumns(lanes: number, height: number): number {
  return Math.min(MOST_COLUMNS, Math.floor((VECTORS[lanes]! - height - 1) / height));
}

type WeighName =
  | ("x" | "dy" | "list" | "sums" | "groups" | "chunks" | "rows" | "turns")
  | ("xRowBytes" | "xColBytes" | "xChunkGap" | "dyRowGap" | "dyChunkGap");

/**
 * `sums += Σ dy · x` over `chunks` chunks of images and `rows` rows of `turns` turns of pixels, for `groups` groups of columns. The list
 * says for each where its rows of dy and its columns of x lie; `xColBytes` leads from behind the last pixel of a row back to its first.
 * Sums are `[group][row][column]`, their lanes added up.
 */
export function weighKept(target: Target, lanes: number, tile: WeighTile): BlockKernel<WeighName> {
  const { height, columns, pixels, step } = tile;
  return defineBlockKernel<WeighName>(
    `weigh_kept_f32_${height}x${columns}_${target}_${lanes}_${pixels}_${step}`,
    [
      ...["x", "dy", "list", "sums", "groups", "chunks", "rows", "turns"] as const,
      ...["xRowBytes", "xColBytes", "xChunkGap", "dyRowGap", "dyChunkGap"] as const,
    ],
    (machine, load) => {
      const [list, place] = [load.address("list"), load.address("sums")];
      machine.countDown(load.value("groups"), () => {
        const sums = Array.from(
          { length: height },
          () => Array.from({ length: columns }, () => machine.vector()),
        );
        for (const sum of sums.flat()) machine.zero(sum);
        machine.scope(() => {
          const dy = load.address("dy");
          const bases = Array.from({ length: columns }, () => load.address("x"));
          [dy, ...bases].forEach((base, i) =>
            machine.scope(() => {
              const offset = machine.scalar();
              machine.loadU32(offset, { base: list, disp: i * FLOAT });
              machine.increase(base, offset);
            })
          );
          addPixels(machine, load, tile, sums, dy, bases);
        });
        machine.increase(list, (1 + columns) * FLOAT);
        addSums(machine, sums.flat(), place);
      });
    },
    lanes,
  );
}

/** Adds what all pixels give. */
function addPixels(
  machine: VectorMachine,
  load: Load<WeighName>,
  { pixels, step }: WeighTile,
  sums: readonly (readonly Vector[])[],
  dy: Scalar,
  bases: readonly Scalar[],
): void {
  const bytes = cellBytes(machine.lanes);
  function move(by: "increase" | "decrease", pointers: readonly Scalar[], name: WeighName): void {
    machine.scope(() => {
      const distance = load.value(name);
      for (const pointer of pointers) machine[by](pointer, distance);
    });
  }
  machine.countDown(load.value("chunks"), () => {
    machine.countDown(load.value("rows"), () => {
      machine.countDown(load.value("turns"), () => {
        for (let pixel = 0; pixel < pixels; pixel++) {
          const places = bases.map((base) => ({ base, disp: pixel * step * bytes }));
          machine.scope(() => addPixel(machine, sums, { base: dy, disp: pixel * bytes }, places));
        }
        machine.increase(dy, pixels * bytes);
        for (const base of bases) machine.increase(base, pixels * step * bytes);
      });
      move("decrease", bases, "xColBytes");
      move("increase", bases, "xRowBytes");
      move("increase", [dy], "dyRowGap");
    });
    move("increase", bases, "xChunkGap");
    move("increase", [dy], "dyChunkGap");
  });
}

/** Adds what one pixel gives. */
function addPixel(
  machine: VectorMachine,
  sums: readonly (readonly Vector[])[],
  dy: { readonly base: Scalar; readonly disp: number },
  columns: readonly Address[],
): void {
  const slopes = sums.map((_, r) => {
    const slope = machine.vector();
    machine.load(slope, { ...dy, disp: dy.disp + r * machine.lanes * FLOAT });
    return slope;
  });
  if (sums.length === 1) {
    columns.forEach((at, c) => machine.fma(sums[0]![c]!, slopes[0]!, at));
    return;
  }
  const value = machine.vector();
  columns.forEach((at, c) => {
    machine.load(value, at);
    sums.forEach((row, r) => machine.fma(row[c]!, slopes[r]!, value));
  });
}

/** Adds the lanes of sums to what is in memory, and moves on behind it. */
function addSums(machine: VectorMachine, sums: readonly Vector[], place: Scalar): void {
  const before = machine.vector();
  sums.forEach((sum, i) => {
    const at = { base: place, disp: i * FLOAT };
    machine.addAcross(sum, sum);
    machine.broadcast(before, at);
    machine.add(sum, sum, before);
    machine.storeLane0(at, sum);
  });
  machine.increase(place, sums.length * FLOAT);
}
