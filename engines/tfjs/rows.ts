/**
 * Loops over rows on a kernel back end. Rows that are no whole vectors go to the plain loops.
 *
 * @module
 */
import { type Backend, LANES } from "../../kernels/mod.ts";
import { sharesOf } from "../ranges.ts";
import { bindKernel, type Workspace } from "./block_kernel.ts";
import { type Loops, plainLoops } from "./loops.ts";
import { openOperands } from "./operands.ts";
import {
  columnStep,
  columnSums,
  fillRowTable,
  layerNorm,
  layerNormGradient,
  layerNormSums,
  ROW_TABLE_FLOATS,
} from "./row_kernels.ts";

/** The loops that are bound here. */
export type RowLoops = Pick<
  Loops,
  "layerNorm" | "layerNormGradient" | "layerNormSums" | "columnSums"
>;

/** Emits the kernels of {@linkcode RowLoops}. The workspace is opened after this and given to the loops. */
export function bindRows(backend: Backend): (workspace: Workspace) => RowLoops {
  const { target } = backend;
  const lanes = LANES[target];
  const runs = {
    layerNorm: bindKernel(backend, layerNorm(target)),
    layerNormGradient: bindKernel(backend, layerNormGradient(target)),
    layerNormSums: bindKernel(backend, layerNormSums(target)),
    columnSums: bindKernel(backend, columnSums(target)),
  };
  return (workspace) => {
    const { input, output } = openOperands(backend, workspace);
    /** Shares the rows: what kernels over rows ask for, and how far a share's arrays are moved. Takes the workspace anew. */
    function sharesOfRows(
      length: number,
      cols: number,
      epsilon: number,
      most = backend.threads,
    ): readonly RowShare[] {
      workspace.clear();
      const shares = sharesOf(length / cols, most, Math.ceil(LEAST_FLOATS / cols));
      return shares.map(({ from, to }) => {
        // Each thread's sums pass through a table of its own.
        const table = workspace.take(ROW_TABLE_FLOATS);
        fillRowTable(backend.float32(table, ROW_TABLE_FLOATS), cols, epsilon);
        const sizes = { table, rows: to - from, vectors: cols / lanes, rowBytes: cols * 4 };
        return { sizes, bytes: from * cols * 4 };
      });
    }
    return {
      layerNorm(x, gain, bias, epsilon, y): void {
        if (gain.length % lanes !== 0) return plainLoops.layerNorm(x, gain, bias, epsilon, y);
        const shares = sharesOfRows(x.length, gain.length, epsilon);
        const out = output(y);
        const at = { x: input(x), gain: input(gain), bias: input(bias) };
        runs.layerNorm.together(shares.map(({ sizes, bytes }) => ({
          ...at,
          ...sizes,
          x: at.x + bytes,
          y: out.address + bytes,
        })));
        out.finish();
      },
      layerNormGradient(x, gain, dy, epsilon, dx): void {
        if (gain.length % lanes !== 0) {
          return plainLoops.layerNormGradient(x, gain, dy, epsilon, dx);
        }
        const shares = sharesOfRows(x.length, gain.length, epsilon);
        const out = output(dx);
        const at = { x: input(x), gain: input(gain), dy: input(dy) };
        runs.layerNormGradient.together(shares.map(({ sizes, bytes }) => ({
          ...sizes,
          gain: at.gain,
          x: at.x + bytes,
          dy: at.dy + bytes,
          dx: out.address + bytes,
        })));
        out.finish();
      },
      layerNormSums(x, dy, epsilon, sums): void {
        if (sums.length % lanes !== 0) return plainLoops.layerNormSums(x, dy, epsilon, sums);
        const cols = sums.length;
        // As many parts whatever the threads, so that sums do not depend on them.
        const shares = sharesOfRows(x.length, cols, epsilon, SUMMED_PARTS);
        const at = { x: input(x), dy: input(dy) };
        const parts = shares.map(({ sizes, bytes }) => {
          const gain = workspace.take(cols);
          backend.float32(gain, cols).fill(0);
          return { ...sizes, x: at.x + bytes, dy: at.dy + bytes, gain };
        });
        for (let first = 0; first < parts.length; first += backend.threads) {
          runs.layerNormSums.together(parts.slice(first, first + backend.threads));
        }
        parts.forEach(({ gain }, part) => {
          const totals = backend.float32(gain, cols);
          if (part === 0) sums.set(totals);
          else totals.forEach((total, col) => sums[col]! += total);
        });
      },
      columnSums(x, sums): void {
        const cols = sums.length;
        const step = columnStep(lanes);
        if (cols % step !== 0) return plainLoops.columnSums(x, sums);
        workspace.clear();
        const out = output(sums);
        const from = input(x);
        const rows = x.length / cols;
        const least = Math.ceil(LEAST_FLOATS / (rows * step));
        runs.columnSums.together(
          sharesOf(cols / step, backend.threads, least).map((blocks) => ({
            x: from + blocks.from * step * 4,
            sums: out.address + blocks.from * step * 4,
            rows,
            blocks: blocks.to - blocks.from,
            rowBytes: cols * 4,
          })),
        );
        out.finish();
      },
    };
  };
}

/** Parts whose sums are added at the end. */
const SUMMED_PARTS = 4;

/** Floats below which a thread is not worth starting: some 5 µs. */
const LEAST_FLOATS = 2 ** 14;

/** Rows of one thread. */
interface RowShare {
  readonly sizes: Readonly<Record<"table" | "rows" | "vectors" | "rowBytes", number>>;
  /** Bytes before its first row. */
  readonly bytes: number;
}
