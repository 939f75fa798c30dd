import { assert, assertEquals } from "@std/assert";
import { maskOf, parsePattern, proveMask } from "../core/mod.ts";
import { PLAIN } from "./layer_cells.ts";
import {
  type ConvolutionSpec,
  denseMacs,
  drawActivations,
  drawTasks,
  layerCell,
  type LinearSpec,
} from "./layer_spec.ts";

const linear: LinearSpec = {
  ...PLAIN,
  op: "linear",
  pattern: "4x1",
  sparsity: 0.75,
  rows: 16,
  cols: 32,
  lanes: 3,
};

const convolution: ConvolutionSpec = {
  ...PLAIN,
  op: "convolution",
  pattern: "2x1",
  sparsity: 0.5,
  shape: {
    images: 2,
    inChannels: 8,
    outChannels: 4,
    height: 9,
    width: 7,
    kernel: 3,
    stride: 2,
    padding: 1,
    groups: 2,
  },
};

Deno.test("layerCell() names what tells layers apart", () => {
  assertEquals(layerCell(linear), "f32 4x1 0.75 16x32x3");
  assertEquals(
    layerCell({ ...linear, op: "quantized_linear", activationSparsity: 0.9, copies: 4 }),
    "u8s8 4x1 0.75 16x32x3 act=0.9 chain=4",
  );
  assertEquals(layerCell(convolution), "f32 2x1 0.5 4x36x40 conv=3x3/2 in=9x7 groups=2");
});

Deno.test("denseMacs() counts every layer of a chain", () => {
  assertEquals(denseMacs({ ...linear, copies: 5 }), 5 * 16 * 32 * 3);
});

Deno.test("drawTasks() draws layers of the pattern that differ, the same every time", async () => {
  const tasks = await drawTasks({ ...linear, copies: 2 });
  assertEquals(tasks.length, 2);
  assert(tasks[0]!.weights.some((weight, i) => weight !== tasks[1]!.weights[i]));
  assertEquals(await drawTasks({ ...linear, copies: 2 }), tasks);
  for (const { weights } of tasks) {
    const proof = proveMask(maskOf(weights as Float32Array, 16, 32), parsePattern("4x1"));
    assertEquals([proof.proved, proof.sparsity], [true, 0.75]);
  }
});

Deno.test("drawTasks() keeps the zeros when it makes bytes", async () => {
  const [floats, bytes] = await Promise.all([
    drawTasks(linear),
    drawTasks({ ...linear, op: "quantized_linear" }),
  ]);
  const zeros = (weights: ArrayLike<number>): number =>
    Array.from(weights).filter((weight) => weight === 0).length;
  assertEquals(zeros(bytes[0]!.weights), zeros(floats[0]!.weights));
});

Deno.test("drawActivations() gives every lane and pixel as many zeros", () => {
  const lanes = drawActivations({ ...linear, activationSparsity: 0.75 });
  for (let lane = 0; lane < 3; lane++) {
    const own = lanes.slice(32 * lane, 32 * (lane + 1));
    assertEquals(own.filter((value) => value !== 0).length, 8);
  }
  const planes = drawActivations({ ...convolution, activationSparsity: 0.5 });
  for (let pixel = 0; pixel < 63; pixel++) {
    const channels = Array.from({ length: 8 }, (_, channel) => planes[channel * 63 + pixel]);
    assertEquals(channels.filter((value) => value !== 0).length, 4);
  }
});
