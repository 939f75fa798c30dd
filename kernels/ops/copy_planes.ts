/**
 * Copies rows of planes into a view: shifted, every second or third pixel, or in rows further apart.
 *
 * Idea: what a row of the view shows is a run of the row of the image, so a copy is a loop over channels and rows. With a step
 * of s, a vector of the view lies in s vectors of the image: each is permuted by the same indices, `s * lane` modulo the lanes,
 * and gives the lanes that it has. The last vector of a row is masked: behind the run it writes the fill of the pads, which the
 * next row overwrites where it has pixels.
 *
 * Layout: see `formats/planes.ts`; x is read up to `step` vectors past its last row, y written up to one.
 *
 * Cost: a vector takes s loads and a store, most of them not aligned, and with s > 1 s permutations and 2 s bitwise operations.
 *
 * Limits: the load and store units; on large images the bandwidth of memory.
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
  /** {@linkcode copyTable} of `cells` and the step. */
  readonly table: number;
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
  "table",
] as const;

type Slot = (typeof SLOTS)[number];

/** The `copyPlanes` kernel of a step. */
export function copyPlanes({ target, step = 1 }: CopyPlanesOptions): Op<CopyPlanesArguments> {
  const lanes = LANES[target];
  return defineOp<Slot, CopyPlanesArguments>({
    id: `copy_planes_f32_${target}_${step}`,
    slots: SLOTS,
    derive: ({ cells, ...named }) => ({ ...named, count: Math.ceil(cells / lanes) - 1 }),
    emit: (machine, argument) => emitChannels({ machine, argument, step }),
  });
}

/**
 * The lanes that the last vector of a row of `cells` cells keeps, and what stands in the others; with a step of 2 or more also
 * the indices of the permutation and the lanes that each vector of the image gives.
 *
 * @param fill Bits of the pads' content.
 */
export function copyTable(
  target: Target,
  step: number,
  cells: number,
  fill: number,
): Uint32Array<ArrayBuffer> {
  const lanes = Array.from({ length: LANES[target] }, (_, lane) => lane);
  const left = cells - lanes.length * (Math.ceil(cells / lanes.length) - 1);
  const ends = [
    lanes.map((lane) => lane < left ? ~0 : 0),
    lanes.map((lane) => lane < left ? 0 : fill),
  ];
  if (step === 1) return Uint32Array.from(ends.flat());
  const giver = (lane: number): number => Math.floor(step * lane / lanes.length);
  return Uint32Array.from([
    ...ends,
    lanes.map((lane) => step * lane % lanes.length),
    ...Array.from({ length: step }, (_, i) => lanes.map((lane) => giver(lane) === i ? ~0 : 0)),
  ].flat());
}

interface Emission {
  readonly machine: VectorMachine;
  readonly argument: Arguments<Slot>;
  readonly step: number;
}

function emitChannels(emission: Emission): void {
  const { machine, argument } = emission;
  const [x, y] = [argument("x"), argument("y")];
  const table = loadTable(emission);
  const advance = (pointer: Scalar, by: Slot): void =>
    machine.scope(() => machine.increase(pointer, argument(by)));
  machine.repeat(argument("channels"), () => {
    const [from, to] = [machine.scalar(), machine.scalar()];
    machine.move(from, x);
    machine.move(to, y);
    machine.repeat(argument("rows"), () => {
      copyRow(emission, from, to, table);
      advance(from, "xRowBytes");
      advance(to, "yRowBytes");
    });
    advance(x, "xChannelBytes");
    advance(y, "yChannelBytes");
  });
}

/** {@linkcode copyTable} in registers. */
interface Table {
  readonly kept: Vector;
  readonly fill: Vector;
  /** Only with a step of 2 or more, as are the givers. */
  readonly indices: Vector | null;
  readonly givers: readonly Vector[];
}

function loadTable({ machine, argument, step }: Emission): Table {
  const vectors = Array.from({ length: step === 1 ? 2 : 3 + step }, () => machine.vector());
  machine.scope(() => {
    const table = argument("table");
    vectors.forEach((vector, i) =>
      machine.load(vector, { base: table, disp: 4 * i * machine.lanes })
    );
  });
  const [kept, fill, indices = null, ...givers] = vectors;
  return { kept: kept!, fill: fill!, indices, givers };
}

function copyRow(emission: Emission, from: Scalar, to: Scalar, table: Table): void {
  const { machine, argument, step } = emission;
  const bytes = 4 * machine.lanes;
  machine.scope(() => {
    const [source, target, cells] = [machine.scalar(), machine.scalar(), machine.vector()];
    machine.move(source, from);
    machine.move(target, to);
    machine.repeat(argument("count"), () => {
      loadCells(emission, cells, source, table);
      machine.store({ base: target }, cells);
      machine.increase(source, step * bytes);
      machine.increase(target, bytes);
    });
    loadCells(emission, cells, source, table);
    machine.and(cells, cells, table.kept);
    machine.or(cells, cells, table.fill);
    machine.store({ base: target }, cells);
  });
}

/** Every `step`-th cell from `source` on. */
function loadCells(
  { machine }: Emission,
  to: Vector,
  source: Scalar,
  { indices, givers }: Table,
): void {
  if (indices === null) return machine.load(to, { base: source });
  machine.scope(() => {
    const part = machine.vector();
    givers.forEach((giver, i) => {
      const some = i === 0 ? to : part;
      machine.permute(some, indices, { base: source, disp: 4 * i * machine.lanes });
      machine.and(some, some, giver);
      if (i > 0) machine.or(to, to, part);
    });
  });
}
