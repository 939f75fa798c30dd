/**
 * Runs matrix products on a kernel back end: native code where it is allowed, else WebAssembly.
 *
 * Operands are copied into the back end's arena and results out of it, which costs a few per cent of a product.
 *
 * @module
 */
import { type Backend, kernelSupport, openBackend, type Target } from "../../kernels/mod.ts";
import type { Floats, Loops, Product } from "./loops.ts";
import {
  arrangeColumns,
  arrangeRows,
  type BlockKernel,
  multiplyStrips,
  type TileSize,
  tileSize,
} from "./product_kernels.ts";

/** Multiplies matrices. Disposing it frees its memory and code. */
export interface Multiplier extends Disposable {
  /** Instruction set in use. */
  readonly target: Target;
  /**
   * Does what {@linkcode Loops.matMul} does.
   *
   * @throws {RangeError} If the operands do not fit into the arena.
   */
  multiply: Loops["matMul"];
}

/** Arena of a multiplier: operands, arranged operands and result of one call. Pages that no call touches cost nothing. */
const ARENA_BYTES = 512 * 2 ** 20;

/** A kernel with its block of parameters; addresses are given as they are. */
type Run<Name extends string> = (
  addresses: Readonly<Partial<Record<Name, number>>>,
  values: Readonly<Partial<Record<Name, number>>>,
) => void;

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

type NamesOf<K> = K extends BlockKernel<infer Name> ? Name : never;
type RowsName = NamesOf<ReturnType<typeof arrangeRows>>;
type ColumnsName = NamesOf<ReturnType<typeof arrangeColumns>>;
type StripsName = NamesOf<ReturnType<typeof multiplyStrips>>;

/** Opens a multiplier; without `target` on the fastest instruction set that works here. */
export function openMultiplier(
  target: Target = kernelSupport().targets[0]!,
  arenaBytes: number = ARENA_BYTES,
): Multiplier {
  const backend = openBackend({ target, arenaBytes });
  const tile = tileSize(target);
  const runs = {
    arrangeRows: {
      a: runner(backend, arrangeRows(target, tile.rows)),
      b: runner(backend, arrangeRows(target, tile.cols)),
    },
    arrangeColumns: {
      a: runner(backend, arrangeColumns(target, tile.rows)),
      b: runner(backend, arrangeColumns(target, tile.cols)),
    },
    multiplyStrips: runner(backend, multiplyStrips(target)),
  };
  const workspace = openWorkspace(backend, arenaBytes - backend.usedBytes);
  const site: Site = { backend, tile, ...runs, take: workspace.take };
  return {
    target,
    multiply(a, b, bias, sizes, c): void {
      workspace.clear();
      multiply(site, a, b, bias, sizes, c);
    },
    [Symbol.dispose]: () => backend[Symbol.dispose](),
  };
}

function runner<Name extends string>(backend: Backend, kernel: BlockKernel<Name>): Run<Name> {
  const origin = backend.allocate(4 * kernel.parameters.length);
  const block = backend.uint32(origin, kernel.parameters.length);
  const program = backend.build([[{ do: "call", kernel, args: [origin] }]]);
  return (addresses, values) => {
    kernel.parameters.forEach((name, i) => {
      const address = addresses[name];
      block[i] = address === undefined ? values[name]! : address - origin;
    });
    program.run();
  };
}

function openWorkspace(
  backend: Backend,
  sizeBytes: number,
): { clear(): void; take(length: number): number } {
  const start = backend.allocate(Math.floor(sizeBytes / 64) * 64);
  let top = start;
  return {
    clear: () => void (top = start),
    take(length): number {
      const address = top;
      top += Math.ceil(length / 16) * 64;
      if (top > start + sizeBytes) {
        throw new RangeError(
          `Cannot multiply matrices: ${
            top - start
          } bytes of operands, expected at most ${sizeBytes}`,
        );
      }
      return address;
    },
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
