/**
 * Softmax and its gradient on a kernel back end. Rows at the end that the kernels cannot write in place go to the plain loops.
 *
 * @module
 */
import { type Backend, LANES } from "../../kernels/mod.ts";
import { sharesOf } from "../ranges.ts";
import { bindKernel, type Workspace } from "./block_kernel.ts";
import { type Floats, type Loops, type MaskedRows, plainLoops } from "./loops.ts";
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
    /** What both kernels ask for. Takes the workspace anew. */
    function sizesOf(
      { keys, scale }: MaskedRows,
    ): Readonly<Record<"table" | "rowBytes" | "whole", number>> {
      workspace.clear();
      const table = workspace.take(SOFTMAX_TABLE_FLOATS);
      fillSoftmaxTable(backend.float32(table, SOFTMAX_TABLE_FLOATS), target, keys, scale);
      return { table, rowBytes: keys * 4, whole: wholeVectors(target, keys) };
    }
    /** How far the last vector of a row reaches beyond it. */
    const excessOf = (keys: number): number =>
      Math.ceil(keys / LANES[target]) * LANES[target] - keys;
    /** Rows at the end of `count` that would be written beyond the last one, into another thread's or whose ever. */
    const sparedOf = (keys: number, count: number): number =>
      Math.min(count, Math.ceil(excessOf(keys) / keys));
    return {
      softmax(x, mask, rows, y): void {
        const { keys, rowsPerMask } = rows;
        const sizes = sizesOf(rows);
        const excess = excessOf(keys);
        const out = output(y, excess);
        const at = { x: input(x, excess), mask: input(mask, excess), y: out.address };
        const least = Math.ceil(LEAST_FLOATS / (rowsPerMask * keys));
        const groups = sharesOf(y.length / (rowsPerMask * keys), backend.threads, least);
        const shares = groups.map(({ from, to }) => {
          const [start, end] = [from * rowsPerMask, to * rowsPerMask];
          return { start, safe: end - sparedOf(keys, end - start), end };
        });
        /** Whole groups from a row on, or the first rows of one. */
        const part = (row: number, count: number, ofEach: number) => ({
          x: at.x + row * keys * 4,
          mask: at.mask + Math.floor(row / rowsPerMask) * keys * 4,
          y: at.y + row * keys * 4,
          groups: count,
          rows: ofEach,
          ...sizes,
        });
        const left = ({ start, safe }: (typeof shares)[number]) => (safe - start) % rowsPerMask;
        forward.together(shares.map((share) => {
          const whole = share.safe - share.start - left(share);
          return part(share.start, whole / rowsPerMask, rowsPerMask);
        }));
        if (excess > 0) {
          forward.together(
            shares.map((share) => part(share.safe - left(share), 1, left(share))),
          );
        }
        out.finish();
        for (const { safe, end } of shares) {
          for (let row = safe; row < end; row++) {
            const group = Math.floor(row / rowsPerMask);
            plainLoops.softmax(
              rowsOf(x, row, row + 1, keys),
              rowsOf(mask, group, group + 1, keys),
              { ...rows, rowsPerMask: 1 },
              rowsOf(y, row, row + 1, keys),
            );
          }
        }
      },
      softmaxGradient(y, dy, rows, dx): void {
        const { keys } = rows;
        const sizes = sizesOf(rows);
        const excess = excessOf(keys);
        const out = output(dx, excess);
        const at = { y: input(y, excess), dy: input(dy, excess), dx: out.address };
        const shares = sharesOf(y.length / keys, backend.threads, Math.ceil(LEAST_FLOATS / keys))
          .map(({ from, to }) => ({ from, safe: to - sparedOf(keys, to - from), to }));
        gradient.together(shares.map(({ from, safe }) => ({
          y: at.y + from * keys * 4,
          dy: at.dy + from * keys * 4,
          dx: at.dx + from * keys * 4,
          rows: safe - from,
          ...sizes,
        })));
        out.finish();
        for (const { safe, to } of shares) {
          const [lastY, lastDy, lastDx] = [y, dy, dx].map((all) => rowsOf(all, safe, to, keys)) as [
            Floats,
            Floats,
            Floats,
          ]; // three in, three out
          plainLoops.softmaxGradient(lastY, lastDy, rows, lastDx);
        }
      },
    };
  };
}

function rowsOf(all: Floats, from: number, to: number, keys: number): Floats {
  return all.subarray(from * keys, to * keys);
}

/** Floats below which a thread is not worth starting: some 10 µs. */
const LEAST_FLOATS = 2 ** 13;
