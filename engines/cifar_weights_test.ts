/**
 * Published weights in our graphs: the networks must be what they were trained as, or they would not classify.
 */
import { assertAlmostEquals, assertEquals } from "@std/assert";
import { dataDirectory, float32, type TensorOf } from "../core/mod.ts";
import {
  buildCifarResNet,
  cifarResNetConfigs,
  givenParameters,
  readSafetensors,
} from "../models/mod.ts";
import { onnxruntimeNode } from "./onnxruntime_node.ts";

const data = dataDirectory();
/** Mean and standard deviation of the channels with which the weights were trained. */
const [MEAN, DEVIATION] = [[0.485, 0.456, 0.406], [0.229, 0.224, 0.225]];

/** The first images of the test batch, normalised, and their labels. A record is a label and three planes of 32x32 bytes. */
async function testImages(
  count: number,
): Promise<{ images: TensorOf<"float32">; labels: number[] }> {
  const bytes = await Deno.readFile(`${data}/cifar-10-batches-bin/test_batch.bin`);
  const plane = 32 * 32;
  const record = 1 + 3 * plane;
  const pixels = Float32Array.from({ length: count * 3 * plane }, (_, i) => {
    const [image, inside] = [Math.floor(i / (3 * plane)), i % (3 * plane)];
    const channel = Math.floor(inside / plane);
    return (bytes[image * record + 1 + inside]! / 255 - MEAN[channel]!) / DEVIATION[channel]!;
  });
  const labels = Array.from({ length: count }, (_, i) => bytes[i * record]!);
  return { images: float32([count, 3, 32, 32], pixels), labels };
}

/** Accuracies on all 1,000 test images; the deeper network is slow, so it sees a part of them. */
const CASES = [
  { name: "resnet20", count: 1000, accuracy: 0.915, within: 1e-9 },
  { name: "resnet56", count: 200, accuracy: 0.926, within: 0.03 },
] as const;

for (const { name, count, accuracy, within } of CASES) {
  Deno.test({
    name: `buildCifarResNet() classifies as published with the weights of ${name}`,
    ignore: data === null,
    async fn(): Promise<void> {
      const { tensors } = await readSafetensors(`${data}/weights/cifar10_${name}.safetensors`);
      const floats = [...tensors].filter(
        (entry): entry is [string, TensorOf<"float32">] => entry[1].dtype === "float32",
      );
      const source = givenParameters(new Map(floats));
      const graph = buildCifarResNet(cifarResNetConfigs[name], { batch: count }, source);
      assertEquals(
        [...graph.initializers.keys()].filter((key) => tensors.has(key)).length,
        floats.length,
      );
      await using session = await onnxruntimeNode.load(graph, { threads: 1 });
      const { images, labels } = await testImages(count);
      const { logits } = await session.run({ images });
      const right = labels.filter((label, i) => {
        const row = [...logits!.data.subarray(10 * i, 10 * i + 10)].map(Number);
        return row.indexOf(Math.max(...row)) === label;
      });
      assertAlmostEquals(right.length / count, accuracy, within);
    },
  });
}
