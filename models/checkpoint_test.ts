import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { join } from "@std/path";
import { dataDirectory, float32, int64, type Tensor } from "../core/mod.ts";
import {
  bertNames,
  fitParameters,
  listed,
  moduleNames,
  parameterShapesOf,
  readCheckpoint,
  ssdNames,
} from "./checkpoint.ts";
import { buildCifarResNet, cifarResNetConfigs } from "./cifar_resnet.ts";
import { pickle, pushDictionary, pushTensor, pushText } from "./pickle_sample.ts";
import { makeZip } from "../core/mod.ts";
import { networkNamed } from "./networks.ts";
import { buildResNet, resNetConfigs } from "./resnet.ts";
import { writeSafetensors } from "./safetensors.ts";

async function withFolder(test: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await test(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("readCheckpoint() tells kinds of files apart by content, and takes off what wraps all names", async () => {
  await withFolder(async (folder) => {
    const tensors = new Map([["module.a", float32([1])], ["module.b", float32([2])]]);
    await writeSafetensors(join(folder, "weights.bin"), tensors);
    const safe = await readCheckpoint(join(folder, "weights.bin"));
    assertEquals([...safe.tensors.keys()], ["a", "b"]);
    assertEquals(safe.notes, ['names lost the prefix "module."']);

    const tensor = pushTensor({
      storage: "FloatStorage",
      key: "0",
      count: 1,
      offset: 0,
      shape: [1],
      strides: [1],
    });
    const program = pickle(
      pushDictionary(pushText("model"), pushDictionary(pushText("a"), tensor)),
    );
    const storage = new Uint8Array(Float32Array.of(3).buffer);
    const zip = makeZip(new Map([["x/data.pkl", program], ["x/data/0", storage]]));
    await Deno.writeFile(join(folder, "weights.safetensors"), zip);
    const torch = await readCheckpoint(join(folder, "weights.safetensors"));
    assertEquals(torch.tensors.get("a"), float32([1], Float32Array.of(3)));
    assertEquals(torch.notes, ['tensors stood in "model"']);
  });
});

Deno.test("readCheckpoint() names what often lies in a checkpoint's place", async () => {
  await withFolder(async (folder) => {
    const path = join(folder, "model.safetensors");
    for (
      const [text, found] of [
        ["version https://git-lfs.github.com/spec/v1\noid sha256:1\n", "a pointer of Git LFS"],
        ["<!doctype html><title>Sign in</title>", "a web page"],
      ] as const
    ) {
      await Deno.writeTextFile(path, text);
      await assertRejects(() => readCheckpoint(path), SyntaxError, `it is ${found}`);
    }
    const zip = makeZip(new Map([["x/data.pkl", new Uint8Array(100)]]));
    await Deno.writeFile(path, zip.subarray(0, 100));
    await assertRejects(
      () => readCheckpoint(path),
      SyntaxError,
      `Cannot read ${path}: it has no directory at its end`,
    );
  });
});

Deno.test("listed() shortens long lists of names, and says by how much", () => {
  assertEquals(listed([]), "none");
  assertEquals(listed(["a", "b"]), "a, b");
  const many = listed(Array.from({ length: 20 }, (_, i) => `n${i}`));
  assertEquals(many, "n0, n1, n2, n3, n4, n5, n6, n7, n8, n9, n10, n11 and 8 more");
});

Deno.test("moduleNames() and bertNames() leave out records and unwrap", () => {
  assertEquals(
    ["bn1.num_batches_tracked", "linear1.module.weight", "fc.bias"].map(moduleNames),
    [null, "linear1.weight", "fc.bias"],
  );
  assertEquals(
    [
      "embeddings.position_ids",
      "encoder.layer.0.output.LayerNorm.gamma",
      "bert.pooler.dense.bias",
      "classifier.bias",
    ]
      .map(bertNames),
    [
      null,
      "bert.encoder.layer.0.output.LayerNorm.weight",
      "bert.pooler.dense.bias",
      "classifier.bias",
    ],
  );
});

Deno.test("ssdNames() makes torchvision's ResNet-34 the backbone of MLPerf's SSD, shape for shape", () => {
  const wanted = parameterShapesOf((source) =>
    networkNamed("ssd-resnet34-300").build({ batch: 1 }, source)
  );
  const resnet = parameterShapesOf((source) =>
    buildResNet(resNetConfigs.resnet34, { batch: 1 }, source)
  );
  const file = new Map([...resnet].map(([name, shape]) => [name, float32(shape)]));
  const { parameters, missing, unexpected } = fitParameters(file, wanted, ssdNames, "x");
  assert(parameters.size > 100);
  assert(missing.every((name) => /^(additional_blocks|loc|conf)\./.test(name)), missing.join());
  assert(unexpected.every((name) => /^(layer4|fc)\./.test(name)), unexpected.join());
  assertEquals(ssdNames("model.layer1.0.weight"), "model.layer1.0.weight");
  assertEquals(ssdNames("bn1.num_batches_tracked"), null);
});

Deno.test("fitParameters() lists what is missing and unexpected, and refuses other shapes", () => {
  const wanted = new Map([["a.weight", [2, 3]], ["fc.weight", [10, 3]]]);
  const tensors = new Map<string, Tensor>([
    ["a.weight", float32([2, 3])],
    ["b.weight", float32([1])],
    ["bn.num_batches_tracked", int64([], [5])],
  ]);
  const fitted = fitParameters(tensors, wanted, moduleNames, "x");
  assertEquals([...fitted.parameters.keys()], ["a.weight"]);
  assertEquals([fitted.missing, fitted.unexpected], [["fc.weight"], ["b.weight"]]);
  const fit = (name: string, tensor: Tensor): unknown =>
    fitParameters(new Map(tensors).set(name, tensor), wanted, moduleNames, "x");
  assertThrows(
    () => fit("a.weight", float32([3, 2])),
    RangeError,
    "float32 [3,2], expected float32 [2,3]",
  );
  assertThrows(
    () => fit("fc.weight", float32([1000, 3])),
    RangeError,
    "it tells 1000 classes apart, the data set has 10",
  );
  assertThrows(
    () => fit("a.module.weight", float32([2, 3])),
    RangeError,
    'two of its tensors are "a.weight"',
  );
});

Deno.test("parameterShapesOf() gives ResNet-50 the names of torchvision", () => {
  const shapes = parameterShapesOf((source) =>
    buildResNet(resNetConfigs.resnet50, { batch: 1 }, source)
  );
  assertEquals(shapes.get("layer1.0.downsample.0.weight"), [256, 64, 1, 1]);
  assertEquals(shapes.get("layer4.2.bn3.running_var"), [2048]);
  assertEquals(shapes.get("fc.bias"), [1000]);
  // 53 convolutions, as many normalisations of four, and one fully connected layer of two.
  assertEquals(shapes.size, 53 + 53 * 4 + 2);
});

const published = dataDirectory();

for (
  const file of [
    "cifar10_resnet20.pt",
    "cifar10_resnet20_legacy.th",
    "cifar10_resnet20.safetensors",
  ]
) {
  Deno.test({
    name: `fitParameters() finds every parameter of ResNet-20 in ${file}`,
    ignore: published === null,
    fn: async () => {
      const path = join(published!, "weights", file);
      const { tensors, notes } = await readCheckpoint(path);
      const shapes = parameterShapesOf((source) =>
        buildCifarResNet(cifarResNetConfigs.resnet20, { batch: 1 }, source)
      );
      const fitted = fitParameters(tensors, shapes, moduleNames, path);
      assertEquals([fitted.missing, fitted.unexpected, fitted.parameters.size], [
        [],
        [],
        shapes.size,
      ]);
      assertEquals(notes.length, file.endsWith("safetensors") ? 0 : file.endsWith("th") ? 2 : 1);
    },
  });
}
