/**
 * k-winners-take-all: of a layer's outputs only the largest stay, and units that win often are held back.
 *
 * Which are the largest is decided on `x · exp(-strength · duty)`, where duty is how often a unit was above zero of late; what stays is `x`
 * itself, below zero too. Semantics are those of `nupic.torch` (Ahmad and Scheinkman 2019, "How can we be so dense?", algorithm 1), its
 * roundings included.
 *
 * @module
 */
import { float32, roundHalfEven, type Tensor } from "../core/mod.ts";
import type { Floats } from "../engines/tfjs/mod.ts";
import type { KWinners as RecipeWinners } from "../recipes/mod.ts";
import { kthLargest } from "./kth_largest.ts";

/** How the winners of one layer are chosen. */
export type KWinnersPlan = Omit<RecipeWinners, "percentOn"> & {
  /** Fraction of the outputs that stay, above 0 and below 1. */
  readonly percentOn: number;
};

/** Sizes of what is chosen among: `[batch, channels, places]`; one place for a linear layer. */
export interface MapSizes {
  /** Channels, or units of a linear layer. */
  readonly channels: number;
  /** Rows times columns of a map; `null` for a linear layer, whose k is rounded otherwise. */
  readonly places: number | null;
}

/** The winners of one layer, and what it remembers. */
export interface KWinners {
  /** How often each channel was above zero of late, 0 to 1; changed in place by training. */
  readonly dutyCycle: Floats;
  /** Winners of an example, or of each place if they are chosen there. */
  countIn(mode: "training" | "evaluation"): number;
  /**
   * 1 for what stays, 0 for the rest, which is the gradient of the layer too. Of equals at the edge all stay. In training, they are counted
   * for {@linkcode KWinners.learn}.
   *
   * @param x `[batch, channels, places]`.
   * @param epoch Epochs done, for the strength of the boost.
   */
  winners(x: Floats, epoch: number, mode: "training" | "evaluation"): Floats;
  /** Ends a step of training: duty cycles take in what won since the step before. */
  learn(): void;
  /** What each channel is multiplied by before it is ranked. */
  boosts(epoch: number): Floats;
  /** What a checkpoint keeps. */
  state(): ReadonlyMap<string, Tensor>;
  /** Puts back what {@linkcode KWinners.state} gave. */
  restore(tensors: ReadonlyMap<string, Tensor>): void;
}

/**
 * The winners of a layer that has seen no example.
 *
 * @param name Of the layer; begins the names of its state.
 * @throws {RangeError} If fewer than one or all of the outputs would win.
 */
export function createKWinners(name: string, plan: KWinnersPlan, sizes: MapSizes): KWinners {
  const { channels, places } = sizes;
  const counts = countsOf(name, plan, sizes);
  const dutyCycle = new Float32Array(channels);
  let examples = 0;
  /** Examples of the step in work, and how often each channel was above zero in them. */
  const step = { examples: 0, counts: new Float64Array(channels) };

  function boosts(epoch: number): Floats {
    const strength = plan.boostStrength * plan.boostStrengthFactor ** epoch;
    return dutyCycle.map((duty) => Math.exp(-strength * duty));
  }

  function count(x: Floats, winners: Floats): void {
    const area = places ?? 1;
    const batch = x.length / (channels * area);
    step.examples += batch;
    for (let channel = 0; channel < channels; channel++) {
      for (let example = 0; example < batch; example++) {
        const start = (example * channels + channel) * area;
        for (let i = start; i < start + area; i++) {
          if (winners[i] === 1 && x[i]! > 0) step.counts[channel]!++;
        }
      }
    }
  }

  function learn(): void {
    if (step.examples === 0) return;
    examples += step.examples;
    const period = Math.min(plan.dutyCyclePeriod, examples);
    for (let channel = 0; channel < channels; channel++) {
      const won = step.counts[channel]! / (places ?? 1);
      dutyCycle[channel] = (dutyCycle[channel]! * (period - step.examples) + won) / period;
    }
    step.examples = 0;
    step.counts.fill(0);
  }

  return {
    dutyCycle,
    countIn: (mode) => counts[mode],
    winners(x, epoch, mode): Floats {
      const boosted = multiplied(x, boosts(epoch), places ?? 1);
      const winners = plan.local && places !== null
        ? localWinners(boosted, channels, places, counts[mode])
        : exampleWinners(boosted, channels * (places ?? 1), counts[mode]);
      if (mode === "training") count(x, winners);
      return winners;
    },
    learn,
    boosts,
    state: () =>
      new Map<string, Tensor>([
        [`duty/${name}`, float32([channels], dutyCycle)],
        [`examples/${name}`, { dtype: "int32", shape: [1], data: Int32Array.of(examples) }],
      ]),
    restore(tensors): void {
      const [duty, seen] = [tensors.get(`duty/${name}`), tensors.get(`examples/${name}`)];
      if (duty?.dtype !== "float32" || seen?.dtype !== "int32") {
        throw new RangeError(`Cannot restore duty cycles: tensor "duty/${name}" is missing`);
      }
      dutyCycle.set(duty.data);
      examples = seen.data[0]!;
    },
  };
}

/** `KWinners` cuts k in evaluation off, `KWinners2d` rounds it. */
function countsOf(
  name: string,
  { percentOn, kInferenceFactor, local }: KWinnersPlan,
  { channels, places }: MapSizes,
): { training: number; evaluation: number } {
  const among = places === null || local ? channels : channels * places;
  const training = roundHalfEven(among * percentOn);
  const evaluation = places === null
    ? Math.floor(training * kInferenceFactor)
    : roundHalfEven(among * percentOn * kInferenceFactor);
  for (const count of [training, evaluation]) {
    if (count < 1 || count >= among) {
      throw new RangeError(
        `Cannot choose winners of "${name}": ${count} of ${among}, expected at least 1 and not all`,
      );
    }
  }
  return { training, evaluation };
}

/** Each channel times its boost. */
function multiplied(x: Floats, boosts: Floats, area: number): Floats {
  const result = new Float32Array(x.length);
  for (let i = 0, map = 0; i < x.length; map++) {
    const boost = boosts[map % boosts.length]!;
    for (const end = i + area; i < end; i++) result[i] = x[i]! * boost;
  }
  return result;
}

function exampleWinners(boosted: Floats, size: number, count: number): Floats {
  const winners = new Float32Array(boosted.length);
  for (let start = 0; start < boosted.length; start += size) {
    const threshold = kthLargest(boosted.subarray(start, start + size), count);
    for (let i = start; i < start + size; i++) winners[i] = boosted[i]! < threshold ? 0 : 1;
  }
  return winners;
}

function localWinners(boosted: Floats, channels: number, places: number, count: number): Floats {
  const winners = new Float32Array(boosted.length);
  const column = new Float32Array(channels);
  for (let start = 0; start < boosted.length; start += channels * places) {
    for (let place = start; place < start + places; place++) {
      for (let c = 0; c < channels; c++) column[c] = boosted[place + c * places]!;
      const threshold = kthLargest(column, count);
      for (let c = 0; c < channels; c++) {
        winners[place + c * places] = column[c]! < threshold ? 0 : 1;
      }
    }
  }
  return winners;
}
