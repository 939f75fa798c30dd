/**
 * Kernels over the rows of a matrix `[rows, cols]`: layer normalisation with its gradients, and sums of columns.
 *
 * Idea: a row is a run of whole vectors (`cols` divides by the lanes). Sums over a row are kept per lane and added up at its end through
 * memory: a vector is stored, and each lane broadcast back.
 *
 * Cost: layer normalisation reads a row three times, its gradient four times; a row of a few hundred elements stays in L1. Limits: the
 * latency of the sums at the end of a row.
 *
 * @module
 */
import type { Scalar, Target, Vector, VectorMachine } from "../../kernels/mod.ts";
import { type BlockKernel, defineBlockKernel, type Load } from "./block_kernel.ts";

const FLOAT = 4;
/** Floats that {@linkcode fillRowTable} writes, and that sums pass through. */
export const ROW_TABLE_FLOATS = 64;

/** Places in the table, in floats. */
const PLACE = { scratch: 0, inverse: 16, epsilon: 32, one: 48 } as const;

/** Writes what the kernels need to know about rows: `1 / cols`, epsilon and 1, each as often as a vector has lanes. */
export function fillRowTable(table: Float32Array, cols: number, epsilon: number): void {
  table.fill(1 / cols, PLACE.inverse, PLACE.inverse + 16);
  table.fill(epsilon, PLACE.epsilon, PLACE.epsilon + 16);
  table.fill(1, PLACE.one, PLACE.one + 16);
}

function fromTable(
  machine: VectorMachine,
  to: Vector,
  table: Scalar,
  name: keyof typeof PLACE,
): void {
  machine.load(to, { base: table, disp: PLACE[name] * FLOAT });
}

/** Every lane of `x` becomes the sum of all lanes. */
function sumLanes(machine: VectorMachine, x: Vector, table: Scalar): void {
  machine.scope(() => {
    const [other, lane] = [machine.vector(), machine.vector()];
    const disp = PLACE.scratch * FLOAT;
    machine.store({ base: table, disp }, x);
    machine.broadcast(x, { base: table, disp });
    machine.broadcast(other, { base: table, disp: disp + FLOAT });
    for (let i = 2; i < machine.lanes; i += 2) {
      machine.broadcast(lane, { base: table, disp: disp + i * FLOAT });
      machine.add(x, x, lane);
      machine.broadcast(lane, { base: table, disp: disp + (i + 1) * FLOAT });
      machine.add(other, other, lane);
    }
    machine.add(x, x, other);
  });
}

/** Runs `body` for every vector of a row with the offset of the vector; `count` vectors. */
function alongRow(machine: VectorMachine, count: Scalar, body: (offset: Scalar) => void): void {
  machine.scope(() => {
    const offset = machine.scalar();
    machine.move(offset, 0);
    machine.repeat(count, () => {
      machine.scope(() => body(offset));
      machine.increase(offset, machine.lanes * FLOAT);
    });
  });
}

/** Mean of the row at `x`, and one over its deviation. */
function emitMoments(
  machine: VectorMachine,
  load: Load<"vectors" | "table">,
  x: Scalar,
  mean: Vector,
  scale: Vector,
): void {
  machine.scope(() => {
    const [count, table, inverse] = [
      load.value("vectors"),
      load.address("table"),
      machine.vector(),
    ];
    fromTable(machine, inverse, table, "inverse");
    machine.zero(mean);
    alongRow(machine, count, (index) => {
      const value = machine.vector();
      machine.load(value, { base: x, index });
      machine.add(mean, mean, value);
    });
    sumLanes(machine, mean, table);
    machine.multiply(mean, mean, inverse);
    machine.zero(scale);
    alongRow(machine, count, (index) => {
      const value = machine.vector();
      machine.load(value, { base: x, index });
      machine.subtract(value, value, mean);
      machine.fma(scale, value, value);
    });
    sumLanes(machine, scale, table);
    const other = machine.vector();
    fromTable(machine, other, table, "epsilon");
    machine.horner(scale, inverse, other);
    machine.squareRoot(scale, scale);
    fromTable(machine, other, table, "one");
    machine.divide(scale, other, scale);
  });
}

type NormName = "x" | "gain" | "table" | "rows" | "vectors" | "rowBytes";

/** Runs `body` for every row, with mean and scale; then moves `pointers` on by a row. */
function forEachRow(
  machine: VectorMachine,
  load: Load<NormName>,
  x: Scalar,
  pointers: readonly Scalar[],
  body: (mean: Vector, scale: Vector) => void,
): void {
  machine.repeat(load.value("rows"), () => {
    const [mean, scale] = [machine.vector(), machine.vector()];
    emitMoments(machine, load, x, mean, scale);
    machine.scope(() => body(mean, scale));
    const bytes = load.value("rowBytes");
    for (const pointer of [x, ...pointers]) machine.increase(pointer, bytes);
  });
}

/** `y = (x - mean) · scale · gain + bias`. */
export function layerNorm(target: Target): BlockKernel<NormName | "bias" | "y"> {
  return defineBlockKernel(
    `layer_norm_rows_f32_${target}`,
    ["x", "gain", "bias", "y", "table", "rows", "vectors", "rowBytes"],
    (machine, load) => {
      const [x, y] = [load.address("x"), load.address("y")];
      forEachRow(machine, load, x, [y], (mean, scale) => {
        const [gain, bias] = [load.address("gain"), load.address("bias")];
        alongRow(machine, load.value("vectors"), (index) => {
          const [value, factor] = [machine.vector(), machine.vector()];
          machine.load(value, { base: x, index });
          machine.subtract(value, value, mean);
          machine.multiply(value, value, scale);
          machine.load(factor, { base: gain, index });
          machine.multiply(value, value, factor);
          machine.load(factor, { base: bias, index });
          machine.add(value, value, factor);
          machine.store({ base: y, index }, value);
        });
      });
    },
  );
}

/** Loads `dy · gain` and the normalised x. */
function loadPair(
  machine: VectorMachine,
  [x, gain, dy]: readonly [Scalar, Scalar, Scalar],
  index: Scalar,
  [mean, scale]: readonly [Vector, Vector],
): [g: Vector, normal: Vector] {
  const [g, normal] = [machine.vector(), machine.vector()];
  machine.load(g, { base: dy, index });
  machine.load(normal, { base: gain, index });
  machine.multiply(g, g, normal);
  machine.load(normal, { base: x, index });
  machine.subtract(normal, normal, mean);
  machine.multiply(normal, normal, scale);
  return [g, normal];
}

/** `dx = scale · (g - (Σg + normal · Σ(g · normal)) / cols)` with `g = dy · gain`. */
export function layerNormGradient(target: Target): BlockKernel<NormName | "dy" | "dx"> {
  return defineBlockKernel(
    `layer_norm_gradient_f32_${target}`,
    ["x", "gain", "dy", "dx", "table", "rows", "vectors", "rowBytes"],
    (machine, load) => {
      const [x, dy, dx] = [load.address("x"), load.address("dy"), load.address("dx")];
      forEachRow(machine, load, x, [dy, dx], (mean, scale) => {
        const [gain, count] = [load.address("gain"), load.value("vectors")];
        const [sum, dot] = [machine.vector(), machine.vector()];
        machine.zero(sum);
        machine.zero(dot);
        alongRow(machine, count, (index) => {
          const [g, normal] = loadPair(machine, [x, gain, dy], index, [mean, scale]);
          machine.add(sum, sum, g);
          machine.fma(dot, g, normal);
        });
        machine.scope(() => {
          const [table, inverse] = [load.address("table"), machine.vector()];
          fromTable(machine, inverse, table, "inverse");
          for (const total of [sum, dot]) {
            sumLanes(machine, total, table);
            machine.multiply(total, total, inverse);
          }
        });
        alongRow(machine, count, (index) => {
          const [g, normal] = loadPair(machine, [x, gain, dy], index, [mean, scale]);
          machine.horner(normal, dot, sum);
          machine.subtract(g, g, normal);
          machine.multiply(g, g, scale);
          machine.store({ base: dx, index }, g);
        });
      });
    },
  );
}

/** Adds `dy · normal` of every row to `gain`, which starts as zeros. */
export function layerNormSums(target: Target): BlockKernel<NormName | "dy"> {
  return defineBlockKernel(
    `layer_norm_sums_f32_${target}`,
    ["x", "gain", "dy", "table", "rows", "vectors", "rowBytes"],
    (machine, load) => {
      const [x, dy] = [load.address("x"), load.address("dy")];
      forEachRow(machine, load, x, [dy], (mean, scale) => {
        const sums = load.address("gain");
        alongRow(machine, load.value("vectors"), (index) => {
          const [normal, other] = [machine.vector(), machine.vector()];
          machine.load(normal, { base: x, index });
          machine.subtract(normal, normal, mean);
          machine.multiply(normal, normal, scale);
          machine.load(other, { base: sums, index });
          machine.fma(other, normal, { base: dy, index });
          machine.store({ base: sums, index }, other);
        });
      });
    },
  );
}

/** Vectors of columns that are summed at once. */
const COLUMN_VECTORS = 4;

/** Columns that {@linkcode columnSums} takes at once: their number must divide by this. */
export function columnStep(lanes: number): number {
  return COLUMN_VECTORS * lanes;
}

/** `sums = Σ rows`; `blocks` blocks of {@linkcode columnStep} columns. */
export function columnSums(
  target: Target,
): BlockKernel<"x" | "sums" | "rows" | "blocks" | "rowBytes"> {
  return defineBlockKernel(
    `column_sums_f32_${target}`,
    ["x", "sums", "rows", "blocks", "rowBytes"],
    (machine, load) => {
      const [x, sums] = [load.address("x"), load.address("sums")];
      const bytes = machine.lanes * FLOAT;
      machine.repeat(load.value("blocks"), () => {
        const totals = Array.from({ length: COLUMN_VECTORS }, () => machine.vector());
        const [place, rowBytes] = [machine.scalar(), load.value("rowBytes")];
        machine.move(place, x);
        totals.forEach((total) => machine.zero(total));
        machine.repeat(load.value("rows"), () => {
          const value = machine.vector();
          totals.forEach((total, i) => {
            machine.load(value, { base: place, disp: i * bytes });
            machine.add(total, total, value);
          });
          machine.increase(place, rowBytes);
        });
        totals.forEach((total, i) => machine.store({ base: sums, disp: i * bytes }, total));
        for (const pointer of [x, sums]) machine.increase(pointer, COLUMN_VECTORS * bytes);
      });
    },
  );
}
