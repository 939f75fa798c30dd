/**
 * Softmax and its gradient on a kernel back end. Rows at the end that the kernels cannot write in place go to the plain loops.
 *
 * @module
 */
import { type Backend, LANES } from "../../kernels/mod.ts";
import { bindKernel, type Workspace } from "./block_kernel.ts";
import { type Loops, type MaskedRows, plainLoops } from "./loops.ts";
import { openOperands } from "./operands.ts";
import {
  fillSoftmaxTable,
  SOFTMAX_TABLE_FLOATS,
  softmaxGradientRows,
  softmaxRows,
  wholeVectors,
} from "./softmax_kernels.ts";

/** Emits the kernels. The workspace is opened after this and given to the loops. */
export function bindSoftmax(
  backend: Backend,
): (workspace: Workspace) => Pick<Loops, "softmax" | "softmaxGradient"> {
  const { target } = backend;
  const forward = bindKernel(backend, softmaxRows(target));
  const gradient = bindKernel(backend, softmaxGradientRows(target));
  return (workspace) => {
    const { input, output } = openOperands(backend, workspace);
    /** What both kernels ask for, and how far the last vector of a row reaches beyond it. */
    function sizesOf(
      { keys, scale }: MaskedRows,
    ): Readonly<Record<"table" | "excess" | "rowBytes" | "whole", number>> {
      workspace.clear();
      const table = workspace.take(SOFTMAX_TABLE_FLOATS);
      fillSoftmaxTable(backend.float32(table, SOFTMAX_TABLE_FLOATS), target, keys, scale);
      const excess = Math.ceil(keys / LANES[target]) * LANES[target] - keys;
      return { table, excess, rowBytes: keys * 4, whole: wholeVectors(target, keys) };
    }
    return {
      softmax(x, mask, rows, y): void {
        const { keys, rowsPerMask } = rows;
        const { table, excess, ...sizes } = sizesOf(rows);
        const out = output(y, excess);
        const perGroup = rowsPerMask * keys;
        const groups = unitsIn(y.length, out.room - excess, perGroup);
        const places = { x: input(x, excess), mask: input(mask, excess), y: out.address, table };
        forward(places, { ...sizes, groups, rows: rowsPerMask });
        out.finish();
        const done = groups * perGroup;
        plainLoops.softmax(x.subarray(done), mask.subarray(groups * keys), rows, y.subarray(done));
      },
      softmaxGradient(y, dy, rows, dx): void {
        const { keys } = rows;
        const { table, excess, ...sizes } = sizesOf(rows);
        const out = output(dx, excess);
        const count = unitsIn(y.length, out.room - excess, keys);
        const places = { y: input(y, excess), dy: input(dy, excess), dx: out.address, table };
        gradient(places, { ...sizes, rows: count });
        out.finish();
        const [restY, restDy, restDx] = [y, dy, dx].map((all) => all.subarray(count * keys));
        plainLoops.softmaxGradient(restY!, restDy!, rows, restDx!);
      },
    };
  };
}

/** Whole units of `size` floats in an array of which the first `room` may be written. */
function unitsIn(length: number, room: number, size: number): number {
  return Math.max(0, Math.floor(Math.min(length, room) / size));
}
