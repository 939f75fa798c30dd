/**
 * Copies the pixels of planes one by one to places at equal distances: into a lane of a panel, or next to each other.
 *
 * Cost: a 4-byte load and store a pixel. Limits: one store a cycle; in panels each pixel takes a cache line of its own.
 *
 * @module
 */
import type { Target } from "../machine.ts";
import { defineOp, type Op } from "./op.ts";

/** What one call of `scatterCells` works on. Addresses and strides are bytes. */
export interface ScatterCellsArguments {
  /** First pixel of the first channel. */
  readonly x: number;
  /** From one row to the next. */
  readonly xRowBytes: number;
  /** From one channel to the next. */
  readonly xChannelBytes: number;
  /** Where the first pixel goes. */
  readonly y: number;
  /** From there to where the next one goes; channels and rows follow each other at the same distance. */
  readonly yCellBytes: number;
  /** Channels. */
  readonly channels: number;
  /** Rows of each. */
  readonly rows: number;
  /** Pixels of a row. */
  readonly cells: number;
}

/** The `scatterCells` kernel. */
export function scatterCells({ target }: { readonly target: Target }): Op<ScatterCellsArguments> {
  return defineOp({
    id: `scatter_cells_f32_${target}`,
    slots: ["x", "xRowBytes", "xChannelBytes", "y", "yCellBytes", "channels", "rows", "cells"],
    derive: (named: ScatterCellsArguments) => ({ ...named }),
    emit: (machine, argument) => {
      const [x, y, step] = [argument("x"), argument("y"), argument("yCellBytes")];
      machine.repeat(argument("channels"), () => {
        const row = machine.scalar();
        machine.move(row, x);
        machine.repeat(argument("rows"), () => {
          const [at, bits] = [machine.scalar(), machine.scalar()];
          machine.move(at, row);
          machine.repeat(argument("cells"), () => {
            machine.loadU32(bits, { base: at });
            machine.storeU32({ base: y }, bits);
            machine.increase(at, 4);
            machine.increase(y, step);
          });
          machine.scope(() => machine.increase(row, argument("xRowBytes")));
        });
        machine.scope(() => machine.increase(x, argument("xChannelBytes")));
      });
    },
  });
}
