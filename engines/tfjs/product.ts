/**
 * Matrix products of any storage on a kernel back end.
 *
 * Operands and results whose sizes are no whole tiles are not padded. Tiles read beyond the edge of an operand, whatever stands there, and
 * get rows and columns that no result has. What they write of them lands in rows of the result that are written later, or, at its
 * end, in the workspace.
 *
 * @module
 */
import type { Backend } from "../../kernels/mod.ts";
import { type Range, sharesOf } from "../ranges.ts";
import {
  bindKernel,
  type BlockValues,
  type NamesOf,
  type Run,
  type Workspace,
} from "./block_kernel.ts";
import { type Arrange, bindArrange } from "./arrange.ts";
import type { Floats, Loops, Product } from "./loops.ts";
import { openOperands, type Operands, type Output } from "./operands.ts";
import { multiplyStrips, type TileSize, tileSize } from "./product_kernels.ts";

/** What the steps of a product share. */
interface Site {
  readonly backend: Backend;
  readonly tile: TileSize;
  readonly multiplyStrips: Run<StripsName>;
  readonly operands: Operands;
  /** Takes floats of the workspace until the next product. */
  readonly take: Workspace["take"];
  readonly arrange: Arrange;
}

type StripsName = NamesOf<ReturnType<typeof multiplyStrips>>;

/** Emits the kernels of {@linkcode Loops.matMul}. The workspace is opened after this and given to the product. */
export function bindProduct(backend: Backend): (workspace: Workspace) => Loops["matMul"] {
  const runs = {
    arrange: bindArrange(backend),
    multiplyStrips: bindKernel(backend, multiplyStrips(backend.target)),
  };
  return (workspace) => {
    const operands = openOperands(backend, workspace);
    const tile = tileSize(backend.target);
    const site = { backend, tile, ...runs, operands, take: workspace.take };
    return (a, b, bias, sizes, c) => {
      workspace.clear();
      multiply(site, a, b, bias, sizes, c);
    };
  };
}

const FLOAT = 4;

/** Multiply-adds below which a thread is not worth starting: some 20 µs. */
const LEAST_WORK = 2 ** 20;

function multiply(
  site: Site,
  a: Floats,
  b: Floats,
  bias: Floats | null,
  sizes: Product,
  c: Floats,
): void {
  const { tile, operands, take } = site;
  const { m, n, k, transposeA, transposeB, batch } = sizes;
  const [rows, cols] = [roundUp(m, tile.rows), roundUp(n, tile.cols)];
  const rowsOfA = { width: tile.rows, size: m, k, batch, along: !transposeA };
  const columnsOfB = { width: tile.cols, size: n, k, batch, along: transposeB };
  const strips = {
    a: site.arrange("a", a, rowsOfA, operands, take),
    b: site.arrange("b", b, columnsOfB, operands, take),
    bias: bias ? operands.input(bias, cols - n) : takeZeros(site, cols),
  };
  const out = operands.output(c, (rows - m) * n + cols);
  const regions = regionsOf(site, sizes).map((region) =>
    regionItems(site, region, sizes, strips, out)
  );
  const most = Math.max(...regions.map(({ length }) => length));
  for (let i = 0; i < most; i++) {
    runItems(site, regions.flatMap((items) => items.slice(i, i + 1)), sizes, c);
  }
  out.finish();
}

function takeZeros({ backend, take }: Site, length: number): number {
  const address = take(length);
  backend.float32(address, length).fill(0);
  return address;
}

/** What one thread computes: some of the products, or some rows of the only one. One run of floats in the result. */
interface Region {
  readonly products: Range;
  readonly rows: Range;
}

function regionsOf({ backend, tile }: Site, { m, n, k, batch }: Product): readonly Region[] {
  const threads = Math.max(
    1,
    Math.min(backend.threads, Math.floor(batch * m * n * k / LEAST_WORK)),
  );
  if (batch > 1) {
    return sharesOf(batch, threads).map((products) => ({ products, rows: { from: 0, to: m } }));
  }
  return sharesOf(Math.ceil(m / tile.rows), threads).map(({ from, to }) => ({
    products: { from: 0, to: 1 },
    rows: { from: from * tile.rows, to: Math.min(m, to * tile.rows) },
  }));
}

/** Addresses of strips, columns of the bias and the result. */
type Places = Readonly<Record<"a" | "b" | "bias" | "c", number>>;

/** What a thread does at once: rows of one product, or of several whose tiles reach into each other at most. */
interface Item {
  readonly places: Places;
  /** Rows of each product. */
  readonly rows: number;
  readonly products: number;
  /** First element in the result. */
  readonly start: number;
  /** Floats that may be written from there. */
  readonly room: number;
  /** Place for tiles that have none in the result. */
  readonly last: number;
}

function regionItems(
  { tile, take }: Site,
  { products, rows }: Region,
  { m, n, k, batch }: Product,
  strips: Readonly<Record<"a" | "b" | "bias", number>>,
  out: Output,
): readonly Item[] {
  const height = rows.to - rows.from;
  const [paddedRows, paddedCols] = [roundUp(m, tile.rows), roundUp(n, tile.cols)];
  const isLast = products.to === batch && rows.to === m;
  const end = isLast ? out.room : ((products.to - 1) * m + rows.to) * n;
  const last = take(roundUp(height, tile.rows) * paddedCols);
  // What tiles add behind a product is written over by those that come later.
  const excess = (roundUp(height, tile.rows) - height) * n + paddedCols - n;
  const spoiling = Math.ceil(excess / (m * n));
  const many = m * n >= paddedCols ? Math.max(1, products.to - products.from - spoiling) : 1;
  const items: Item[] = [];
  for (let i = products.from; i < products.to;) {
    const together = items.length === 0 ? many : 1;
    const start = (i * m + rows.from) * n;
    const places = {
      a: strips.a + (i * paddedRows + rows.from) * k * FLOAT,
      b: strips.b + i * paddedCols * k * FLOAT,
      bias: strips.bias,
      c: out.address + start * FLOAT,
    };
    items.push({ places, rows: height, products: together, start, room: end - start, last });
    i += together;
  }
  return items;
}

/** Computes one item a thread, side by side. */
function runItems(site: Site, items: readonly Item[], sizes: Product, c: Floats): void {
  const { tile, multiplyStrips, backend } = site;
  const { m, n, k } = sizes;
  const whole = Math.floor(n / tile.cols);
  const skipped = whole * tile.cols * FLOAT;
  const inPlace = items.map((item) => ({ ...item, strips: safeStrips(tile, n, item) }));
  const parts = (bStrips: number, move: (places: Places) => Places) =>
    inPlace.filter(({ strips }) => strips > 0).map(({ places, strips, products }) => ({
      ...move(places),
      ...stripValues(site, k, n, strips, bStrips),
      batch: products,
      aBytes: roundUp(m, tile.rows) * k * FLOAT,
      bBytes: (Math.ceil(n / tile.cols) - bStrips) * tile.cols * k * FLOAT,
      cBytes: products === 1 ? 0 : (m * n - bStrips * tile.cols) * FLOAT,
    }));
  // The ragged strip comes first, since it spoils the first columns of the next rows.
  if (skipped < n * FLOAT) {
    multiplyStrips.together(parts(1, ({ a, b, bias, c }) => ({
      a,
      b: b + skipped * k,
      bias: bias + skipped,
      c: c + skipped,
    })));
  }
  if (whole > 0) multiplyStrips.together(parts(whole, (places) => places));
  const rest = inPlace.flatMap((item) => {
    const done = Math.min(item.rows, item.strips * tile.rows);
    return done < item.rows ? [{ ...item, done }] : [];
  });
  const cols = roundUp(n, tile.cols);
  multiplyStrips.together(rest.map(({ places, rows, done, last }) => ({
    ...places,
    a: places.a + done * k * FLOAT,
    c: last,
    ...stripValues(site, k, cols, Math.ceil((rows - done) / tile.rows), cols / tile.cols),
    batch: 1,
  })));
  for (const { start, rows, done, last } of rest) {
    const part = c.subarray(start + done * n, start + rows * n);
    copyRows(backend.float32(last, (rows - done) * cols), cols, part, n);
  }
}

/** How many strips of rows can be written where they belong, with what their tiles add, within the room. */
function safeStrips(tile: TileSize, n: number, { rows, room, products }: Item): number {
  if (products > 1) return Math.ceil(rows / tile.rows);
  const fit = Math.floor((room - roundUp(n, tile.cols)) / n) + 1;
  return Math.max(0, Math.min(Math.ceil(rows / tile.rows), Math.floor(fit / tile.rows)));
}

/** Numbers of strips, length of the sums, and distances; `rowFloats` from row to row of the result. */
function stripValues(
  { tile }: Site,
  k: number,
  rowFloats: number,
  aStrips: number,
  bStrips: number,
): BlockValues<StripsName> {
  return {
    k,
    rowBytes: rowFloats * FLOAT,
    stripBytes: tile.cols * k * FLOAT,
    aStrips,
    bStrips,
  };
}

/** Copies the beginnings of rows of `width` floats into rows of `n`, as many as there are. */
function copyRows(from: Float32Array, width: number, to: Floats, n: number): void {
  for (let row = 0; row < to.length / n; row++) {
    to.set(from.subarray(row * width, row * width + n), row * n);
  }
}

function roundUp(value: number, multiple: number): number {
  return Math.ceil(value / multiple) * multiple;
}
