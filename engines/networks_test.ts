/**
 * Small networks of every architecture, read from `.onnx` files, on which all dense engines must agree with the reference.
 */
import { assert, assertEquals } from "@std/assert";
import { createRandom, float32, sizeOf } from "../core/mod.ts";
import {
  buildCifarResNet,
  buildDlrm,
  buildNumentaCnn,
  buildResNet,
  buildSsd,
  cifarResNetConfigs,
  decodeOnnx,
  dlrmConfig,
  drawInputs,
  drawParameters,
  encodeOnnx,
  type Graph,
  type NumentaCnnConfig,
  numentaCnnConfigs,
  type ParameterSource,
  resNetConfigs,
  runReference,
  ssdConfigs,
} from "../models/mod.ts";
import type { Tensors } from "./engine.ts";
import { onnxruntimeNode } from "./onnxruntime_node.ts";
import { onnxruntimeWeb } from "./onnxruntime_web.ts";
import { skipzeroNative, skipzeroNativeDense, skipzeroWasm } from "./skipzero/mod.ts";
import { tfjs } from "./tfjs/mod.ts";

/** Fresh weights, but statistics, gains and biases as if they were trained: no 0 and 1 that would hide a mistake. */
const parameters: ParameterSource = (name, shape, start) => {
  if (start.kind !== "constant") return drawParameters("small")(name, shape, start);
  const random = createRandom(name);
  const near = () => start.value * (1 + random.next()) + 0.2 * random.next();
  return float32(shape, new Float32Array(sizeOf(shape)).map(near));
};

function numentaCnn(name: string): NumentaCnnConfig {
  return numentaCnnConfigs.find((config) => config.name === name)!;
}

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
    { ...numentaCnn("gsc-cnn-wide-sparse"), channels: [4, 6], hidden: 20 },
    { batch: 2 },
    parameters,
  ),
  // enough images to lie beside each other in the lanes
  buildNumentaCnn(
    { ...numentaCnn("gsc-cnn"), channels: [6, 5], hidden: 12 },
    { batch: 31 },
    parameters,
  ),
  buildNumentaCnn(
    { ...numentaCnn("mnist-sparse-cnn-1"), channels: [4], hidden: 20 },
    { batch: 2 },
    parameters,
  ),
];

/** The same inputs with NaN for every fraction. */
function withoutNumbers(inputs: Tensors): Tensors {
  return Object.fromEntries(
    Object.entries(inputs).map(([name, tensor]) => [
      name,
      tensor.dtype === "float32" ? float32(tensor.shape, tensor.data.map(() => NaN)) : tensor,
    ]),
  );
}

/** What differs, relative to the largest value of an output. */
function differences(graph: Graph, found: Tensors, wanted: Tensors): number[] {
  return graph.outputs.map(({ name, dtype, shape }) => {
    assertEquals([found[name]?.dtype, found[name]?.shape], [dtype, [...shape]]);
    const expected = [...wanted[name]!.data].map(Number);
    const scale = Math.max(...expected.map(Math.abs));
    assert(scale > 1e-3 && Number.isFinite(scale), `${name} is ${scale} at most`);
    const errors = expected.map((x, i) => Math.abs(Number(found[name]!.data[i]) - x));
    return Math.max(...errors) / scale;
  });
}

// The first session of onnxruntime-web opens a message port that lives as long as the process; no test is to blame for it.
const first = await onnxruntimeWeb.load(NETWORKS[0]!, { threads: 1 });
await first[Symbol.asyncDispose]();

for (const graph of NETWORKS) {
  const inputs = drawInputs(graph);
  const wanted = runReference(graph, inputs);
  const read = decodeOnnx(encodeOnnx(graph), `${graph.name}.onnx`);
  for (const engine of [onnxruntimeNode, onnxruntimeWeb, tfjs]) {
    Deno.test(`${engine.id} agrees with the reference on a small ${graph.name}`, async () => {
      await using session = await engine.load(read, { threads: 1 });
      const errors = differences(graph, await session.run(inputs), wanted);
      assert(errors.every((error) => error < 2e-5), `differs by ${errors}`); // NaN fails, too
    });
  }
  for (const engine of [skipzeroNative, skipzeroNativeDense, skipzeroWasm]) {
    for (const threads of [1, 2]) {
      Deno.test(`${engine.id} agrees with the reference on a small ${graph.name}, ${threads} threads`, async () => {
        await using session = await engine.load(read, { threads });
        // what a run on NaN leaves in memory, in pads above all, must not show in the next
        await session.run(withoutNumbers(inputs));
        const errors = differences(graph, await session.run(inputs), wanted);
        assert(errors.every((error) => error < 2e-5), `differs by ${errors}`);
      });
    }
  }
}
