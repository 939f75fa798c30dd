/**
 * Operands of products in the order in which tiles read them.
 *
 * @module
 */
import type { Backend } from "../../kernels/mod.ts";
import { sharesOf } from "../ranges.ts";
import { bindKernel, type NamesOf, type Run, type Workspace } from "./block_kernel.ts";
import type { Floats } from "./loops.ts";
import type { Operands } from "./operands.ts";
import { arrangeColumns, arrangeRows, divideColumns, tileSize } from "./product_kernels.ts";

const FLOAT = 4;

/** How an operand is stored: `size` is its number of rows or columns other than k. */
export interface Stored {
  /** Width of its strips. */
  readonly width: number;
  /** Rows of `a`, columns of `b`. */
  readonly size: number;
  /** Length of the sums. */
  readonly k: number;
  /** Matrices, one behind the other. */
  readonly batch: number;
  /** Whether k runs along the rows of the matrix. */
  readonly along: boolean;
}

/** Floats below which a thread is not worth starting to arrange them. */
const LEAST_FLOATS = 2 ** 14;

/** Kernels that arrange operands. */
interface Site {
  readonly backend: Backend;
  readonly rows: Readonly<Record<"a" | "b", Run<NamesOf<ReturnType<typeof arrangeRows>>>>>;
  readonly columns: Readonly<Record<"a" | "b", Run<NamesOf<ReturnType<typeof arrangeColumns>>>>>;
}

/** Brings an operand into whole strips, whatever stands beyond its edge; returns their address in the workspace. */
export type Arrange = (
  which: "a" | "b",
  array: Floats,
  stored: Stored,
  operands: Operands,
  take: Workspace["take"],
) => number;

/** Emits the kernels that arrange operands. */
export function bindArrange(backend: Backend): Arrange {
  const { target } = backend;
  const { rows, cols } = tileSize(target);
  const site: Site = {
    backend,
    rows: {
      a: bindKernel(backend, arrangeRows(target, rows)),
      b: bindKernel(backend, arrangeRows(target, cols)),
    },
    columns: {
      a: bindKernel(backend, arrangeColumns(target, rows)),
      b: bindKernel(backend, arrangeColumns(target, cols)),
    },
  };
  return (which, array, stored, operands, take) => {
    const { width, size, k, batch, along } = stored;
    const padded = Math.ceil(size / width) * width;
    const from = operands.input(array, along ? (padded - size) * k : padded - size);
    const to = take(batch * padded * k);
    if (along) arrangeAlong(site, which, from, to, stored);
    else arrangeAcross(site, which, from, to, stored);
    return to;
  };
}

/** k runs along. Threads share the strips of matrices that are one, or the matrices. */
function arrangeAlong(
  { rows, backend }: Site,
  which: "a" | "b",
  from: number,
  to: number,
  { width, size, k, batch }: Stored,
): void {
  const padded = Math.ceil(size / width) * width;
  const values = { rowBytes: k * FLOAT, ...divideColumns(k), fromBytes: size * k * FLOAT };
  // Matrices of whole strips that lie one behind the other are one matrix with more rows.
  if (batch === 1 || padded === size) {
    const least = Math.ceil(LEAST_FLOATS / (width * k));
    const shares = sharesOf(batch * padded / width, backend.threads, least);
    rows[which].together(shares.map((strips) => ({
      from: from + strips.from * width * k * FLOAT,
      to: to + strips.from * width * k * FLOAT,
      strips: strips.to - strips.from,
      batch: 1,
      ...values,
    })));
  } else {
    const shares = sharesOf(batch, backend.threads, Math.ceil(LEAST_FLOATS / (padded * k)));
    rows[which].together(shares.map((products) => ({
      from: from + products.from * size * k * FLOAT,
      to: to + products.from * padded * k * FLOAT,
      strips: padded / width,
      batch: products.to - products.from,
      ...values,
    })));
  }
}

/** k runs down. Threads share the matrices, or the strips of the only one. */
function arrangeAcross(
  { columns, backend }: Site,
  which: "a" | "b",
  from: number,
  to: number,
  { width, size, k, batch }: Stored,
): void {
  const strips = Math.ceil(size / width);
  const values = { rowBytes: size * FLOAT, k, fromBytes: k * size * FLOAT };
  const ofOne = strips * width * k;
  if (batch > 1) {
    const shares = sharesOf(batch, backend.threads, Math.ceil(LEAST_FLOATS / ofOne));
    columns[which].together(shares.map((products) => ({
      from: from + products.from * k * size * FLOAT,
      to: to + products.from * ofOne * FLOAT,
      strips,
      batch: products.to - products.from,
      ...values,
    })));
  } else {
    const shares = sharesOf(strips, backend.threads, Math.ceil(LEAST_FLOATS / (width * k)));
    columns[which].together(shares.map((part) => ({
      from: from + part.from * width * FLOAT,
      to: to + part.from * width * k * FLOAT,
      strips: part.to - part.from,
      batch: 1,
      ...values,
    })));
  }
}
