/**
 * Networks in the sizes of the claims, read from `.onnx` files, on which all engines must agree. Where the plain interpreter takes
 * seconds it is the judge; where it would take minutes ONNX Runtime is, on an image, a sequence or depth that keeps the test short.
 */
import { assert, assertEquals } from "@std/assert";
import { createRandom, float32, sizeOf } from "../core/mod.ts";
import {
  bertConfigs,
  bertNetwork,
  buildResNet,
  decodeOnnx,
  drawInputs,
  encodeOnnx,
  type Graph,
  networkNamed,
  type ParameterSource,
  resNetConfigs,
  type ResNetName,
  runReference,
} from "../models/mod.ts";
import type { Engine, Tensors } from "./engine.ts";
import { onnxruntimeNode } from "./onnxruntime_node.ts";
import { onnxruntimeWeb } from "./onnxruntime_web.ts";
import { skipzeroNative, skipzeroWasm } from "./skipzero/mod.ts";
import { tfjs } from "./tfjs/mod.ts";

/** Values drawn in a hundredth of the time of normal ones, of the same variance; statistics and gains as if trained. */
const parameters: ParameterSource = (name, shape, start) => {
  let state = createRandom(name).integer(2 ** 31) + 1;
  const data = new Float32Array(sizeOf(shape));
  const [centre, bound] = start.kind === "constant"
    ? [start.value, 0.2]
    : [0, start.kind === "normal" ? start.deviation * Math.sqrt(3) : start.bound];
  const floor = name.endsWith("running_var") ? 0.5 : -Infinity;
  for (let i = 0; i < data.length; i++) {
    // xorshift of Marsaglia 2003
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    data[i] = Math.max(floor, centre + bound * state / 2 ** 31);
  }
  return float32(shape, data);
};

interface Case {
  readonly name: string;
  readonly build: () => Graph;
  /** Whether the plain interpreter judges. */
  readonly interpreted: boolean;
  /** Engines besides ONNX Runtime's native one. */
  readonly engines: readonly Engine[];
}

const ALL = [onnxruntimeWeb, skipzeroNative, skipzeroWasm, tfjs];

function named(
  name: string,
  shape: { batch: number; sequence?: number },
  interpreted: boolean,
): Case {
  const build = () => networkNamed(name).build(shape, parameters);
  return { name: `${name} ${Object.values(shape).join("x")}`, build, interpreted, engines: ALL };
}

/** BERT of the published width and vocabulary with two of its layers, which are all alike. */
function shallow(size: "bert-base" | "bert-large", head: "classification" | "span"): Case {
  const config = { ...bertConfigs[size], layers: 2, head };
  const build = () => bertNetwork(config, 4).build({ batch: 1 }, parameters);
  return { name: `two layers of ${size} for ${head}`, build, interpreted: true, engines: ALL };
}

/**
 * A network for ImageNet on small images; its layers are those of the published size. tfjs takes minutes for a thousand groups, one
 * after the other: it is tried on a smaller ResNeXt in `networks_test.ts`.
 */
function onSmallImages(name: ResNetName): Case {
  const build = () => buildResNet({ ...resNetConfigs[name], image: 64 }, { batch: 1 }, parameters);
  const engines = name.startsWith("resnext") ? ALL.filter(({ id }) => id !== "tfjs") : ALL;
  return { name: `${name} on 64 pixels`, build, interpreted: false, engines };
}

const CASES: readonly Case[] = [
  named("bert-tiny", { batch: 1 }, true),
  named("bert-tiny-span", { batch: 1, sequence: 384 }, true),
  named("bert-mini", { batch: 1 }, true),
  named("bert-mini-span", { batch: 1, sequence: 384 }, false),
  shallow("bert-base", "classification"),
  shallow("bert-large", "span"),
  onSmallImages("resnet34"),
  named("resnet50", { batch: 1 }, false),
  onSmallImages("resnext101-32x4d"),
  onSmallImages("resnext101-32x8d"),
  named("ssd-resnet34-300", { batch: 1 }, false),
  named("dlrm", { batch: 16 }, true),
  named("dlrm-mlp", { batch: 16 }, true),
  named("gsc-cnn", { batch: 2 }, true),
  named("gsc-cnn-2.1m", { batch: 2 }, true),
  named("gsc-cnn-wide-sparse", { batch: 2 }, true),
  named("mnist-dense-cnn-2", { batch: 2 }, true),
  named("mnist-sparse-cnn-2", { batch: 2 }, true),
  named("resnet20", { batch: 1 }, true),
  named("resnet56", { batch: 1 }, true),
];

/** What differs most, relative to the largest value of an output. */
function difference(graph: Graph, found: Tensors, wanted: Tensors): number {
  const errors = graph.outputs.map(({ name, dtype, shape }) => {
    assertEquals([found[name]?.dtype, found[name]?.shape], [dtype, [...shape]]);
    const expected = wanted[name]!.data as Float32Array; // all outputs are float32
    let [scale, error] = [0, 0];
    found[name]!.data.forEach((value, i) => {
      scale = Math.max(scale, Math.abs(expected[i]!));
      error = Math.max(error, Math.abs(Number(value) - expected[i]!)); // NaN stays
    });
    assert(scale > 1e-3 && Number.isFinite(scale), `${name} is ${scale} at most`);
    return error / scale;
  });
  return Math.max(...errors);
}

async function run(engine: Engine, graph: Graph, inputs: Tensors): Promise<Tensors> {
  await using session = await engine.load(graph, { threads: 1 });
  return await session.run(inputs);
}

// The first session of onnxruntime-web opens a message port that lives as long as the process; no test is to blame for it.
await run(onnxruntimeWeb, named("gsc-cnn", { batch: 1 }, true).build(), {
  images: float32([1, 1, 32, 32]),
});

for (const { name, build, interpreted, engines } of CASES) {
  Deno.test(`all engines agree on ${name} of full width`, async (t) => {
    const graph = decodeOnnx(encodeOnnx(build()), `${name}.onnx`);
    const inputs = drawInputs(graph);
    const wanted = interpreted
      ? runReference(graph, inputs)
      : await run(onnxruntimeNode, graph, inputs);
    for (const engine of interpreted ? [onnxruntimeNode, ...engines] : engines) {
      await t.step(engine.id, async () => {
        const error = difference(graph, await run(engine, graph, inputs), wanted);
        assert(error < 1e-4, `differs by ${error}`);
      });
    }
  });
}
