/**
 * Small networks of every architecture, on which ONNX Runtime must agree with the reference.
 */
import { assert, assertEquals } from "@std/assert";
import { createRandom, float32, int64, sizeOf, type Tensor } from "../core/mod.ts";
import {
  buildCifarResNet,
  buildDlrm,
  buildNumentaCnn,
  buildResNet,
  buildSsd,
  cifarResNetConfigs,
  decodeOnnx,
  dlrmConfig,
  drawParameters,
  encodeOnnx,
  type Graph,
  numentaCnnConfigs,
  type ParameterSource,
  resNetConfigs,
  runReference,
  ssdConfigs,
} from "../models/mod.ts";
import { onnxruntimeNode } from "./onnxruntime_node.ts";

/** Fresh weights, but statistics, gains and biases as if they were trained: no 0 and 1 that would hide a mistake. */
const parameters: ParameterSource = (name, shape, start) => {
  if (start.kind !== "constant") return drawParameters("small")(name, shape, start);
  const random = createRandom(name);
  const near = () => start.value * (1 + random.next()) + 0.2 * random.next();
  return float32(shape, new Float32Array(sizeOf(shape)).map(near));
};

const small = { width: 4, image: 32, classes: 5, blocks: [1, 2, 1, 1], groupWidth: 64 };

const NETWORKS: readonly Graph[] = [
  buildResNet({ ...resNetConfigs.resnet50, ...small }, { batch: 2 }, parameters),
  buildResNet({ ...resNetConfigs.resnet34, ...small }, { batch: 1 }, parameters),
  buildResNet(
    { ...resNetConfigs["resnext101-32x8d"], ...small, width: 8, groups: 4, groupWidth: 16 },
    { batch: 1 },
    parameters,
  ),
  buildCifarResNet(
    { ...cifarResNetConfigs.resnet20, blocks: 2, width: 4, image: 16 },
    { batch: 2 },
    parameters,
  ),
  buildSsd(
    { ...ssdConfigs["ssd-resnet34-300"], image: 260, width: 1, classes: 3 },
    { batch: 1 },
    parameters,
  ),
  buildSsd(
    { ...ssdConfigs["ssd-resnet34-1200"], image: 400, width: 1, classes: 2 },
    { batch: 1 },
    parameters,
  ),
  buildDlrm(
    { ...dlrmConfig(200 * 512), bottom: [16, 12, 8], top: [24, 16, 1] },
    { batch: 3 },
    parameters,
  ),
  buildNumentaCnn(
    { ...numentaCnnConfigs["gsc-cnn-wide-sparse"], channels: [4, 6], hidden: 20 },
    { batch: 2 },
    parameters,
  ),
  buildNumentaCnn(
    { ...numentaCnnConfigs["mnist-cnn"], channels: [4, 6], hidden: 20 },
    { batch: 2 },
    parameters,
  ),
];

/** Random inputs; indices stay below `indices`. */
function inputsOf(graph: Graph, indices = 3): Record<string, Tensor> {
  const random = createRandom(graph.name);
  return Object.fromEntries(graph.inputs.map(({ name, dtype, shape }) => {
    const integers = Array.from({ length: sizeOf(shape) }, () => random.integer(indices));
    const floats = new Float32Array(sizeOf(shape)).map(() => random.normal());
    return [name, dtype === "int64" ? int64(shape, integers) : float32(shape, floats)];
  }));
}

for (const graph of NETWORKS) {
  Deno.test(`onnxruntime-node agrees with the reference on a small ${graph.name}`, async () => {
    const read = decodeOnnx(encodeOnnx(graph), `${graph.name}.onnx`);
    assertEquals(read.nodes, graph.nodes);
    const inputs = inputsOf(graph);
    await using session = await onnxruntimeNode.load(read, { threads: 1 });
    const found = await session.run(inputs);
    for (const [name, wanted] of Object.entries(runReference(graph, inputs))) {
      assertEquals([found[name]?.dtype, found[name]?.shape], [wanted.dtype, wanted.shape]);
      const expected = [...wanted.data].map(Number);
      const scale = Math.max(...expected.map(Math.abs));
      assert(scale > 1e-3 && Number.isFinite(scale), `${name} is ${scale} at most`);
      const error = Math.max(...expected.map((x, i) => Math.abs(Number(found[name]!.data[i]) - x)));
      assert(error < 2e-5 * scale, `${name} differs by ${error} of ${scale}`);
    }
  });
}
