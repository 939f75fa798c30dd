/**
 * Loops over rows on a kernel back end. Rows that are no whole vectors go to the plain loops.
 *
 * @module
 */
import { type Backend, LANES } from "../../kernels/mod.ts";
import { bindKernel, type Workspace } from "./block_kernel.ts";
import { type Floats, type Loops, plainLoops } from "./loops.ts";
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

/** An array in the workspace. */
interface Place {
  readonly address: number;
  readonly view: Float32Array;
}

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
    function take(length: number): Place {
      const address = workspace.take(length);
      return { address, view: backend.float32(address, length) };
    }
    function copy(array: Floats): Place {
      const place = take(array.length);
      place.view.set(array);
      return place;
    }
    /** The table and the sizes that every kernel over rows asks for. */
    function rowsOf(length: number, cols: number, epsilon: number): [
      addresses: { table: number },
      values: { rows: number; vectors: number; rowBytes: number },
    ] {
      const table = take(ROW_TABLE_FLOATS);
      fillRowTable(table.view, cols, epsilon);
      return [
        { table: table.address },
        { rows: length / cols, vectors: cols / lanes, rowBytes: cols * 4 },
      ];
    }
    return {
      layerNorm(x, gain, bias, epsilon, y): void {
        if (gain.length % lanes !== 0) return plainLoops.layerNorm(x, gain, bias, epsilon, y);
        workspace.clear();
        const [table, sizes] = rowsOf(x.length, gain.length, epsilon);
        const out = take(y.length);
        runs.layerNorm({
          x: copy(x).address,
          gain: copy(gain).address,
          bias: copy(bias).address,
          y: out.address,
          ...table,
        }, sizes);
        y.set(out.view);
      },
      layerNormGradient(x, gain, dy, epsilon, dx): void {
        if (gain.length % lanes !== 0) {
          return plainLoops.layerNormGradient(x, gain, dy, epsilon, dx);
        }
        workspace.clear();
        const [table, sizes] = rowsOf(x.length, gain.length, epsilon);
        const out = take(dx.length);
        runs.layerNormGradient({
          x: copy(x).address,
          gain: copy(gain).address,
          dy: copy(dy).address,
          dx: out.address,
          ...table,
        }, sizes);
        dx.set(out.view);
      },
      layerNormSums(x, dy, epsilon, sums): void {
        if (sums.length % lanes !== 0) return plainLoops.layerNormSums(x, dy, epsilon, sums);
        workspace.clear();
        const [table, sizes] = rowsOf(x.length, sums.length, epsilon);
        const out = take(sums.length);
        out.view.fill(0);
        runs.layerNormSums({
          x: copy(x).address,
          gain: out.address,
          dy: copy(dy).address,
          ...table,
        }, sizes);
        sums.set(out.view);
      },
      columnSums(x, sums): void {
        const cols = sums.length;
        if (cols % columnStep(lanes) !== 0) return plainLoops.columnSums(x, sums);
        workspace.clear();
        const out = take(cols);
        runs.columnSums({ x: copy(x).address, sums: out.address }, {
          rows: x.length / cols,
          blocks: cols / columnStep(lanes),
          rowBytes: cols * 4,
        });
        sums.set(out.view);
      },
    };
  };
}
