import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { EnvironmentError, float32, sha256Hex, type Tensor } from "../core/mod.ts";
import { buildResNet, parameterShapesOf, resNetConfigs, writeSafetensors } from "../models/mod.ts";
import { findRecipe } from "../recipes/mod.ts";
import { architecturesOf, type Parameters } from "../training/mod.ts";
import { findInitialFile, readInitial } from "./training_inputs.ts";

const resnet = await findRecipe("resnet20-2x1-cifar10");
const whole = architecturesOf(resnet, "published").dense.draw("whole");
const detector = await findRecipe("ssd-resnet34-2x1-coco");

type Read = (path: string) => Promise<{ initial: Parameters; deviations: readonly string[] }>;

async function withCheckpoint(
  tensors: ReadonlyMap<string, Tensor>,
  test: (read: Read, path: string) => Promise<void>,
  recipe = resnet,
): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    const path = join(folder, "model.safetensors");
    await writeSafetensors(path, tensors);
    const read: Read = (path) => readInitial(recipe, "published", { path, sha256: "" }, 1);
    await test(read, path);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("findInitialFile() finds what the profile starts from, by its content", async () => {
  const data = await Deno.makeTempDir();
  try {
    assertEquals(await findInitialFile(resnet, "published", data), null);
    const path = join(data, "weights/cifar10_resnet20.safetensors");
    await Deno.mkdir(join(data, "weights"));
    await Deno.writeTextFile(path, "x");
    assertEquals(await findInitialFile(resnet, "published", data), {
      path,
      sha256: sha256Hex("x"),
    });
    // The quick profile starts from scratch, whatever is there.
    assertEquals(await findInitialFile(resnet, "quick", data), null);
    await Deno.remove(path);
    await Deno.mkdir(path);
    await assertRejects(() => findInitialFile(resnet, "published", data), EnvironmentError, path);
  } finally {
    await Deno.remove(data, { recursive: true });
  }
});

Deno.test("readInitial() takes every parameter of the file, whatever wraps the names", async () => {
  const wrapped = new Map([...whole].map(([name, tensor]) => [`module.${name}`, tensor]));
  await withCheckpoint(wrapped, async (read, path) => {
    const { initial, deviations } = await read(path);
    assertEquals(initial, whole);
    assertEquals(deviations, ['init: names lost the prefix "module."']);
  });
});

Deno.test("readInitial() draws from the seed what the file lacks, and says what fits nothing", async () => {
  const headless = new Map<string, Tensor>([...whole].filter(([name]) => name !== "linear.weight"));
  headless.set("fc.weight", float32([10]));
  await withCheckpoint(headless, async (read, path) => {
    const { initial, deviations } = await read(path);
    const drawn = architecturesOf(resnet, "published").dense.draw("seed 1 weights");
    assertEquals(initial.get("linear.weight"), drawn.get("linear.weight"));
    assertEquals(initial.get("conv1.weight"), whole.get("conv1.weight"));
    assertEquals([...initial.keys()], [...whole.keys()]);
    assertEquals(deviations, [
      "init: not in the checkpoint and drawn at random: linear.weight",
      "init: not used: fc.weight",
    ]);
  });
});

Deno.test("readInitial() refuses the checkpoint of another network, and lists what differs", async () => {
  const other = new Map([["conv1.weight", whole.get("conv1.weight")!], ["a", float32([1])]]);
  await withCheckpoint(other, async (read, path) => {
    const { message, remedy } = await assertRejects(() => read(path), EnvironmentError);
    assertStringIncludes(
      message,
      `Cannot start resnet20 from ${path}: ${
        whole.size - 1
      } of ${whole.size} parameters are missing`,
    );
    assertStringIncludes(message, "1 tensors are unexpected (a)");
    assertStringIncludes(remedy!, `put the recipe's checkpoint to ${path}`);
  });
  // A deeper network has everything, and more than that.
  const deeper = new Map<string, Tensor>(whole);
  for (let i = 0; i <= whole.size; i++) deeper.set(`layer4.${i}`, float32([1]));
  await withCheckpoint(deeper, async (read, path) => {
    const { message } = await assertRejects(() => read(path), EnvironmentError);
    assertStringIncludes(message, `0 of ${whole.size} parameters are missing (none)`);
    assertStringIncludes(message, `${whole.size + 1} tensors are unexpected (layer4.0, layer4.1`);
  });
});

Deno.test("readInitial() refuses another number of classes, and files that are cut off", async () => {
  const more = new Map(whole).set("linear.weight", float32([100, 64]));
  await withCheckpoint(more, async (read, path) => {
    const { message } = await assertRejects(() => read(path), EnvironmentError);
    assertStringIncludes(message, "it tells 100 classes apart, the data set has 10");
    const bytes = await Deno.readFile(path);
    await Deno.writeFile(path, bytes.subarray(0, bytes.length - 9));
    const cut = await assertRejects(() => read(path), EnvironmentError);
    assertStringIncludes(cut.message, "the file is cut off");
    assertStringIncludes(cut.remedy!, "or remove it to start from random weights");
  });
});

Deno.test("readInitial() reads the encoder of a BERT, which must be whole, without its head", async () => {
  const bert = await findRecipe("bert-mini-4x1-sst2");
  const parameters = architecturesOf(bert, "published").dense.draw("x");
  const encoder = new Map<string, Tensor>(
    [...parameters].filter(([name]) => !name.startsWith("classifier")),
  );
  encoder.set("cls.predictions.bias", float32([4]));
  await withCheckpoint(encoder, async (read, path) => {
    const { initial, deviations } = await read(path);
    const name = "bert.encoder.layer.3.output.dense.weight";
    assertEquals(initial.get(name), parameters.get(name));
    assertEquals(initial.size, parameters.size);
    assertEquals(deviations, ["init: not used: cls.predictions.bias"]);
    const shallow = new Map([...encoder].filter(([name]) => !name.includes("layer.3.")));
    await writeSafetensors(path, shallow);
    const { message, remedy } = await assertRejects(() => read(path), EnvironmentError);
    assertStringIncludes(message, "parameters are missing (bert.encoder.layer.3.");
    assertStringIncludes(remedy!, "https://huggingface.co/prajjwal1/bert-mini/resolve/main/");
  }, bert);
});

Deno.test("readInitial() starts a detector from a ResNet-34 of torchvision", async () => {
  const drawn = architecturesOf(detector, "published").dense.draw("seed 1 weights");
  const names = parameterShapesOf((source) =>
    buildResNet(resNetConfigs.resnet34, { batch: 1 }, source)
  );
  const resnet = new Map([...names].map(([name, shape]) => [name, float32(shape)]));
  const stem = resnet.get("conv1.weight")!;
  stem.data.fill(0.5);
  await withCheckpoint(resnet, async (read, path) => {
    const { initial, deviations } = await read(path);
    assertEquals(initial.get("model.layer1.0.weight"), stem);
    assertEquals(initial.get("loc.0.weight"), drawn.get("loc.0.weight"));
    const [missing, unused] = deviations;
    assertStringIncludes(missing!, "drawn at random: additional_blocks.0.0.weight");
    assertStringIncludes(unused!, "init: not used: layer4.0.conv1.weight");
  }, detector);
});
