/**
 * Copies rows of planes into a view: shifted, every second or third pixel, or in rows further apart.
 *
 * Idea: what a row of the view shows is a run of the row of the image, so a copy is a loop over channels and rows. The last
 * vector of a row is masked: behind the run it writes the fill of the pads, which the next row overwrites where it has pixels.
 *
 * Layout: see `formats/planes.ts`; x is read and y written up to a vector past the last row.
 *
 * Cost: a load and a store a vector, most of them not aligned on one side. With a step of 2 or more cell by cell, a load and a
 * store each.
 *
 * Limits: the store unit; on large images the bandwidth of memory.
 *
 * @module
 */
import type { Scalar, Target, Vector, VectorMachine } from "../machine.ts";
import { type Arguments, defineOp, type Op } from "./op.ts";
import { LANES } from "./tile.ts";

/** Which `copyPlanes` kernel. */
export interface CopyPlanesOptions {
  /** Instruction set. */
  readonly target: Target;
  /** Cells of x from one cell of y to the next; default 1. */
  readonly step?: number;
}

/** What one call of `copyPlanes` works on. Addresses and strides are bytes. */
export interface CopyPlanesArguments {
  /** First cell of the first row. */
  readonly x: number;
  /** From one row that is copied to the next. */
  readonly xRowBytes: number;
  /** From one channel to the next. */
  readonly xChannelBytes: number;
  /** First cell written. */
  readonly y: number;
  /** From one row to the next. */
  readonly yRowBytes: number;
  /** From one channel to the next. */
  readonly yChannelBytes: number;
  /** Rows of each channel. */
  readonly rows: number;
  /** Channels. */
  readonly channels: number;
  /** Cells of each row, at least 1. */
  readonly cells: number;
  /** {@linkcode tailMask} of `cells`. Only read with a step of 1. */
  readonly mask: number;
}

const SLOTS = [
  "x",
  "xRowBytes",
  "xChannelBytes",
  "y",
  "yRowBytes",
  "yChannelBytes",
  "rows",
  "channels",
  "count",
  "mask",
] as const;

type Slot = (typeof SLOTS)[number];

/** The `copyPlanes` kernel of a step. */
export function copyPlanes({ target, step = 1 }: CopyPlanesOptions): Op<CopyPlanesArguments> {
  const lanes = LANES[target];
  return defineOp<Slot, CopyPlanesArguments>({
    id: `copy_planes_f32_${target}_${step}`,
    slots: SLOTS,
    derive: ({ cells, ...named }) => ({
      ...named,
      count: step === 1 ? Math.ceil(cells / lanes) - 1 : cells,
    }),
    emit: (machine, argument) => emitChannels({ machine, argument, step }),
  });
}

/**
 * What the last vector of a row of `cells` cells keeps, and what stands in the other lanes: two vectors of the target.
 *
 * @param fill Bits of the pads' content.
 */
export function tailMask(target: Target, cells: number, fill: number): Uint32Array<ArrayBuffer> {
  const lanes = LANES[target];
  const left = cells - lanes * (Math.ceil(cells / lanes) - 1);
  return Uint32Array.from(
    { length: 2 * lanes },
    (_, i) => i < lanes ? (i < left ? ~0 : 0) : (i - lanes < left ? 0 : fill),
  );
}

interface Emission {
  readonly machine: VectorMachine;
  readonly argument: Arguments<Slot>;
  readonly step: number;
}

function emitChannels(emission: Emission): void {
  const { machine, argument, step } = emission;
  const [x, y] = [argument("x"), argument("y")];
  const tail = step === 1 ? loadTail(emission) : null;
  const advance = (pointer: Scalar, by: Slot): void =>
    machine.scope(() => machine.increase(pointer, argument(by)));
  machine.repeat(argument("channels"), () => {
    const [from, to] = [machine.scalar(), machine.scalar()];
    machine.move(from, x);
    machine.move(to, y);
    machine.repeat(argument("rows"), () => {
      if (tail) copyRow(emission, from, to, tail);
      else copyCells(emission, from, to);
      advance(from, "xRowBytes");
      advance(to, "yRowBytes");
    });
    advance(x, "xChannelBytes");
    advance(y, "yChannelBytes");
  });
}

/** Lanes of the last vector that are kept, and what stands in the others. */
interface Tail {
  readonly kept: Vector;
  readonly fill: Vector;
}

function loadTail({ machine, argument }: Emission): Tail {
  const tail = { kept: machine.vector(), fill: machine.vector() };
  machine.scope(() => {
    const mask = argument("mask");
    machine.load(tail.kept, { base: mask });
    machine.load(tail.fill, { base: mask, disp: 4 * machine.lanes });
  });
  return tail;
}

function copyRow({ machine, argument }: Emission, from: Scalar, to: Scalar, tail: Tail): void {
  machine.scope(() => {
    const [index, cells] = [machine.scalar(), machine.vector()];
    machine.move(index, 0);
    machine.repeat(argument("count"), () => {
      machine.load(cells, { base: from, index });
      machine.store({ base: to, index }, cells);
      machine.increase(index, 4 * machine.lanes);
    });
    machine.load(cells, { base: from, index });
    machine.and(cells, cells, tail.kept);
    machine.or(cells, cells, tail.fill);
    machine.store({ base: to, index }, cells);
  });
}

function copyCells({ machine, argument, step }: Emission, from: Scalar, to: Scalar): void {
  machine.scope(() => {
    const [source, target, cell] = [machine.scalar(), machine.scalar(), machine.scalar()];
    machine.move(source, from);
    machine.move(target, to);
    machine.repeat(argument("count"), () => {
      machine.loadU32(cell, { base: source });
      machine.storeU32({ base: target }, cell);
      machine.increase(source, 4 * step);
      machine.increase(target, 4);
    });
  });
}
