import { assertEquals } from "@std/assert";
import type { ConvolutionTask, QuantizedLinearTask } from "../layers/mod.ts";
import { inputLength, outputLanes, outputPlace, referenceLayer } from "./layer.ts";

const plane: ConvolutionTask = {
  op: "convolution",
  images: 2,
  inChannels: 2,
  outChannels: 2,
  height: 3,
  width: 2,
  kernel: 3,
  stride: 1,
  padding: 1,
  groups: 2,
  pattern: { kind: "dense" },
  // The first channel sums its neighbourhood, the second takes the pixel below.
  weights: Float32Array.of(1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 1, 0),
  bias: Float32Array.of(0.5, 0),
};

Deno.test("referenceLayer() convolves group by group, with zeros around the plane", () => {
  const x = Float32Array.from({ length: inputLength(plane) }, (_, i) => i + 1);
  assertEquals(outputLanes(plane), 12);
  // Image 0: channel 0 is 1..6 and channel 1 is 7..12, rows of 2.
  assertEquals([...referenceLayer(plane, x, [0, 5])], [1 + 2 + 3 + 4 + 0.5, 9, 18 + 0.5, 0]);
  // Image 1, first pixel: channel 0 begins at 13.
  assertEquals([...referenceLayer(plane, x, [6])], [13 + 14 + 15 + 16 + 0.5, 21]);
});

Deno.test("outputPlace() finds the pixel of a channel in [image][channel][y][x]", () => {
  assertEquals([outputPlace(plane, 0, 1), outputPlace(plane, 6, 0)], [6, 12]);
});

Deno.test("referenceLayer() subtracts the zero point and counts magnitudes", () => {
  const task: QuantizedLinearTask = {
    op: "quantized_linear",
    rows: 1,
    cols: 2,
    lanes: 2,
    pattern: { kind: "unstructured" },
    weights: Int8Array.of(-3, 2),
    bias: Int32Array.of(-7),
    zeroPoint: 10,
  };
  const x = Uint8Array.of(0, 0, 20, 11);
  assertEquals([...referenceLayer(task, x, [0, 1])], [30 - 20 - 7, -30 + 2 - 7]);
  assertEquals([...referenceLayer(task, x, [1], true)], [30 + 2 + 7]);
});
