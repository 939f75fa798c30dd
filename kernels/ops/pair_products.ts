/**
 * Dot products of pairs of vectors, lane by lane: the interaction of the features of a recommendation model.
 *
 * Idea: a panel holds `count` vectors of D features one below the other. Products of R vectors with C others are summed in
 * R * C registers, so that R + C loads serve R * C multiply-adds. Which vectors meet, and which row of y takes each
 * product, is data: a list of tiles. Products that nobody wants go to a row behind the others.
 *
 * Layout: a tile is `2 + R * C` u32: the byte offsets of its first R and its first C vectors in x, then those of the
 * rows of y, row by row. Panels are walked one vector of lanes at a time, so that x is read once from far away.
 *
 * Cost: D * R * C multiply-adds and D * (R + C) loads a tile and vector of lanes; all pairs of 27 vectors take 28 tiles of
 * 4 by 4, of whose products 0.78 are wanted. Limits: x is read from the second-level cache, 2 cycles a load; with
 * 8 loads for 16 multiply-adds both take as long.
 *
 * @module
 */
import type { Address, Scalar, Target, VectorMachine } from "../machine.ts";
import { type Accumulators, takeAccumulators } from "./accumulators.ts";
import { type Arguments, defineOp, type Op } from "./op.ts";
import { checkPanelLanes, PANEL_LANES, rowBytes } from "./panel.ts";

/** Which `pairProducts` kernel. */
export interface PairProductsOptions {
  /** Instruction set. */
  readonly target: Target;
  /** D: features of a vector. */
  readonly features: number;
  /** Number of vectors in a panel. */
  readonly count: number;
  /** Width P of the panels; default {@linkcode PANEL_LANES}. */
  readonly panelLanes?: number;
}

/** What one call of `pairProducts` works on. */
export interface PairProductsArguments {
  /** Panel of `count * features` rows. */
  readonly x: number;
  /** The list of {@linkcode pairTiles}. */
  readonly tiles: number;
  /** Tiles in the list. */
  readonly tileCount: number;
  /** Panel of a row for each pair, in the order of the list, and one more row that is overwritten. */
  readonly y: number;
}

const SLOTS = ["x", "tiles", "tileCount", "y"] as const;
const HEAD_WORDS = 2;

/** What a kernel keeps in registers, with a register for each column and one more. */
interface PairTile {
  /** Vectors of features that meet others. */
  readonly rows: number;
  /** The others. */
  readonly cols: number;
  /** Registers along the lanes. */
  readonly registers: number;
}

/** Where registers are shorter than a cache line, several together use what comes from the second level. */
const TILES: Readonly<Record<Target, PairTile>> = {
  avx512: { rows: 4, cols: 4, registers: 1 },
  avx2: { rows: 3, cols: 2, registers: 2 },
  wasm_relaxed: { rows: 2, cols: 1, registers: 4 },
  wasm: { rows: 2, cols: 1, registers: 4 },
};

function tileFor({ target, count }: PairProductsOptions): PairTile {
  const { rows, cols, registers } = TILES[target];
  return { rows: Math.min(rows, count), cols: Math.min(cols, count), registers };
}

/** The `pairProducts` kernel of one panel. */
export function pairProducts(options: PairProductsOptions): Op<PairProductsArguments> {
  const { target, features, panelLanes = PANEL_LANES } = options;
  checkPanelLanes(panelLanes);
  const tile = tileFor(options);
  return defineOp({
    id:
      `pair_products_f32_${target}_${tile.rows}x${tile.cols}x${tile.registers}_${features}_${panelLanes}`,
    slots: SLOTS,
    derive: (named: PairProductsArguments) => ({ ...named }),
    emit: (machine, argument) =>
      emitPairProducts(machine, argument, { ...tile, features, row: rowBytes(panelLanes) }),
  });
}

/**
 * The tiles that compute pairs of vectors, and how many there are.
 *
 * @param pairs Numbers of two vectors for each row of y.
 * @throws {RangeError} If a number is not one of the vectors.
 */
export function pairTiles(
  options: PairProductsOptions,
  pairs: readonly (readonly [number, number])[],
): { readonly list: Uint32Array<ArrayBuffer>; readonly tileCount: number } {
  const { features, count, panelLanes = PANEL_LANES } = options;
  const row = rowBytes(panelLanes);
  const tile = tileFor(options);
  const rowsOf = new Map<number, number[]>();
  pairs.forEach(([i, j], at) => {
    checkVector(i, count);
    checkVector(j, count);
    // the product of two vectors is that of the two the other way round
    const key = Math.max(i, j) * count + Math.min(i, j);
    rowsOf.set(key, [...rowsOf.get(key) ?? [], at]);
  });
  const list: number[] = [];
  for (const top of starts(count, tile.rows)) {
    for (const left of starts(count, tile.cols)) {
      while (hasPair(rowsOf, count, tile, top, left)) {
        list.push(top * features * row, left * features * row);
        for (let i = top; i < top + tile.rows; i++) {
          for (let j = left; j < left + tile.cols; j++) {
            list.push((rowsOf.get(i * count + j)?.shift() ?? pairs.length) * row);
          }
        }
      }
    }
  }
  const words = HEAD_WORDS + tile.rows * tile.cols;
  return { list: Uint32Array.from(list), tileCount: list.length / words };
}

function checkVector(i: number, count: number): void {
  if (Number.isInteger(i) && i >= 0 && i < count) return;
  throw new RangeError(`Cannot pair vector ${i}: expected 0 to ${count - 1}`);
}

/** First vectors of tiles that cover all; the last is moved back so that it does not reach beyond them. */
function starts(count: number, size: number): number[] {
  return Array.from(
    { length: Math.ceil(count / size) },
    (_, i) => Math.min(i * size, count - size),
  );
}

/** Whether a tile holds a pair that is still wanted. */
function hasPair(
  rowsOf: ReadonlyMap<number, readonly number[]>,
  count: number,
  { rows, cols }: PairTile,
  top: number,
  left: number,
): boolean {
  for (let i = top; i < top + rows; i++) {
    for (let j = left; j < left + cols; j++) {
      if ((rowsOf.get(i * count + j)?.length ?? 0) > 0) return true;
    }
  }
  return false;
}

interface PairShape extends PairTile {
  readonly features: number;
  readonly row: number;
}

function emitPairProducts(
  machine: VectorMachine,
  argument: Arguments<(typeof SLOTS)[number]>,
  shape: PairShape,
): void {
  const [x, y] = [argument("x"), argument("y")];
  const columnBytes = 4 * machine.lanes * shape.registers;
  machine.repeat(shape.row / columnBytes, () => {
    machine.scope(() => {
      const tiles = argument("tiles");
      machine.countDown(argument("tileCount"), () => {
        const sums = Array.from(
          { length: shape.registers },
          () => takeAccumulators(machine, shape.rows, shape.cols),
        );
        sums.flat(2).forEach((sum) => machine.zero(sum));
        machine.scope(() => multiplyTile(machine, shape, x, tiles, sums));
        storeTile(machine, shape, y, tiles, sums);
        machine.increase(tiles, 4 * (HEAD_WORDS + shape.rows * shape.cols));
      });
    });
    for (const pointer of [x, y]) machine.increase(pointer, columnBytes);
  });
}

function multiplyTile(
  machine: VectorMachine,
  { features, row }: PairShape,
  x: Scalar,
  tiles: Scalar,
  sums: readonly Accumulators[],
): void {
  const [a, b] = [machine.scalar(), machine.scalar()];
  [a, b].forEach((pointer, i) => {
    machine.loadU32(pointer, { base: tiles, disp: 4 * i });
    machine.increase(pointer, x);
  });
  machine.repeat(features, () => {
    sums.forEach((tile, i) =>
      machine.scope(() => {
        const place = (base: Scalar, vector: number): Address => ({
          base,
          disp: vector * features * row + 4 * i * machine.lanes,
        });
        const held = tile[0]!.map((_, c) => {
          const vector = machine.vector();
          machine.load(vector, place(b, c));
          return vector;
        });
        const streamed = machine.vector();
        tile.forEach((products, r) => {
          machine.load(streamed, place(a, r));
          products.forEach((sum, c) => machine.fma(sum, streamed, held[c]!));
        });
      })
    );
    for (const pointer of [a, b]) machine.increase(pointer, row);
  });
}

function storeTile(
  machine: VectorMachine,
  { rows, cols }: PairShape,
  y: Scalar,
  tiles: Scalar,
  sums: readonly Accumulators[],
): void {
  const index = machine.scalar();
  for (let i = 0; i < rows * cols; i++) {
    machine.loadU32(index, { base: tiles, disp: 4 * (HEAD_WORDS + i) });
    sums.forEach((tile, register) => {
      const sum = tile[Math.floor(i / cols)]![i % cols]!;
      machine.store({ base: y, index, disp: 4 * register * machine.lanes }, sum);
    });
  }
}
