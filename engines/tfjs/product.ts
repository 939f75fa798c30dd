/**
 * Matrix products of any storage on a kernel back end.
 *
 * Operands are copied into the back end's arena and results out of it, which costs a few per cent of a product.
 *
 * @module
 */
import type { Backend } from "../../kernels/mod.ts";
import { bindKernel, type NamesOf, type Run, type Workspace } from "./block_kernel.ts";
import type { Floats, Loops, Product } from "./loops.ts";
import {
  arrangeColumns,
  arrangeRows,
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
  /** Takes floats of the workspace until the next product. */
  take(length: number): number;
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
  return (workspace) => (a, b, bias, sizes, c) => {
    workspace.clear();
    multiply({ backend, tile, ...runs, take: workspace.take }, a, b, bias, sizes, c);
  };
}

function multiply(
  site: Site,
  a: Floats,
  b: Floats,
  bias: Floats | null,
  { m, n, k, transposeA, transposeB, batch }: Product,
  c: Floats,
): void {
  const { tile, backend } = site;
  const rows = roundUp(m, tile.rows);
  const cols = roundUp(n, tile.cols);
  const strips = {
    a: arrange(site, "a", a, { width: tile.rows, size: m, k, batch, along: !transposeA }),
    b: arrange(site, "b", b, { width: tile.cols, size: n, k, batch, along: transposeB }),
  };
  const biases = site.take(cols);
  const biasView = backend.float32(biases, cols).fill(0);
  if (bias) biasView.set(bias);
  const result = site.take(batch * rows * cols);
  for (let i = 0; i < batch; i++) {
    site.multiplyStrips({
      a: strips.a + i * rows * k * 4,
      b: strips.b + i * cols * k * 4,
      c: result + i * rows * cols * 4,
      bias: biases,
    }, {
      k,
      rowBytes: cols * 4,
      stripBytes: tile.cols * k * 4,
      aStrips: rows / tile.rows,
      bStrips: cols / tile.cols,
    });
  }
  copyOut(backend.float32(result, batch * rows * cols), { batch, rows, cols }, c, { m, n });
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

/** Brings an operand into strips, padded with zeros to whole strips; returns their address. */
function arrange(site: Site, which: "a" | "b", from: Floats, stored: Stored): number {
  const { width, size, k, batch, along } = stored;
  const padded = roundUp(size, width);
  const strips = padded / width;
  const raw = site.take(batch * padded * k);
  const view = site.backend.float32(raw, batch * padded * k);
  const to = site.take(batch * padded * k);
  if (along) {
    copyIn(from, { rows: size, cols: k }, view, { rows: padded, cols: k });
    const quads = Math.floor(k / 4);
    site.arrangeRows[which]({ from: raw, to }, {
      rowBytes: k * 4,
      strips: batch * strips,
      quads,
      rest: k - 4 * quads,
    });
    return to;
  }
  copyIn(from, { rows: k, cols: size }, view, { rows: k, cols: padded });
  for (let i = 0; i < batch; i++) {
    const offset = i * padded * k * 4;
    site.arrangeColumns[which]({ from: raw + offset, to: to + offset }, {
      rowBytes: padded * 4,
      strips,
      k,
    });
  }
  return to;
}

interface Matrix {
  readonly rows: number;
  readonly cols: number;
}

/** Copies matrices into larger ones, the rest zero. */
function copyIn(from: Floats, small: Matrix, to: Float32Array, large: Matrix): void {
  if (small.rows === large.rows && small.cols === large.cols) return to.set(from);
  to.fill(0);
  for (let row = 0; row < from.length / small.cols; row++) {
    const matrix = Math.floor(row / small.rows);
    const place = (matrix * large.rows + row % small.rows) * large.cols;
    to.set(from.subarray(row * small.cols, (row + 1) * small.cols), place);
  }
}

/** Copies matrices out of larger ones. */
function copyOut(
  from: Float32Array,
  { batch, rows, cols }: Matrix & { readonly batch: number },
  to: Floats,
  { m, n }: Pick<Product, "m" | "n">,
): void {
  if (m === rows && n === cols) return to.set(from);
  for (let row = 0; row < batch * m; row++) {
    const start = (Math.floor(row / m) * rows + row % m) * cols;
    to.set(from.subarray(start, start + n), row * n);
  }
}

function roundUp(value: number, multiple: number): number {
  return Math.ceil(value / multiple) * multiple;
}
