/**
 * Small relatives of the published networks, which train in minutes on generated data: the same kinds of layers under the same names, with
 * fewer of them, fewer channels and smaller images. What they learn says nothing of the published figures, but they are pruned by the same
 * rules in the same places.
 *
 * @module
 */
import type { CifarResNetConfig } from "./cifar_resnet.ts";
import { CRITEO_ROWS, type DlrmConfig } from "./dlrm_config.ts";
import { type NumentaCnnConfig, numentaCnnConfigs } from "./numenta_cnn.ts";
import type { ResNetConfig } from "./resnet.ts";
import type { SsdConfig } from "./ssd_config.ts";

const smallImages = {
  block: "bottleneck",
  blocks: [1, 1, 1, 1],
  width: 16,
  image: 32,
  classes: 10,
} as const;

/** ResNet v1.5 of four bottlenecks, and ResNeXt with eight groups, twice and four times as wide inside. */
export const scaledResNets: readonly ResNetConfig[] = [
  { ...smallImages, name: "resnet50-scaled", groups: 1, groupWidth: 64 },
  { ...smallImages, name: "resnext101-32x4d-scaled", groups: 8, groupWidth: 16 },
  { ...smallImages, name: "resnext101-32x8d-scaled", groups: 8, groupWidth: 32 },
];

/** ResNet-20 with one block a stage and half the channels. */
export const scaledCifarResNets: readonly CifarResNetConfig[] = [
  { name: "resnet20-scaled", blocks: 1, width: 8, image: 32, classes: 10 },
];

/** SSD-ResNet34 with an eighth of the channels on images of 96 pixels: maps of 12, 6, 6, 6, 4 and 2 cells, 1304 boxes, three kinds of objects. */
export const scaledSsds: readonly SsdConfig[] = [
  {
    name: "ssd-resnet34-scaled",
    image: 96,
    width: 8,
    classes: 4,
    extraStrides: [2, 1, 1, 1, 1],
    headStride: 1,
    boxSteps: [8, 16, 16, 16, 24, 48],
  },
];

/** DLRM with small layers and tables of 100 rows at most; the blocks of `dlrm-4x16` divide `top_l.2` (128x128) and `top_l.4` (64x128). */
export const scaledDlrms: readonly DlrmConfig[] = [
  {
    name: "dlrm-scaled",
    dense: 13,
    bottom: [64, 32, 16],
    top: [128, 128, 64, 32, 1],
    tableRows: CRITEO_ROWS.map((rows) => Math.min(rows, 100)),
    publishedRows: CRITEO_ROWS,
  },
];

/** Channels and hidden units of the networks for spoken commands by those of the full ones. */
const [CHANNELS, HIDDEN] = [4, 8];

/** The networks for spoken commands with a quarter of the channels and an eighth of the hidden units, their densities kept. */
export const scaledNumentaCnns: readonly NumentaCnnConfig[] = numentaCnnConfigs
  .filter(({ name }) => name.startsWith("gsc-"))
  .map((config) => ({
    ...config,
    name: `${config.name}-scaled`,
    channels: config.channels.map((count) => count / CHANNELS),
    // A multiple of eight, so that sets of eight filters divide it.
    hidden: 8 * Math.round(config.hidden / HIDDEN / 8),
  }));
