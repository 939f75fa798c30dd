/**
 * Sizes of the SSD detectors.
 *
 * @module
 */

/** Sizes of an SSD on ResNet-34. */
export interface SsdConfig {
  /** Short name, e.g. `ssd-resnet34-300`. */
  readonly name: string;
  /** Rows and columns of the image. */
  readonly image: number;
  /** Channels of the stem; all others are multiples of it. 64 as published. */
  readonly width: number;
  /** Classes, the background included. */
  readonly classes: number;
  /** Step of the 3x3 convolution that makes each map after the first. */
  readonly extraStrides: readonly number[];
  /** Step of the heads on every map. */
  readonly headStride: number;
  /** Pixels of the image between neighbouring boxes of each map. */
  readonly boxSteps: readonly number[];
}

/** Name of a published size. */
export type SsdName = "ssd-resnet34-300" | "ssd-resnet34-1200";

/** MLPerf's training model, and the one of its inference benchmark. Classes are COCO's 80 and the background. */
export const ssdConfigs: Readonly<Record<SsdName, SsdConfig>> = {
  "ssd-resnet34-300": {
    name: "ssd-resnet34-300",
    image: 300,
    width: 64,
    classes: 81,
    extraStrides: [2, 2, 2, 1, 1],
    headStride: 1,
    boxSteps: [8, 16, 32, 64, 100, 300],
  },
  "ssd-resnet34-1200": {
    name: "ssd-resnet34-1200",
    image: 1200,
    width: 64,
    classes: 81,
    extraStrides: [2, 2, 2, 2, 1],
    headStride: 3,
    boxSteps: [24, 48, 92, 171, 400, 400],
  },
};

/** Boxes around each place of the six maps. */
export const SSD_BOXES: readonly number[] = [4, 6, 6, 6, 4, 4];

/** The convolutions between maps: channels in multiples of the stem's, and zeros around the second one. */
export const SSD_EXTRAS: readonly {
  /** Channels after the 1x1 convolution. */
  readonly narrow: number;
  /** Channels after the 3x3 convolution: those of the map. */
  readonly wide: number;
  /** Zeros on each side of the 3x3 convolution. */
  readonly pad: number;
}[] = [
  { narrow: 4, wide: 8, pad: 1 },
  { narrow: 4, wide: 8, pad: 1 },
  { narrow: 2, wide: 4, pad: 1 },
  { narrow: 2, wide: 4, pad: 0 },
  { narrow: 2, wide: 4, pad: 0 },
];

/** Channels of the six maps. */
export function ssdMapChannels({ width }: SsdConfig): number[] {
  return [4, ...SSD_EXTRAS.map(({ wide }) => wide)].map((factor) => factor * width);
}
