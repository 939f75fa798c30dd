/**
 * Dropout: zeroes a random fraction of the elements and scales the rest so that the mean stays.
 *
 * Idea: a linear congruential generator modulo 2^32 for each place in a turn, all with one multiplier and increment and each from a start of its
 * own. Element `i` is the turn `i / 16` of the generator `i % 16`. The number read as a signed integer, and then as a float32, which
 * rests on its high bits, is compared with a threshold. Equal seeds drop equal places on every target.
 *
 * Cost: 17 operations on integers a vector for the product, one load and store. Limits: arithmetic.
 *
 * @module
 */
import type { Target, Vector, VectorMachine } from "../../kernels/mod.ts";
import { type BlockKernel, defineBlockKernel } from "./block_kernel.ts";
import type { Floats } from "./loops.ts";

/** Generators: elements of a turn. */
export const GENERATORS = 16;

/** 69069, Marsaglia's multiplier, by its bits: 1 + 2^2 + 2^3 + 2^6 + ... */
const MULTIPLIER_BITS = [2, 3, 6, 7, 8, 10, 11, 16] as const;
const MULTIPLIER = MULTIPLIER_BITS.reduce((sum, bit) => sum + 2 ** bit, 1);
const INCREMENT = 1;
/** Steps between the starts of neighbouring generators: 2^32 divided by the golden ratio. */
const SPREAD = 0x9e37_79b9;
const FLOAT = 4;

/** Where the generators stand for a seed after `turns` turns. Neighbouring seeds give unlike starts. */
export function fillGenerators(seed: number, states: Uint32Array, turns = 0): void {
  const { factor, summand } = turnsAtOnce(turns);
  for (let i = 0; i < GENERATORS; i++) {
    states[i] = Math.imul(scramble(seed + Math.imul(i, SPREAD)), factor) + summand;
  }
}

/** Turns as one multiplication and addition modulo 2^32, by doubling. */
function turnsAtOnce(turns: number): { readonly factor: number; readonly summand: number } {
  let [factor, summand] = [1, 0];
  let [powerFactor, powerSummand] = [MULTIPLIER, INCREMENT];
  for (let left = turns; left > 0; left = Math.floor(left / 2)) {
    if (left % 2 === 1) {
      factor = Math.imul(factor, powerFactor);
      summand = (Math.imul(summand, powerFactor) + powerSummand) | 0;
    }
    powerSummand = (Math.imul(powerSummand, powerFactor) + powerSummand) | 0;
    powerFactor = Math.imul(powerFactor, powerFactor);
  }
  return { factor, summand };
}

function scramble(seed: number): number {
  let h = seed | 0;
  h = Math.imul(h ^ (h >>> 16), 0x85eb_ca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2_ae35);
  return h ^ (h >>> 16);
}

/** Elements whose number is below `threshold` are dropped, others multiplied by `scale`. */
export function dropping(rate: number): { readonly threshold: number; readonly scale: number } {
  return { threshold: Math.fround(rate * 2 ** 32 - 2 ** 31), scale: Math.fround(1 / (1 - rate)) };
}

/** Dropout in plain TypeScript. */
export function dropMask(x: Floats, rate: number, seed: number, y: Floats): void {
  const { threshold, scale } = dropping(rate);
  const states = new Uint32Array(GENERATORS);
  fillGenerators(seed, states);
  for (let i = 0; i < x.length; i++) {
    const state = Math.imul(states[i % GENERATORS]!, MULTIPLIER) + INCREMENT;
    states[i % GENERATORS] = state;
    y[i] = Math.fround(state | 0) < threshold ? 0 : x[i]! * scale;
  }
}

/** Places in the table in floats: the states of the generators, which the kernel moves on, and two numbers. */
export const DROPOUT_TABLE = { states: 0, threshold: 16, scale: 32, floats: 48 } as const;

/** Dropout of `turns` turns. */
export function dropout(target: Target): BlockKernel<"x" | "y" | "table" | "turns"> {
  return defineBlockKernel(
    `dropout_f32_${target}`,
    ["x", "y", "table", "turns"],
    (machine, load) => {
      const [x, y, table] = [load.address("x"), load.address("y"), load.address("table")];
      const places = Array.from(
        { length: GENERATORS / machine.lanes },
        (_, i) => i * machine.lanes * FLOAT,
      );
      const states = places.map(() => machine.vector());
      const threshold = machine.vector();
      const scale = machine.vector();
      states.forEach((state, i) => machine.load(state, { base: table, disp: places[i]! }));
      machine.load(threshold, { base: table, disp: DROPOUT_TABLE.threshold * FLOAT });
      machine.load(scale, { base: table, disp: DROPOUT_TABLE.scale * FLOAT });
      machine.repeat(load.value("turns"), () => {
        states.forEach((state, i) => {
          machine.scope(() => {
            const [number, value, zero] = [machine.vector(), machine.vector(), machine.vector()];
            moveOn(machine, state, number);
            machine.toFloat32(number, state);
            machine.load(value, { base: x, disp: places[i]! });
            machine.multiply(value, value, scale);
            machine.zero(zero);
            machine.select(value, number, "lt", threshold, zero, value);
            machine.store({ base: y, disp: places[i]! }, value);
          });
        });
        for (const pointer of [x, y]) machine.increase(pointer, GENERATORS * FLOAT);
      });
      states.forEach((state, i) => machine.store({ base: table, disp: places[i]! }, state));
    },
  );
}

/** `state = state · 69069 + 1`. */
function moveOn(machine: VectorMachine, state: Vector, shifted: Vector): void {
  machine.scope(() => {
    const sum = machine.vector();
    machine.copy(sum, state);
    for (const bit of MULTIPLIER_BITS) {
      machine.shiftLeftInt32(shifted, state, bit);
      machine.addInt32(sum, sum, shifted);
    }
    machine.constantBits(shifted, INCREMENT);
    machine.addInt32(state, sum, shifted);
  });
}
