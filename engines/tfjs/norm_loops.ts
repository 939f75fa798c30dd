/**
 * The inner loops of batch normalisation: their interface, and plain versions of them.
 *
 * A tensor is `[images, channels, plane]`; what differs from channel to channel comes as a few numbers for each.
 *
 * @module
 */
import type { Floats } from "./loops.ts";

/** Sizes of a tensor `[images, channels, plane]`. */
export interface ChannelSizes {
  /** Images. */
  readonly images: number;
  /** Channels. */
  readonly channels: number;
  /** Elements of a channel of an image, one after the other. */
  readonly plane: number;
}

/** What a normalisation does behind its scaling. */
export interface Ending {
  /** Is added, unless `null`: a residual. */
  readonly beside: Floats | null;
  /** Whether negative results become 0. */
  readonly relu: boolean;
}

/** Loops over channels. They overwrite their last arrays. */
export interface NormLoops {
  /** Mean and variance (with `1 / n`) of each channel: `moments` `[2, channels]`. */
  channelMoments(x: Floats, sizes: ChannelSizes, moments: Floats): void;
  /** `y = x · scale + shift` with one of each a channel: `factors` `[2, channels]`. Then the ending. */
  scaleChannels(x: Floats, factors: Floats, ending: Ending, sizes: ChannelSizes, y: Floats): void;
  /**
   * `Σ dz` and `Σ dz · (x - mean)` of each channel: `sums` `[2, channels]`. dz is dy where `y` is positive and 0 elsewhere, and dy
   * itself without `y`.
   */
  channelSums(
    x: Floats,
    dy: Floats,
    y: Floats | null,
    means: Floats,
    sizes: ChannelSizes,
    sums: Floats,
  ): void;
  /** `dx = a · dz + b · x + c` with one of each a channel: `factors` `[3, channels]`. `dz` is given too, unless `null`. */
  channelGradient(
    x: Floats,
    dy: Floats,
    y: Floats | null,
    factors: Floats,
    sizes: ChannelSizes,
    dx: Floats,
    dz: Floats | null,
  ): void;
  /** `y = max(x, 0)`. */
  relu(x: Floats, y: Floats): void;
  /** dy where `y` is positive, else 0. */
  reluGradient(y: Floats, dy: Floats, dx: Floats): void;
}

/** Runs `body` for every channel of every image: with the channel, and where its elements begin and end. */
function forEachPlane(
  { images, channels, plane }: ChannelSizes,
  body: (channel: number, from: number, to: number) => void,
): void {
  for (let i = 0; i < images * channels; i++) body(i % channels, i * plane, (i + 1) * plane);
}

/** {@linkcode NormLoops} in plain TypeScript. */
export const plainNormLoops: NormLoops = {
  channelMoments(x, sizes, moments): void {
    const { images, channels, plane } = sizes;
    const count = images * plane;
    const [means, squares] = [new Float64Array(channels), new Float64Array(channels)];
    forEachPlane(sizes, (channel, from, to) => {
      for (let i = from; i < to; i++) means[channel]! += x[i]! / count;
    });
    forEachPlane(sizes, (channel, from, to) => {
      for (let i = from; i < to; i++) squares[channel]! += (x[i]! - means[channel]!) ** 2 / count;
    });
    moments.set(means);
    moments.set(squares, channels);
  },
  scaleChannels(x, factors, { beside, relu }, sizes, y): void {
    forEachPlane(sizes, (channel, from, to) => {
      const [scale, shift] = [factors[channel]!, factors[sizes.channels + channel]!];
      for (let i = from; i < to; i++) {
        const value = x[i]! * scale + shift + (beside ? beside[i]! : 0);
        y[i] = relu && value < 0 ? 0 : value;
      }
    });
  },
  channelSums(x, dy, y, means, sizes, sums): void {
    const { channels } = sizes;
    const totals = new Float64Array(2 * channels);
    forEachPlane(sizes, (channel, from, to) => {
      for (let i = from; i < to; i++) {
        const dz = y === null || y[i]! > 0 ? dy[i]! : 0;
        totals[channel]! += dz;
        totals[channels + channel]! += dz * (x[i]! - means[channel]!);
      }
    });
    sums.set(totals);
  },
  channelGradient(x, dy, y, factors, sizes, dx, dz): void {
    const { channels } = sizes;
    forEachPlane(sizes, (channel, from, to) => {
      const [a, b, c] = [0, 1, 2].map((i) => factors[i * channels + channel]!);
      for (let i = from; i < to; i++) {
        const value = y === null || y[i]! > 0 ? dy[i]! : 0;
        dx[i] = a! * value + b! * x[i]! + c!;
        if (dz) dz[i] = value;
      }
    });
  },
  relu(x, y): void {
    for (let i = 0; i < x.length; i++) y[i] = x[i]! < 0 ? 0 : x[i]!;
  },
  reluGradient(y, dy, dx): void {
    for (let i = 0; i < y.length; i++) dx[i] = y[i]! > 0 ? dy[i]! : 0;
  },
};
