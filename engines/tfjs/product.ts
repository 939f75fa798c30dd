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
import { bindKernel, type NamesOf, type Run, type Workspace } from "./block_kernel.ts";
import type { Floats, Loops, Product } from "./loops.ts";
import { openOperands, type Operands } from "./operands.ts";
import {
  arrangeColumns,
  arrangeRows,
  divideColumns,
  multiplyStrips,
  type TileSize,
  tileSize,
} from "./product_kernels.ts";

/** What the steps of a product share. */
interface Site {
  readonly backend: Backend;
  readonly tile: TileSize;
  readonly arrangeRows: Readonly<Record<"a" | "b", Run<RowsName>>>;
  readonly arrangeColumns: Readonly<Record<"a" | "b", Run<ColumnsName>>>;
  readonly multiplyStrips: Run<StripsName>;
  readonly operands: Operands;
  /** Takes floats of the workspace until the next product. */
  readonly take: Workspace["take"];
}

type RowsName = NamesOf<ReturnType<typeof arrangeRows>>;
type ColumnsName = NamesOf<ReturnType<typeof arrangeColumns>>;
type StripsName = NamesOf<ReturnType<typeof multiplyStrips>>;

/** Emits the kernels of {@linkcode Loops.matMul}. The workspace is opened after this and given to the product. */
export function bindProduct(backend: Backend): (workspace: Workspace) => Loops["matMul"] {
  const { target } = backend;
  const tile = tileSize(target);
  const runs = {
    arrangeRows: {
      a: bindKernel(backend, arrangeRows(target, tile.rows)),
      b: bindKernel(backend, arrangeRows(target, tile.cols)),
    },
    arrangeColumns: {
      a: bindKernel(backend, arrangeColumns(target, tile.rows)),
      b: bindKernel(backend, arrangeColumns(target, tile.cols)),
    },
    multiplyStrips: bindKernel(backend, multiplyStrips(target)),
  };
  return (workspace) => {
    const operands = openOperands(backend, workspace);
    const site = { backend, tile, ...runs, operands, take: workspace.take };
    return (a, b, bias, sizes, c) => {
      workspace.clear();
      multiply(site, a, b, bias, sizes, c);
    };
  };
}

const FLOAT = 4;

function multiply(
  site: Site,
  a: Floats,
  b: Floats,
  bias: Floats | null,
  { m, n, k, transposeA, transposeB, batch }: Product,
  c: Floats,
): void {
  const { tile, operands } = site;
  const [rows, cols] = [roundUp(m, tile.rows), roundUp(n, tile.cols)];
  const strips = {
    a: arrange(site, "a", a, { width: tile.rows, size: m, k, batch, along: !transposeA }),
    b: arrange(site, "b", b, { width: tile.cols, size: n, k, batch, along: transposeB }),
    bias: bias ? operands.input(bias, cols - n) : takeZeros(site, cols),
  };
  const out = operands.output(c, (rows - m) * n + cols);
  const last = site.take(rows * cols);
  for (let i = 0; i < batch; i++) {
    const start = i * m * n;
    const of = {
      ...strips,
      a: strips.a + i * rows * k * FLOAT,
      b: strips.b + i * cols * k * FLOAT,
      c: out.address + start * FLOAT,
    };
    const safe = safeStrips(tile, { m, n }, out.room - start);
    const done = multiplyInPlace(site, of, { n, k, aStrips: safe });
    if (done < m) {
      const rest = { ...of, a: of.a + done * k * FLOAT, c: last };
      const aStrips = (rows - done) / tile.rows;
      runStrips(site, rest, { k, rowFloats: cols, aStrips, bStrips: cols / tile.cols });
      const part = c.subarray(start + done * n, start + m * n);
      copyRows(site.backend.float32(last, (rows - done) * cols), cols, part, n);
    }
  }
  out.finish();
}

function takeZeros({ backend, take }: Site, length: number): number {
  const address = take(length);
  backend.float32(address, length).fill(0);
  return address;
}

/** How many strips of rows can be written where they belong, with what their tiles add, within `room` floats. */
function safeStrips(tile: TileSize, { m, n }: Pick<Product, "m" | "n">, room: number): number {
  const rows = Math.floor((room - roundUp(n, tile.cols)) / n) + 1;
  return Math.max(0, Math.min(Math.ceil(m / tile.rows), Math.floor(rows / tile.rows)));
}

/** Addresses of strips, columns of the bias and the result. */
type Places = Readonly<Record<"a" | "b" | "bias" | "c", number>>;

/** Writes `aStrips` strips of rows of a result with rows of `n` floats; returns the number of rows. */
function multiplyInPlace(
  site: Site,
  of: Places,
  { n, k, aStrips }: { readonly n: number; readonly k: number; readonly aStrips: number },
): number {
  const { cols, rows } = site.tile;
  if (aStrips === 0) return 0;
  const sizes = { k, rowFloats: n, aStrips };
  const whole = Math.floor(n / cols);
  // The ragged strip comes first, since it spoils the first columns of the next rows.
  if (whole * cols < n) {
    const skipped = whole * cols * FLOAT;
    const ragged = { ...of, b: of.b + skipped * k, bias: of.bias + skipped, c: of.c + skipped };
    runStrips(site, ragged, { ...sizes, bStrips: 1 });
  }
  if (whole > 0) runStrips(site, of, { ...sizes, bStrips: whole });
  return aStrips * rows;
}

/** Numbers of strips, length of the sums, and floats from row to row of the result. */
type StripSizes = Readonly<Record<"k" | "rowFloats" | "aStrips" | "bStrips", number>>;

function runStrips(
  { multiplyStrips, tile }: Site,
  of: Places,
  { k, rowFloats, aStrips, bStrips }: StripSizes,
): void {
  multiplyStrips(of, {
    k,
    rowBytes: rowFloats * FLOAT,
    stripBytes: tile.cols * k * FLOAT,
    aStrips,
    bStrips,
  });
}

/** How an operand is stored: `size` is its number of rows or columns other than k. */
interface Stored {
  readonly width: number;
  readonly size: number;
  readonly k: number;
  readonly batch: number;
  /** Whether k runs along the rows of the matrix. */
  readonly along: boolean;
}

/** Brings an operand into whole strips, whatever stands beyond its edge; returns their address. */
function arrange(site: Site, which: "a" | "b", array: Floats, stored: Stored): number {
  const { width, size, k, batch, along } = stored;
  const padded = roundUp(size, width);
  const from = site.operands.input(array, along ? (padded - size) * k : padded - size);
  const to = site.take(batch * padded * k);
  // Matrices of whole strips that lie one behind the other are one matrix with more rows.
  const together = along && padded === size ? batch : 1;
  for (let i = 0; i < batch; i += together) {
    const places = { from: from + i * size * k * FLOAT, to: to + i * padded * k * FLOAT };
    const strips = together * padded / width;
    if (along) {
      const rowBytes = k * FLOAT;
      site.arrangeRows[which](places, { rowBytes, strips, ...divideColumns(k) });
    } else {
      site.arrangeColumns[which](places, { rowBytes: size * FLOAT, strips, k });
    }
  }
  return to;
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
