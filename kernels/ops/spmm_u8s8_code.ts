/**
 * The loops of `spmm_u8s8`.
 *
 * @module
 */
import type { Address, Scalar, Vector, VectorMachine } from "../machine.ts";
import { type Accumulators, takeAccumulators } from "./accumulators.ts";
import { type ByteLayout, QUAD } from "./byte_panel.ts";
import type { Arguments } from "./op.ts";
import { emitOutput } from "./requantize.ts";
import type { QuantizedOutput } from "./spmm_u8s8.ts";
import type { Tile } from "./tile.ts";
import { loadUnpacked, UNPACK_REGISTERS } from "./unpack_quads.ts";

/** Argument block of `spmm_u8s8`. */
export const SPMM_U8S8_SLOTS = [
  "x",
  "xPanelStride",
  "y",
  "ySkip",
  "values",
  "offsets",
  "counts",
  "bias",
  "scales",
  "limits",
  "quads",
  "rowBlocks",
  "panels",
] as const;

/** A slot of `spmm_u8s8`. */
export type SpmmU8S8Slot = (typeof SPMM_U8S8_SLOTS)[number];

/** Everything that emission needs to know. */
export interface SpmmU8S8Shape {
  /** Whether every quad is present, so that there are no offsets. */
  readonly dense: boolean;
  /** Order of x. */
  readonly layout: ByteLayout;
  /** What is stored. */
  readonly output: QuantizedOutput;
  /** Register tile. */
  readonly tile: Tile;
  /** Width P of the panels. */
  readonly panelLanes: number;
  /** Tiles side by side in a panel row. */
  readonly steps: number;
  /** Bytes of a row block of y. */
  readonly blockBytes: number;
}

/** What every part of the kernel needs. */
interface Context {
  readonly machine: VectorMachine;
  readonly argument: Arguments<SpmmU8S8Slot>;
  readonly shape: SpmmU8S8Shape;
  /** This panel. */
  readonly x: Scalar;
  /** This row block of this panel. */
  readonly y: Scalar;
}

/** Emits the kernel. */
export function emitSpmmU8S8(
  machine: VectorMachine,
  argument: Arguments<SpmmU8S8Slot>,
  shape: SpmmU8S8Shape,
): void {
  const x = argument("x");
  const y = argument("y");
  const advance = (pointer: Scalar, by: SpmmU8S8Slot): void =>
    machine.scope(() => machine.increase(pointer, argument(by)));
  machine.repeat(argument("panels"), () => {
    machine.scope(() => emitPanel({ machine, argument, shape, x, y }));
    advance(x, "xPanelStride");
    advance(y, "ySkip");
  });
}

function emitPanel(context: Context): void {
  const { machine, argument, shape, y } = context;
  const values = argument("values");
  const offsets = shape.dense ? null : argument("offsets");
  // 4 bytes a row block: the place in counts, and times R that in bias and scales
  const block = machine.scalar();
  machine.move(block, 0);
  machine.repeat(argument("rowBlocks"), () => {
    for (let step = 0; step < shape.steps; step++) {
      machine.scope(() => emitTile(context, step, block, values, offsets));
    }
    machine.increase(block, 4);
    machine.increase(y, shape.blockBytes);
  });
}

/** One tile from its start to its store. */
function emitTile(
  context: Context,
  step: number,
  block: Scalar,
  values: Scalar,
  offsets: Scalar | null,
): void {
  const { machine, argument, shape, y } = context;
  const { tile: { rows, vectors, sets } } = shape;
  /** The 4 bytes of row r of this row block in an array of one value a row. */
  const withRow = (slot: SpmmU8S8Slot, body: (row: (r: number) => Address) => void): void =>
    machine.scope(() => {
      const at = argument(slot);
      for (let i = 0; i < rows; i++) machine.increase(at, block);
      body((r) => ({ base: at, disp: 4 * r }));
    });
  const sums = takeAccumulators(machine, rows, vectors);
  withRow(
    "bias",
    (bias) =>
      sums.forEach((row, r) =>
        row.forEach((sum, v) =>
          v === 0 ? machine.broadcast(sum, bias(r)) : machine.copy(sum, row[0]!)
        )
      ),
  );
  machine.scope(() => {
    const others = Array.from({ length: sets - 1 }, () => {
      const set = takeAccumulators(machine, rows, vectors);
      set.flat().forEach((sum) => machine.zero(sum));
      return set;
    });
    if (offsets) sparseSums(context, step, [sums, ...others], block, values, offsets);
    else denseSums(context, step, sums, values);
    for (const other of others) {
      sums.forEach((row, r) => row.forEach((sum, v) => machine.addInt32(sum, sum, other[r]![v]!)));
    }
  });
  emitOutput(machine, sums, {
    output: shape.output,
    panelLanes: shape.panelLanes,
    firstVector: step * vectors,
    y,
    limits: () => ({ base: argument("limits") }),
    scales: (body) => withRow("scales", body),
  });
}

function denseSums(context: Context, step: number, sums: Accumulators, values: Scalar): void {
  const { machine, argument, shape, x } = context;
  const { tile: { rows }, panelLanes, steps } = shape;
  machine.scope(() => {
    const activation = machine.scalar();
    machine.move(activation, x);
    const last = step === steps - 1;
    const weight = last ? values : machine.scalar();
    if (!last) machine.move(weight, values);
    machine.repeat(argument("quads"), () => {
      multiplyQuads(context, sums, weight, 0, (v) => quadAddress(context, step, v, activation));
      machine.increase(weight, QUAD * rows);
      machine.increase(activation, QUAD * panelLanes);
    });
  });
}

function sparseSums(
  context: Context,
  step: number,
  sets: readonly Accumulators[],
  block: Scalar,
  values: Scalar,
  offsets: Scalar,
): void {
  const { machine, argument, shape } = context;
  const { tile: { rows, unroll }, layout, steps } = shape;
  const valueBytes = QUAD * rows;
  const offsetBytes = layout === "quads" ? 4 : 4 * QUAD;
  const count = machine.scalar();
  machine.scope(() => machine.loadU32(count, { base: argument("counts"), index: block }));
  machine.repeat(count, () => {
    for (let i = 0; i < unroll; i++) {
      const sums = sets[i % sets.length]!;
      machine.scope(() =>
        emitStep(context, step, sums, values, i * valueBytes, offsets, i * offsetBytes)
      );
    }
    machine.increase(values, unroll * valueBytes);
    machine.increase(offsets, unroll * offsetBytes);
  });
  if (step === steps - 1) return;
  // the next tile reads the same steps again
  machine.scope(() => {
    const bytes = machine.scalar();
    machine.move(bytes, count);
    machine.shiftLeft(bytes, Math.log2(unroll * offsetBytes));
    machine.decrease(offsets, bytes);
    machine.move(bytes, count);
    machine.shiftLeft(bytes, Math.log2(unroll * valueBytes));
    machine.decrease(values, bytes);
  });
}

/** One step: 4 inputs of R rows. */
function emitStep(
  context: Context,
  step: number,
  sums: Accumulators,
  values: Scalar,
  valueDisp: number,
  offsets: Scalar,
  offsetDisp: number,
): void {
  const { machine, shape, x } = context;
  if (shape.layout === "quads") {
    const index = machine.scalar();
    machine.loadU32(index, { base: offsets, disp: offsetDisp });
    multiplyQuads(context, sums, values, valueDisp, (v) => ({
      ...quadAddress(context, step, v, x),
      index,
    }));
    return;
  }
  const { rows, vectors } = shape.tile;
  // four vectors of quads at once if there are registers for them, else two and two
  const width = vectors >= 4 && rows * vectors + UNPACK_REGISTERS <= machine.byteVectors ? 4 : 2;
  for (let v = 0; v < vectors; v += width) {
    machine.scope(() => {
      const { quads, spare } = loadUnpacked(machine, width, step * vectors + v, (i) => {
        const index = machine.scalar();
        machine.loadU32(index, { base: offsets, disp: offsetDisp + 4 * i });
        return { base: x, index };
      });
      const part = sums.map((row) => row.slice(v, v + width));
      multiplyHeld(machine, part, quads, spare, values, valueDisp);
    });
  }
}

function quadAddress({ machine, shape }: Context, step: number, v: number, base: Scalar): Address {
  return { base, disp: (step * shape.tile.vectors + v) * 4 * machine.lanes };
}

/** `sums[r][v] += weights(r) · quads(v)`; holds whichever side has fewer registers and streams the other. */
function multiplyQuads(
  { machine }: Context,
  sums: Accumulators,
  values: Scalar,
  disp: number,
  quad: (vector: number) => Address,
): void {
  machine.scope(() => {
    const vectors = sums[0]!.length;
    if (sums.length >= vectors) {
      const held = Array.from({ length: vectors }, (_, v) => {
        const vector = machine.vector();
        machine.load(vector, quad(v));
        return vector;
      });
      return multiplyHeld(machine, sums, held, machine.vector(), values, disp);
    }
    const weights = sums.map((_, r) => {
      const weight = machine.vector();
      machine.broadcast(weight, { base: values, disp: disp + QUAD * r });
      return weight;
    });
    const streamed = machine.vector();
    for (let v = 0; v < vectors; v++) {
      machine.load(streamed, quad(v));
      sums.forEach((row, r) => machine.dotU8S8(row[v]!, streamed, weights[r]!));
    }
  });
}

/** The same with the quads in registers; `weight` is overwritten. */
function multiplyHeld(
  machine: VectorMachine,
  sums: Accumulators,
  quads: readonly Vector[],
  weight: Vector,
  values: Scalar,
  disp: number,
): void {
  sums.forEach((row, r) => {
    machine.broadcast(weight, { base: values, disp: disp + QUAD * r });
    row.forEach((sum, v) => machine.dotU8S8(sum, quads[v]!, weight));
  });
}
