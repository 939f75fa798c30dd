/**
 * Softmax of rows of any length with a mask, and its gradient.
 *
 * Idea: a row is some whole vectors and a last one, of which only the first lanes belong to the row. What the last one adds is kept out of
 * maxima and sums, and what it writes behind the row is the beginning of the next row, which is written later. So nothing is
 * padded, but somebody else does the rows at the end whose last vector would be written beyond the array.
 *
 * Layout: x, y and their gradients `[groups][rows][keys]`, mask `[groups][keys]`.
 *
 * Cost: three passes over a row in L1, 14 operations a vector for the exponential. Limits: the latency of the maximum and of the sum over a
 * row, and of the division.
 *
 * @module
 */
import { exp, LANES, type Scalar, type Target, type Vector } from "../../kernels/mod.ts";
import type { VectorMachine } from "../../kernels/mod.ts";
import { type BlockKernel, defineBlockKernel, type Load } from "./block_kernel.ts";

const FLOAT = 4;
const LOWEST_FLOAT = -3.4028234663852886e38;

/** Places in the table in floats: the factor, 1 where a lane of the last vector is beyond the row, lanes turned by 8, 4, 2, 1. */
const PLACE = { scale: 0, beyond: 16, turned: 32 } as const;
/** Floats of the table. */
export const SOFTMAX_TABLE_FLOATS = 96;

/** Writes the table for rows of `keys` elements. */
export function fillSoftmaxTable(
  table: Float32Array,
  target: Target,
  keys: number,
  scale: number,
): void {
  const lanes = LANES[target];
  const last = (keys - 1) % lanes + 1;
  table.fill(scale, PLACE.scale, PLACE.scale + 16);
  for (let i = 0; i < lanes; i++) table[PLACE.beyond + i] = Number(i >= last);
  const words = new Int32Array(table.buffer, table.byteOffset, table.length);
  turns(lanes).forEach((turn, place) => {
    for (let i = 0; i < lanes; i++) words[PLACE.turned + 16 * place + i] = (i + turn) % lanes;
  });
}

/** Vectors of a row but for the last. */
export function wholeVectors(target: Target, keys: number): number {
  return Math.ceil(keys / LANES[target]) - 1;
}

function turns(lanes: number): readonly number[] {
  return lanes === 1 ? [] : [lanes / 2, ...turns(lanes / 2)];
}

type RowsName = "table" | "groups" | "rows" | "rowBytes" | "whole";

function fromTable(
  machine: VectorMachine,
  load: Load<"table">,
  to: Vector,
  place: number,
): void {
  machine.scope(() => machine.load(to, { base: load.address("table"), disp: place * FLOAT }));
}

/** Runs `body` for the offsets of the vectors of a row; `isLast` for the last one. */
function alongRow(
  machine: VectorMachine,
  load: Load<"whole">,
  body: (index: Scalar, isLast: boolean) => void,
): void {
  machine.scope(() => {
    const index = machine.scalar();
    machine.move(index, 0);
    machine.scope(() =>
      machine.repeat(load.value("whole"), () => {
        machine.scope(() => body(index, false));
        machine.increase(index, machine.lanes * FLOAT);
      })
    );
    machine.scope(() => body(index, true));
  });
}

/** Lanes of the last vector beyond the row become `filler`. */
function cover(
  machine: VectorMachine,
  load: Load<"table">,
  value: Vector,
  filler: number,
): void {
  const [beyond, zero, other] = [machine.vector(), machine.vector(), machine.vector()];
  fromTable(machine, load, beyond, PLACE.beyond);
  machine.zero(zero);
  machine.constant(other, filler);
  machine.select(value, beyond, "gt", zero, other, value);
}

/** Every lane becomes the largest. */
function largest(machine: VectorMachine, load: Load<"table">, x: Vector): void {
  machine.scope(() => {
    const [indices, turned] = [machine.vector(), machine.vector()];
    turns(machine.lanes).forEach((_, place) => {
      fromTable(machine, load, indices, PLACE.turned + 16 * place);
      machine.permute(turned, indices, x);
      machine.maximum(x, x, turned);
    });
  });
}

/** `y = softmax(scale · x + mask)` row by row. `whole` is {@linkcode wholeVectors}. */
export function softmaxRows(target: Target): BlockKernel<RowsName | "x" | "mask" | "y"> {
  return defineBlockKernel(
    `softmax_rows_f32_${target}`,
    ["x", "mask", "y", "table", "groups", "rows", "rowBytes", "whole"],
    (machine, load) => {
      const [x, mask, y] = [load.address("x"), load.address("mask"), load.address("y")];
      const rowBytes = load.value("rowBytes");
      machine.repeat(load.value("groups"), () => {
        machine.scope(() =>
          machine.repeat(load.value("rows"), () => {
            emitSoftmax(machine, load, [x, mask, y]);
            for (const pointer of [x, y]) machine.increase(pointer, rowBytes);
          })
        );
        machine.increase(mask, rowBytes);
      });
    },
  );
}

function emitSoftmax(
  machine: VectorMachine,
  load: Load<"table" | "whole">,
  [x, mask, y]: readonly [Scalar, Scalar, Scalar],
): void {
  const [scale, most, sum] = [machine.vector(), machine.vector(), machine.vector()];
  fromTable(machine, load, scale, PLACE.scale);
  machine.constant(most, LOWEST_FLOAT);
  alongRow(machine, load, (index, isLast) => {
    const [value, other] = [machine.vector(), machine.vector()];
    machine.load(value, { base: x, index });
    machine.load(other, { base: mask, index });
    machine.horner(value, scale, other);
    if (isLast) machine.scope(() => cover(machine, load, value, LOWEST_FLOAT));
    machine.maximum(most, most, value);
    machine.store({ base: y, index }, value);
  });
  largest(machine, load, most);
  machine.zero(sum);
  // Lanes beyond the row hold the lowest number, whose exponential is 0.
  alongRow(machine, load, (index) => {
    const value = machine.vector();
    machine.load(value, { base: y, index });
    machine.subtract(value, value, most);
    exp(machine, [value]);
    machine.add(sum, sum, value);
    machine.store({ base: y, index }, value);
  });
  machine.addAcross(sum, sum);
  machine.constant(most, 1);
  machine.divide(sum, most, sum);
  alongRow(machine, load, (index) => {
    const value = machine.vector();
    machine.load(value, { base: y, index });
    machine.multiply(value, value, sum);
    machine.store({ base: y, index }, value);
  });
}

/** `dx = scale · y · (dy - Σ(y · dy))` row by row; the rows of all groups are one group. */
export function softmaxGradientRows(
  target: Target,
): BlockKernel<Exclude<RowsName, "groups"> | "y" | "dy" | "dx"> {
  return defineBlockKernel(
    `softmax_gradient_rows_f32_${target}`,
    ["y", "dy", "dx", "table", "rows", "rowBytes", "whole"],
    (machine, load) => {
      const [y, dy, dx] = [load.address("y"), load.address("dy"), load.address("dx")];
      const [scale, rowBytes] = [machine.vector(), load.value("rowBytes")];
      fromTable(machine, load, scale, PLACE.scale);
      machine.repeat(load.value("rows"), () => {
        const dot = machine.vector();
        machine.zero(dot);
        alongRow(machine, load, (index, isLast) => {
          const [value, other] = [machine.vector(), machine.vector()];
          machine.load(value, { base: y, index });
          machine.load(other, { base: dy, index });
          machine.multiply(value, value, other);
          if (isLast) machine.scope(() => cover(machine, load, value, 0));
          machine.add(dot, dot, value);
        });
        machine.addAcross(dot, dot);
        alongRow(machine, load, (index) => {
          const [value, other] = [machine.vector(), machine.vector()];
          machine.load(value, { base: dy, index });
          machine.subtract(value, value, dot);
          machine.load(other, { base: y, index });
          machine.multiply(value, value, other);
          machine.multiply(value, value, scale);
          machine.store({ base: dx, index }, value);
        });
        for (const pointer of [y, dy, dx]) machine.increase(pointer, rowBytes);
      });
    },
  );
}
