/**
 * Kernels of optimisers: one step of Adam or AdamW, and of gradient descent.
 *
 * Element-wise, in turns of {@linkcode TURN_FLOATS}. The numbers of a step lie in a table in memory, each as often as a vector has lanes,
 * so that one program serves all steps. Limit: memory.
 *
 * @module
 */
import type { Address, Target, Vector, VectorMachine } from "../../kernels/mod.ts";
import { type BlockKernel, defineBlockKernel } from "./block_kernel.ts";
import { FLOAT, forEachVector, TURN_FLOATS } from "./element_kernels.ts";
import type { AdamStep, SgdStep } from "./loops.ts";

/** The numbers of a step of Adam in the order in which the kernel reads them, one vector each. */
const ADAM_NUMBERS = [
  "gradientScale",
  "penalty",
  "beta1",
  "one minus beta1",
  "beta2",
  "one minus beta2",
  "keep",
  "rate",
  "rootScale",
  "epsilon",
] as const;

/** The same for gradient descent. */
const SGD_NUMBERS = [
  "gradientScale",
  "penalty",
  "momentum",
  "gradientRate",
  "velocityRate",
] as const;

/** Floats of the table of numbers of Adam. */
export const ADAM_TABLE_FLOATS: number = ADAM_NUMBERS.length * TURN_FLOATS;
/** Floats of the table of numbers of gradient descent. */
export const SGD_TABLE_FLOATS: number = SGD_NUMBERS.length * TURN_FLOATS;

/** Writes the numbers of a step of Adam. */
export function fillAdamTable(table: Float32Array, step: AdamStep): void {
  fillTable(table, ADAM_NUMBERS, {
    ...step,
    "one minus beta1": 1 - step.beta1,
    "one minus beta2": 1 - step.beta2,
  });
}

/** Writes the numbers of a step of gradient descent. */
export function fillSgdTable(table: Float32Array, step: SgdStep): void {
  fillTable(table, SGD_NUMBERS, step);
}

function fillTable<Name extends string>(
  table: Float32Array,
  names: readonly Name[],
  numbers: Readonly<Record<Name, number>>,
): void {
  names.forEach((name, i) => table.fill(numbers[name], i * TURN_FLOATS, (i + 1) * TURN_FLOATS));
}

/** Adam and AdamW, as the plain loop does them, on all weights or with a mask. */
export function adamw(
  target: Target,
  which: "all" | "masked",
): BlockKernel<"weights" | "first" | "second" | "gradient" | "mask" | "table" | "turns"> {
  return defineBlockKernel(
    `adamw_${which}_f32_${target}`,
    ["weights", "first", "second", "gradient", "mask", "table", "turns"],
    (machine, load) => {
      const arrays = {
        weights: load.address("weights"),
        first: load.address("first"),
        second: load.address("second"),
        gradient: load.address("gradient"),
        ...which === "masked" ? { mask: load.address("mask") } : {},
      };
      const table = load.address("table");
      forEachVector(machine, load.value("turns"), Object.values(arrays), (disp) => {
        const [g, m, v, w] = [0, 1, 2, 3].map(() => machine.vector()) as FourVectors;
        const number = machine.vector();
        const read = (name: (typeof ADAM_NUMBERS)[number]): Vector => {
          machine.load(number, placeOf({ base: table }, ADAM_NUMBERS, name));
          return number;
        };
        machine.load(w, { base: arrays.weights, disp });
        emitGradient(machine, g, w, { base: arrays.gradient, disp }, read);
        machine.load(m, { base: arrays.first, disp });
        machine.multiply(m, m, read("beta1"));
        machine.fma(m, g, read("one minus beta1"));
        machine.store({ base: arrays.first, disp }, m);
        machine.load(v, { base: arrays.second, disp });
        machine.multiply(v, v, read("beta2"));
        machine.multiply(g, g, g);
        machine.fma(v, g, read("one minus beta2"));
        machine.store({ base: arrays.second, disp }, v);
        machine.squareRoot(v, v);
        machine.multiply(v, v, read("rootScale"));
        machine.add(v, v, read("epsilon"));
        machine.multiply(m, m, read("rate"));
        machine.divide(m, m, v);
        machine.multiply(w, w, read("keep"));
        machine.subtract(w, w, m);
        emitMask(machine, w, m, arrays.mask && { base: arrays.mask, disp });
        machine.store({ base: arrays.weights, disp }, w);
      });
    },
  );
}

/** Gradient descent, as the plain loop does it, with or without momentum, on all weights or with a mask. */
export function sgd(
  target: Target,
  which: "all" | "masked",
  momentum: "plain" | "momentum",
): BlockKernel<"weights" | "velocity" | "gradient" | "mask" | "table" | "turns"> {
  return defineBlockKernel(
    `sgd_${momentum}_${which}_f32_${target}`,
    ["weights", "velocity", "gradient", "mask", "table", "turns"],
    (machine, load) => {
      const arrays = {
        weights: load.address("weights"),
        gradient: load.address("gradient"),
        ...momentum === "momentum" ? { velocity: load.address("velocity") } : {},
        ...which === "masked" ? { mask: load.address("mask") } : {},
      };
      const table = load.address("table");
      forEachVector(machine, load.value("turns"), Object.values(arrays), (disp) => {
        const [g, v, w, number] = [0, 1, 2, 3].map(() => machine.vector()) as FourVectors;
        const read = (name: (typeof SGD_NUMBERS)[number]): Vector => {
          machine.load(number, placeOf({ base: table }, SGD_NUMBERS, name));
          return number;
        };
        machine.load(w, { base: arrays.weights, disp });
        emitGradient(machine, g, w, { base: arrays.gradient, disp }, read);
        if (arrays.velocity !== undefined) {
          machine.load(v, { base: arrays.velocity, disp });
          machine.multiply(v, v, read("momentum"));
          machine.add(v, v, g);
          machine.store({ base: arrays.velocity, disp }, v);
          machine.multiply(v, v, read("velocityRate"));
          machine.subtract(w, w, v);
        }
        machine.multiply(g, g, read("gradientRate"));
        machine.subtract(w, w, g);
        emitMask(machine, w, g, arrays.mask && { base: arrays.mask, disp });
        machine.store({ base: arrays.weights, disp }, w);
      });
    },
  );
}

type FourVectors = [Vector, Vector, Vector, Vector];

function placeOf<Name extends string>(
  { base }: Pick<Address, "base">,
  names: readonly Name[],
  name: Name,
): Address {
  return { base, disp: names.indexOf(name) * TURN_FLOATS * FLOAT };
}

/** `g = gradient · gradientScale + penalty · w`. */
function emitGradient(
  machine: VectorMachine,
  g: Vector,
  w: Vector,
  gradient: Address,
  read: (name: "gradientScale" | "penalty") => Vector,
): void {
  machine.load(g, gradient);
  machine.multiply(g, g, read("gradientScale"));
  machine.fma(g, w, read("penalty"));
}

/** `w = w · mask`, if there is one. */
function emitMask(
  machine: VectorMachine,
  w: Vector,
  scratch: Vector,
  mask: Address | undefined,
): void {
  if (mask === undefined) return;
  machine.load(scratch, mask);
  machine.multiply(w, w, scratch);
}
