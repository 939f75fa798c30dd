/**
 * Loops over rows on a kernel back end. Rows that are no whole vectors go to the plain loops.
 *
 * @module
 */
import { type Backend, LANES } from "../../kernels/mod.ts";
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
    /** The table and the sizes that every kernel over rows asks for. */
    function rowsOf(length: number, cols: number, epsilon: number): [
      addresses: { table: number },
      values: { rows: number; vectors: number; rowBytes: number },
    ] {
      workspace.clear();
      const table = workspace.take(ROW_TABLE_FLOATS);
      fillRowTable(backend.float32(table, ROW_TABLE_FLOATS), cols, epsilon);
      return [{ table }, { rows: length / cols, vectors: cols / lanes, rowBytes: cols * 4 }];
    }
    return {
      layerNorm(x, gain, bias, epsilon, y): void {
        if (gain.length % lanes !== 0) return plainLoops.layerNorm(x, gain, bias, epsilon, y);
        const [table, sizes] = rowsOf(x.length, gain.length, epsilon);
        const out = output(y);
        const inputs = { x: input(x), gain: input(gain), bias: input(bias) };
        runs.layerNorm({ ...inputs, y: out.address, ...table }, sizes);
        out.finish();
      },
      layerNormGradient(x, gain, dy, epsilon, dx): void {
        if (gain.length % lanes !== 0) {
          return plainLoops.layerNormGradient(x, gain, dy, epsilon, dx);
        }
        const [table, sizes] = rowsOf(x.length, gain.length, epsilon);
        const out = output(dx);
        const inputs = { x: input(x), gain: input(gain), dy: input(dy) };
        runs.layerNormGradient({ ...inputs, dx: out.address, ...table }, sizes);
        out.finish();
      },
      layerNormSums(x, dy, epsilon, sums): void {
        if (sums.length % lanes !== 0) return plainLoops.layerNormSums(x, dy, epsilon, sums);
        const [table, sizes] = rowsOf(x.length, sums.length, epsilon);
        const out = workspace.take(sums.length);
        const totals = backend.float32(out, sums.length).fill(0);
        runs.layerNormSums({ x: input(x), gain: out, dy: input(dy), ...table }, sizes);
        sums.set(totals);
      },
      columnSums(x, sums): void {
        const cols = sums.length;
        if (cols % columnStep(lanes) !== 0) return plainLoops.columnSums(x, sums);
        workspace.clear();
        const out = output(sums);
        runs.columnSums({ x: input(x), sums: out.address }, {
          rows: x.length / cols,
          blocks: cols / columnStep(lanes),
          rowBytes: cols * 4,
        });
        out.finish();
      },
    };
  };
}
