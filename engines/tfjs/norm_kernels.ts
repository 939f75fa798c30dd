/**
 * Kernels over the channels of `[images, channels, plane]`: moments, scaling, and the gradients of both; ReLU.
 *
 * Idea: a channel is a run of vectors in every image. Its numbers stand in registers while all its runs pass; several sums at once hide the
 * latency of additions. A run that is no whole number of vectors ends with its last vector once more: that is written twice, and a mask
 * takes what was counted before.
 *
 * Cost: a load an array, one to three operations, and a store a vector. Limits: memory.
 *
 * @module
 */
import type { Scalar, Target, Vector, VectorMachine } from "../../kernels/mod.ts";
import { type BlockKernel, defineBlockKernel, type Load } from "./block_kernel.ts";
import { TURN_FLOATS } from "./element_kernels.ts";

const FLOAT = 4;
/** Vectors of a turn: as many as registers hold two sums for. */
export function vectorsOfTurn(lanes: number): number {
  return lanes === 4 ? 2 : 4;
}

/** What every kernel over channels is told of sizes; `mask` is the address of a vector. */
export type ChannelName =
  | ("channels" | "images" | "imageBytes" | "planeBytes")
  | ("turns" | "singles" | "back" | "mask");

const CHANNEL_NAMES: readonly ChannelName[] = [
  ...["channels", "images", "imageBytes", "planeBytes"] as const,
  ...["turns", "singles", "back", "mask"] as const,
];

/** Where a vector lies in every array, which of the turn it is, and a mask if some of its lanes do not count. */
interface Place {
  readonly index: Scalar;
  readonly disp: number;
  readonly slot: number;
  readonly mask: Vector | null;
}

/** Runs `begin` for every channel, then `body` for its vectors, then `end`. */
function forEachChannel(
  machine: VectorMachine,
  load: Load<ChannelName>,
  begin: () => { body: (place: Place) => void; end: () => void },
): void {
  const bytes = machine.lanes * FLOAT;
  const unroll = vectorsOfTurn(machine.lanes);
  const channel = machine.scalar();
  machine.move(channel, 0);
  machine.countDown(load.value("channels"), () => {
    const { body, end } = begin();
    const emit = (index: Scalar, slot: number, mask: Vector | null): void =>
      machine.scope(() => body({ index, disp: slot * bytes, slot, mask }));
    machine.scope(() => {
      const image = machine.scalar();
      machine.move(image, channel);
      machine.countDown(load.value("images"), () => {
        const index = machine.scalar();
        machine.move(index, image);
        machine.scope(() =>
          machine.countDown(load.value("turns"), () => {
            for (let slot = 0; slot < unroll; slot++) emit(index, slot, null);
            machine.increase(index, unroll * bytes);
          })
        );
        machine.scope(() =>
          machine.countDown(load.value("singles"), () => {
            emit(index, 0, null);
            machine.increase(index, bytes);
          })
        );
        machine.scope(() => {
          const back = load.value("back");
          machine.ifNonZero(back, () => {
            machine.decrease(index, back);
            const mask = machine.vector();
            machine.scope(() => machine.load(mask, { base: load.address("mask") }));
            emit(index, 0, mask);
          });
        });
        machine.scope(() => machine.increase(image, load.value("imageBytes")));
      });
    });
    end();
    machine.scope(() => machine.increase(channel, load.value("planeBytes")));
  });
}

/** Loads the numbers of a channel, which lie `count` floats to a channel, into all lanes. */
function channelNumbers(machine: VectorMachine, numbers: Scalar, count: number): Vector[] {
  return Array.from({ length: count }, (_, i) => {
    const vector = machine.vector();
    machine.broadcast(vector, { base: numbers, disp: i * FLOAT });
    return vector;
  });
}

/** Sums of a turn's vectors, of two kinds, as zeros. */
function zeroSums(machine: VectorMachine): Vector[][] {
  const length = vectorsOfTurn(machine.lanes);
  const sums = [0, 1].map(() => Array.from({ length }, () => machine.vector()));
  for (const sum of sums.flat()) machine.zero(sum);
  return sums;
}

/** Adds up each kind, over slots and lanes, and stores it; moves on to the next channel. */
function storeSums(
  machine: VectorMachine,
  sums: readonly (readonly Vector[])[],
  place: Scalar,
): void {
  sums.forEach(([first, ...others], i) => {
    for (const other of others) machine.add(first!, first!, other);
    machine.addAcross(first!, first!);
    machine.storeLane0({ base: place, disp: i * FLOAT }, first!);
  });
  machine.increase(place, sums.length * FLOAT);
}

/** `Σ (x - shift)` and `Σ (x - shift)²` of each channel: `sums` `[channels, 2]`, `shifts` `[channels]`. */
export function channelMoments(target: Target): BlockKernel<ChannelName | "x" | "shifts" | "sums"> {
  return defineBlockKernel<ChannelName | "x" | "shifts" | "sums">(
    `channel_moments_f32_${target}`,
    ["x", "shifts", "sums", ...CHANNEL_NAMES],
    (machine, load) => {
      const [x, shifts, place] = [load.address("x"), load.address("shifts"), load.address("sums")];
      forEachChannel(machine, load, () => {
        const [shift] = channelNumbers(machine, shifts, 1);
        const sums = zeroSums(machine);
        return {
          body({ index, disp, slot, mask }): void {
            const value = machine.vector();
            machine.load(value, { base: x, index, disp });
            machine.subtract(value, value, shift!);
            if (mask) machine.and(value, value, mask);
            machine.add(sums[0]![slot]!, sums[0]![slot]!, value);
            machine.fma(sums[1]![slot]!, value, value);
          },
          end(): void {
            storeSums(machine, sums, place);
            machine.increase(shifts, FLOAT);
          },
        };
      });
    },
  );
}

/** `y = x · scale + shift`, then what the ending says: `factors` `[channels, 2]`. */
export function scaleChannels(
  target: Target,
  ending: { readonly beside: boolean; readonly relu: boolean },
): BlockKernel<ChannelName | "x" | "beside" | "y" | "factors"> {
  const name = `${ending.beside ? "_add" : ""}${ending.relu ? "_relu" : ""}`;
  return defineBlockKernel<ChannelName | "x" | "beside" | "y" | "factors">(
    `scale_channels${name}_f32_${target}`,
    ["x", "beside", "y", "factors", ...CHANNEL_NAMES],
    (machine, load) => {
      const [x, y, factors] = [load.address("x"), load.address("y"), load.address("factors")];
      const beside = ending.beside ? load.address("beside") : null;
      const zero = machine.vector();
      machine.zero(zero);
      forEachChannel(machine, load, () => {
        const [scale, shift] = channelNumbers(machine, factors, 2);
        return {
          body({ index, disp }): void {
            const value = machine.vector();
            machine.load(value, { base: x, index, disp });
            machine.horner(value, scale!, shift!);
            if (beside) {
              const other = machine.vector();
              machine.load(other, { base: beside, index, disp });
              machine.add(value, value, other);
            }
            if (ending.relu) machine.maximum(value, zero, value);
            machine.store({ base: y, index, disp }, value);
          },
          end: () => machine.increase(factors, 2 * FLOAT),
        };
      });
    },
  );
}

/** dy where the output is positive, else 0; all of dy without outputs. */
function loadSlope(
  machine: VectorMachine,
  dy: Scalar,
  y: Scalar | null,
  zero: Vector,
  { index, disp }: Place,
): Vector {
  const slope = machine.vector();
  machine.load(slope, { base: dy, index, disp });
  if (y) {
    machine.scope(() => {
      const output = machine.vector();
      machine.load(output, { base: y, index, disp });
      machine.select(slope, output, "gt", zero, slope, zero);
    });
  }
  return slope;
}

/** `Σ dz` and `Σ dz · (x - mean)` of each channel: `sums` `[channels, 2]`, `means` `[channels]`. */
export function channelSums(
  target: Target,
  relu: boolean,
): BlockKernel<ChannelName | "x" | "dy" | "y" | "means" | "sums"> {
  return defineBlockKernel<ChannelName | "x" | "dy" | "y" | "means" | "sums">(
    `channel_sums${relu ? "_relu" : ""}_f32_${target}`,
    ["x", "dy", "y", "means", "sums", ...CHANNEL_NAMES],
    (machine, load) => {
      const [x, dy, means] = [load.address("x"), load.address("dy"), load.address("means")];
      const y = relu ? load.address("y") : null;
      const [place, zero] = [load.address("sums"), machine.vector()];
      machine.zero(zero);
      forEachChannel(machine, load, () => {
        const [mean] = channelNumbers(machine, means, 1);
        const sums = zeroSums(machine);
        return {
          body(at): void {
            const slope = loadSlope(machine, dy, y, zero, at);
            if (at.mask) machine.and(slope, slope, at.mask);
            const value = machine.vector();
            machine.load(value, { base: x, index: at.index, disp: at.disp });
            machine.subtract(value, value, mean!);
            machine.add(sums[0]![at.slot]!, sums[0]![at.slot]!, slope);
            machine.fma(sums[1]![at.slot]!, slope, value);
          },
          end(): void {
            storeSums(machine, sums, place);
            machine.increase(means, FLOAT);
          },
        };
      });
    },
  );
}

/** `dx = a · dz + b · x + c`: `factors` `[channels, 3]`. Stores dz too where there is a ReLU and `dz` is asked for. */
export function channelGradient(
  target: Target,
  { relu, keep }: { readonly relu: boolean; readonly keep: boolean },
): BlockKernel<ChannelName | "x" | "dy" | "y" | "dx" | "dz" | "factors"> {
  return defineBlockKernel<ChannelName | "x" | "dy" | "y" | "dx" | "dz" | "factors">(
    `channel_gradient${relu ? "_relu" : ""}${keep ? "_keep" : ""}_f32_${target}`,
    ["x", "dy", "y", "dx", "dz", "factors", ...CHANNEL_NAMES],
    (machine, load) => {
      const [x, dy, dx] = [load.address("x"), load.address("dy"), load.address("dx")];
      const y = relu ? load.address("y") : null;
      const dz = keep ? load.address("dz") : null;
      const [factors, zero] = [load.address("factors"), machine.vector()];
      machine.zero(zero);
      forEachChannel(machine, load, () => {
        const [a, b, c] = channelNumbers(machine, factors, 3);
        return {
          body(at): void {
            const { index, disp } = at;
            const slope = loadSlope(machine, dy, y, zero, at);
            if (dz) machine.store({ base: dz, index, disp }, slope);
            const value = machine.vector();
            machine.load(value, { base: x, index, disp });
            machine.horner(value, b!, c!);
            machine.fma(value, slope, a!);
            machine.store({ base: dx, index, disp }, value);
          },
          end: () => machine.increase(factors, 3 * FLOAT),
        };
      });
    },
  );
}

/** What {@linkcode elementwise} can do. */
export type Elementwise = "relu" | "reluGradient";

/** `y = max(a, 0)`, or `b` where `a` is positive and 0 elsewhere. */
export function elementwise(
  target: Target,
  kind: Elementwise,
): BlockKernel<"a" | "b" | "y" | "turns"> {
  return defineBlockKernel<"a" | "b" | "y" | "turns">(
    `${kind === "reluGradient" ? "relu_gradient" : kind}_turns_f32_${target}`,
    ["a", "b", "y", "turns"],
    (machine, load) => {
      const [a, y] = [load.address("a"), load.address("y")];
      const b = kind === "relu" ? null : load.address("b");
      const zero = machine.vector();
      machine.zero(zero);
      machine.countDown(load.value("turns"), () => {
        for (let i = 0; i < TURN_FLOATS; i += machine.lanes) {
          machine.scope(() => {
            const [value, other] = [machine.vector(), machine.vector()];
            machine.load(value, { base: a, disp: i * FLOAT });
            if (b) machine.load(other, { base: b, disp: i * FLOAT });
            if (kind === "relu") machine.maximum(value, zero, value);
            else machine.select(value, value, "gt", zero, other, zero);
            machine.store({ base: y, disp: i * FLOAT }, value);
          });
        }
        for (const pointer of b ? [a, b, y] : [a, y]) {
          machine.increase(pointer, TURN_FLOATS * FLOAT);
        }
      });
    },
  );
}
