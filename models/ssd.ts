/**
 * SSD-ResNet34 (Liu et al. 2016) as MLPerf trains it at 300x300 and infers with it at 1200x1200, as ONNX graphs with the names of
 * the official code. Weights have the same shapes in both; strides and heads differ.
 *
 * The graph ends in decoded boxes and class scores. Which of them are detections depends on the data, and so does their number, so
 * that choice stands outside the graph: `selectDetections`.
 *
 * @module
 */
import { float32, type TensorOf } from "../core/mod.ts";
import { checkBatch } from "./check_sizes.ts";
import { CONSTANT_PREFIX, type Graph } from "./graph.ts";
import { int, ints } from "./graph_builder.ts";
import { createNetworkBuilder, type NetworkBuilder } from "./network_builder.ts";
import { drawParameters, type ParameterSource } from "./parameter_source.ts";
import { stage } from "./resnet.ts";
import { defaultBoxes, ssdMapSizes } from "./ssd_boxes.ts";
import { SSD_BOXES, SSD_EXTRAS, type SsdConfig, ssdMapChannels } from "./ssd_config.ts";

/** How strongly {@linkcode SSD_LOCATIONS} moves a default box, in sizes of the box. */
export const SSD_CENTRE_SCALE = 0.1;
/** How strongly {@linkcode SSD_LOCATIONS} scales a default box, in logarithms. */
export const SSD_SIZE_SCALE = 0.2;
/** Name of the value `[B, 4, N]` that moves and scales the default boxes, which training compares. */
export const SSD_LOCATIONS = "loc/Concat";
/** Name of the value `[B, classes, N]` that becomes {@linkcode buildSsd}'s scores, which training compares. */
export const SSD_CONFIDENCES = "conf/Concat";
/** Names of the constants `[1, 2, N]` that hold the default boxes. */
const [CENTRES, HALVED_SIZES] = ["box centres", "box sizes, halved"];

/** What the parts of the network share. */
interface Context {
  readonly network: NetworkBuilder;
  readonly config: SsdConfig;
  readonly batch: number;
}

/**
 * Builds the detector for a batch.
 *
 * Input `images`: float32 `[B, 3, image, image]`. Outputs: `boxes` `[B, N, 4]`, left, top, right and bottom as fractions of the image,
 * and `scores` `[B, N, classes]`, of which class 0 is the background.
 *
 * @throws {RangeError} If the batch is no integer from 1, or the image is too small for six feature maps.
 */
export function buildSsd(
  config: SsdConfig,
  { batch }: { readonly batch: number },
  parameters: ParameterSource = drawParameters(),
): Graph {
  checkBatch(config.name, batch);
  const network = createNetworkBuilder(config.name, parameters);
  const context: Context = { network, config, batch };
  const images = network.input("images", "float32", [batch, 3, config.image, config.image]);
  const maps = [backbone(context, images)];
  SSD_EXTRAS.forEach((_, i) => maps.push(extraMap(context, maps.at(-1)!, i)));
  const joined = (name: string, head: "loc" | "conf", values: number) =>
    network.node(
      "Concat",
      name,
      maps.map((map, i) => headOf(context, map, head, i, values)),
      { axis: int(2) },
    );
  const [locations, confidences] = [
    joined(SSD_LOCATIONS, "loc", 4),
    joined(SSD_CONFIDENCES, "conf", config.classes),
  ];
  network.output(decodeBoxes(context, locations), "boxes");
  const byBox = network.node("Transpose", "conf/Transpose", [confidences], { perm: ints(0, 2, 1) });
  network.output(network.node("Softmax", "conf/Softmax", [byBox], { axis: int(-1) }), "scores");
  return network.build();
}

/**
 * The default boxes of a graph of {@linkcode buildSsd}: centre x, centre y, width and height of each, `4 · N` values.
 *
 * @throws {RangeError} If it is the graph of another network.
 */
export function defaultBoxesOf({ name, initializers }: Graph): Float32Array<ArrayBuffer> {
  const [centres, halves] = [CENTRES, HALVED_SIZES].map((one) =>
    initializers.get(CONSTANT_PREFIX + one)
  );
  if (centres?.dtype !== "float32" || halves?.dtype !== "float32") {
    throw new RangeError(`Cannot find default boxes of ${name}: it has none, expected an SSD`);
  }
  const count = centres.data.length / 2;
  return Float32Array.from({ length: 4 * count }, (_, i) => {
    const [part, box] = [i % 4, Math.floor(i / 4)];
    return part < 2
      ? centres.data[part * count + box]!
      : 2 * halves.data[(part - 2) * count + box]!;
  });
}

/** ResNet-34 to its third stage, which does not step here; the names are those of its containers in the official code. */
function backbone({ network, config: { width } }: Context, images: string): string {
  const size = { from: 3, to: width, kernel: 7, stride: 2, pad: 3 };
  const stem = network.batchNorm(
    network.conv(images, "model.layer1.0", size),
    "model.layer1.1",
    width,
  );
  let x = network.maxPool(network.relu(stem, "model.layer1.2"), "model.layer1.3", 3, 2, 1);
  let from = width;
  const blocks = { block: "basic", groups: 1, groupWidth: 64 } as const;
  for (
    const [name, planes, count, stride] of [
      ["model.layer1.4", width, 3, 1],
      ["model.layer1.5", 2 * width, 4, 2],
      ["model.layer2.0", 4 * width, 6, 1],
    ] as const
  ) {
    [x, from] = stage(network, x, name, blocks, { from, planes, count, stride });
  }
  return x;
}

/** A 1x1 and a 3x3 convolution that make the next, smaller map. */
function extraMap({ network, config }: Context, map: string, i: number): string {
  const { narrow, pad } = SSD_EXTRAS[i]!;
  const channels = ssdMapChannels(config);
  const name = `additional_blocks.${i}`;
  const inner = narrow * config.width;
  const first = { from: channels[i]!, to: inner, kernel: 1, bias: true };
  const x = network.relu(network.conv(map, `${name}.0`, first), `${name}.1`);
  const stride = config.extraStrides[i]!;
  const second = { from: inner, to: channels[i + 1]!, kernel: 3, stride, pad, bias: true };
  return network.relu(network.conv(x, `${name}.2`, second), `${name}.3`);
}

/** What a head says about each box of a map, `[B, values, boxes · H · W]`. */
function headOf(
  { network, config, batch }: Context,
  map: string,
  head: string,
  i: number,
  values: number,
): string {
  const name = `${head}.${i}`;
  const from = ssdMapChannels(config)[i]!;
  const to = SSD_BOXES[i]! * values;
  const sizes = { from, to, kernel: 3, stride: config.headStride, pad: 1, bias: true };
  const x = network.conv(map, name, sizes);
  return network.node("Reshape", `${name}/Reshape`, [x, network.integers([batch, values, -1])]);
}

/** Moves and scales the default boxes by `locations` `[B, 4, N]`; gives the sides `[B, N, 4]`. */
function decodeBoxes({ network, config }: Context, locations: string): string {
  const node = network.node;
  const boxes = defaultBoxes(config, ssdMapSizes(config));
  const parts = network.integers([0, 2, 2, boxes.length / 4]); // centre or size, x or y
  const split = node("Reshape", "boxes/Reshape", [locations, parts]);
  const pick = (name: string, part: number) =>
    node("Gather", name, [split, network.index(part)], { axis: int(1) });
  const constant = (name: string, part: 0 | 1, factor: number) =>
    network.constant(name, pairsOf(boxes, part, factor));

  const reach = constant("box sizes, scaled", 1, SSD_CENTRE_SCALE);
  const shift = node("Mul", "boxes/Mul", [pick("boxes/Gather", 0), reach]);
  const centre = node("Add", "boxes/Add", [shift, constant(CENTRES, 0, 1)]);

  const power = node("Mul", "boxes/Mul_1", [
    pick("boxes/Gather_1", 1),
    network.scalar(SSD_SIZE_SCALE),
  ]);
  const growth = node("Exp", "boxes/Exp", [power]);
  const half = node("Mul", "boxes/Mul_2", [growth, constant(HALVED_SIZES, 1, 0.5)]);

  const leftTop = node("Sub", "boxes/Sub", [centre, half]);
  const rightBottom = node("Add", "boxes/Add_1", [centre, half]);
  const sides = node("Concat", "boxes/Concat", [leftTop, rightBottom], { axis: int(1) });
  return node("Transpose", "boxes/Transpose", [sides], { perm: ints(0, 2, 1) });
}

/** Centres (part 0) or sizes (part 1) of boxes, times a factor: `[1, 2, N]`. */
function pairsOf(boxes: Float32Array, part: 0 | 1, factor: number): TensorOf<"float32"> {
  const count = boxes.length / 4;
  const value = (_: unknown, i: number) =>
    factor * boxes[4 * (i % count) + 2 * part + Math.floor(i / count)]!;
  return float32([1, 2, count], Float32Array.from({ length: 2 * count }, value));
}
