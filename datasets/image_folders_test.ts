import {
  assert,
  assertAlmostEquals,
  assertEquals,
  assertRejects,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import { createRandom, dataDirectory, EnvironmentError } from "../core/mod.ts";
import { openImageNet } from "./image_folders.ts";
import { decodeJpeg, type Photograph } from "./jpeg.ts";
import { centreCrop, randomBox, randomCrop } from "./photograph_crops.ts";
import { resize } from "./resize.ts";
import { withFiles } from "./temporary_files.ts";
import { checkClassCount, countTop } from "./top_accuracy.ts";

/** Made by Pillow: 2x2 pixels of one grey, 128, quality 90. */
const GREY = Uint8Array.from(
  atob(
    [
      "/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAAMCAgMCAgMDAwMEAwMEBQgFBQQEBQoHBwYIDAoMDAsKCwsNDhIQDQ4RDg",
      "sLEBYQERMUFRUVDA8XGBYUGBIUFRT/wAALCAACAAIBAREA/8QAHwAAAQUBAQEBAQEAAAAAAAAAAAECAwQFBgcICQoL",
      "/8QAtRAAAgEDAwIEAwUFBAQAAAF9AQIDAAQRBRIhMUEGE1FhByJxFDKBkaEII0KxwRVS0fAkM2JyggkKFhcYGRolJi",
      "coKSo0NTY3ODk6Q0RFRkdISUpTVFVWV1hZWmNkZWZnaGlqc3R1dnd4eXqDhIWGh4iJipKTlJWWl5iZmqKjpKWmp6ip",
      "qrKztLW2t7i5usLDxMXGx8jJytLT1NXW19jZ2uHi4+Tl5ufo6erx8vP09fb3+Pn6/9oACAEBAAA/ACv/2Q==",
    ].join(""),
  ),
  (character) => character.charCodeAt(0),
);

function photograph(
  height: number,
  width: number,
  value: (c: number, y: number, x: number) => number,
): Photograph {
  const pixels = new Uint8Array(3 * height * width);
  for (let i = 0; i < pixels.length; i++) {
    const inPlane = i % (height * width);
    pixels[i] = value(
      Math.floor(i / (height * width)),
      Math.floor(inPlane / width),
      inPlane % width,
    );
  }
  return { shape: { channels: 3, height, width }, pixels };
}

const GRADIENT = photograph(5, 7, (c, y, x) => [x * 37 + y * 11, x * x * 9, y * 50 + x][c]! % 256);
const WHOLE = { left: 0, top: 0, width: 7, height: 5 };

function bytes(values: Float32Array): number[] {
  return [...values].map((value) => Math.round(255 * value));
}

/** Bytes may differ by one: Pillow computes with weights of 22 bits. */
function assertNear(found: readonly number[], wanted: readonly number[]): void {
  assertEquals(found.length, wanted.length);
  found.forEach((value, i) => assertAlmostEquals(value, wanted[i]!, 1, `value ${i}`));
}

Deno.test("resize() gives Pillow's pixels, smaller, larger and of a part", () => {
  const small = [43, 122, 201, 65, 144, 194, 12, 89, 152, 12, 89, 152, 51, 53, 55, 151, 153, 155];
  assertNear(bytes(resize(GRADIENT, WHOLE, 2, 3)), small);
  const large = bytes(resize(GRADIENT, WHOLE, 8, 10)).slice(0, 80);
  assertNear(large.slice(0, 10), [0, 20, 46, 72, 98, 124, 150, 176, 202, 222]);
  assertNear(large.slice(70), [44, 64, 90, 116, 142, 168, 194, 220, 130, 10]);
  const part = bytes(resize(GRADIENT, { left: 1, top: 1, width: 5, height: 3 }, 4, 4));
  assertNear(part.slice(16, 20), [16, 55, 118, 205]);
});

Deno.test("resize() to the same size changes nothing", () => {
  assertEquals(bytes(resize(GRADIENT, WHOLE, 5, 7)), [...GRADIENT.pixels]);
});

Deno.test("centreCrop() cuts the middle out of what the shorter side became", () => {
  const wide = photograph(4, 8, (_, y, x) => 10 * y + x);
  assertEquals(bytes(centreCrop(wide, 4, 2)).slice(0, 4), [13, 14, 23, 24]);
  const high = photograph(8, 4, (_, y, x) => 10 * y + x);
  assertEquals(bytes(centreCrop(high, 4, 4)).slice(0, 4), [20, 21, 22, 23]);
});

Deno.test("randomBox() has areas and ratios as asked, inside the photograph, wherever it can be", () => {
  const random = createRandom("box");
  const corners = new Set<string>();
  for (let i = 0; i < 500; i++) {
    const { left, top, width, height } = randomBox(300, 400, random);
    assert(left >= 0 && top >= 0 && left + width <= 400 && top + height <= 300);
    assert(width / height > 0.74 && width / height < 1.35, `${width}x${height}`);
    assert(width * height >= 0.079 * 120_000);
    corners.add(`${left < 100} ${top < 75} ${left + width > 300} ${top + height > 225}`);
  }
  assert(corners.size > 8);
  // No part of a thin photograph has such a ratio, but the largest in the middle.
  assertEquals(randomBox(10, 1000, random), { left: 493, top: 0, width: 13, height: 10 });
});

Deno.test("randomCrop() mirrors half of the time", () => {
  const wide = photograph(64, 64, (_, __, x) => 3 * x);
  const random = createRandom("mirror");
  let mirrored = 0;
  for (let i = 0; i < 60; i++) {
    const values = randomCrop(wide, 8, random);
    if (values[0]! > values[7]!) mirrored++;
  }
  assert(mirrored > 15 && mirrored < 45, `${mirrored}`);
});

Deno.test("decodeJpeg() decodes grey as three planes, and refuses what is broken", async () => {
  const { shape, pixels } = await decodeJpeg(GREY, "x");
  assertEquals([shape, [...pixels]], [
    { channels: 3, height: 2, width: 2 },
    Array(12).fill(pixels[0]),
  ]);
  assertAlmostEquals(pixels[0]!, 128, 3);
  const text = () => decodeJpeg(new TextEncoder().encode("<html>"), "x");
  await assertRejects(text, SyntaxError, "it does not start as a JPEG");
  await assertRejects(
    () => decodeJpeg(GREY.subarray(0, 100), "x"),
    SyntaxError,
    "expected a whole JPEG",
  );
  assertEquals((await decodeJpeg(GREY, "x")).pixels, pixels);
});

Deno.test("openImageNet() numbers classes by the index, and reads photographs as they are needed", async () => {
  const files = {
    "imagenet/synset_index.txt": "n00000003 cat\nn00000001\nn00000002\n",
    "imagenet/train/n00000001/a.JPEG": GREY,
    "imagenet/train/n00000003/b.JPEG": GREY,
    "imagenet/val/n00000002/c.JPEG": GREY,
    "imagenet/val/n00000002/d.JPEG": GREY.subarray(0, 80),
  };
  await withFiles(files, async (directory) => {
    const options = { side: 4, shorter: 6, brokenShare: 0.5 };
    const data = await openImageNet(directory, options);
    assertEquals([[...data.train.labels], [...data.dev.labels]], [[1, 0], [2, 2]]);
    assertEquals(data.classes, ["n00000003", "n00000001", "n00000002"]);
    const [batch] = await Array.fromAsync(data.trainBatches({ size: 2, label: "x" }));
    assertEquals(batch!.planes.length, 2 * 3 * 16);
    assertAlmostEquals(batch!.planes[0]!, (128 / 255 - 0.485) / 0.229, 0.06);
    const dev = await Array.fromAsync(data.devBatches({ size: 2 }));
    assertEquals([[...dev[0]!.examples], data.skipped().length], [[0], 1]);
    const strict = await openImageNet(directory, { ...options, brokenShare: 0 });
    const run = () => Array.fromAsync(strict.devBatches({ size: 2 }));
    await assertRejects(
      run,
      EnvironmentError,
      "1 of 4 are broken, the first imagenet/val/n00000002/d.JPEG",
    );
    const lacking = await openImageNet(directory, { ...options, brokenShare: 0 });
    await Deno.remove(`${directory}/imagenet/train/n00000003/b.JPEG`);
    const gone = () => Array.fromAsync(lacking.trainBatches({ size: 1, label: "x" }));
    await assertRejects(gone, EnvironmentError, "b.JPEG");
  });
});

Deno.test("openImageNet() refuses folders that are no classes, and classes without numbers", async () => {
  await withFiles({ "imagenet/val/n00000001/a.JPEG": GREY }, async (directory) => {
    await assertRejects(
      () => openImageNet(directory),
      EnvironmentError,
      "1 folders and no imagenet/synset_index.txt",
    );
    await Deno.writeTextFile(`${directory}/imagenet/synset_index.txt`, "n00000002\n");
    const lacking = await assertRejects(() => openImageNet(directory), EnvironmentError);
    assertStringIncludes(lacking.message, "imagenet/train/n00000002 is missing");
    assertStringIncludes(lacking.message, "imagenet/train/<synset>/*.JPEG");
    await Deno.mkdir(`${directory}/imagenet/train/n00000001`, { recursive: true });
    const stray = await assertRejects(() => openImageNet(directory), EnvironmentError);
    assertStringIncludes(stray.message, "folder n00000001 is no class, expected those of");
    assertStringIncludes(stray.remedy!, "name the folder by its synset");
  });
  await withFiles({ "synset_index.txt": "" }, async (directory) => {
    await assertRejects(() => openImageNet(directory), EnvironmentError, "it holds ImageNet");
  });
});

Deno.test("openImageNet() tells photographs without folders from photographs that are missing", async () => {
  const files = {
    "imagenet/synset_index.txt": "n00000001\n",
    "imagenet/train/n00000001/a.JPEG": GREY,
    "imagenet/val/ILSVRC2012_val_00000001.JPEG": GREY,
    "imagenet/val/ILSVRC2012_val_00000002.JPEG": GREY,
  };
  await withFiles(files, async (directory) => {
    const flat = await assertRejects(() => openImageNet(directory), EnvironmentError);
    assertStringIncludes(
      flat.message,
      "it holds 2 photographs (ILSVRC2012_val_00000001.JPEG, ...)",
    );
    assertStringIncludes(flat.remedy!, "imagenet/val/n00000001");
  });
});

Deno.test("countTop() ranks, and checkClassCount() compares", () => {
  const scores = Float32Array.of(3, 1, 2, 0, 0, 0);
  assertEquals([1, 2, 3].map((best) => countTop(scores, [2, 1], best)), [0, 2, 2]);
  assertThrows(() => countTop(scores, [3, 1], 1), RangeError, "its class is 3, expected 0 to 2");
  checkClassCount({ name: "d", classes: ["a"] }, { name: "n", classes: 1 });
  assertThrows(
    () => checkClassCount({ name: "d", classes: ["a"] }, { name: "n", classes: 10 }),
    RangeError,
    "it tells 10 classes apart, the data set has 1",
  );
});

const published = dataDirectory();

Deno.test({
  name: "openImageNet() reads the published photographs, all 50",
  ignore: published === null,
  fn: async () => {
    const data = await openImageNet(published!, { side: 56, shorter: 64, brokenShare: 0 });
    assertEquals([data.dev.count, data.train.count, data.classes.length], [50, 0, 1000]);
    // Every twentieth class.
    assertEquals([...data.dev.labels], Array.from({ length: 50 }, (_, i) => 20 * i));
    let count = 0;
    for await (const { planes, labels } of data.devBatches({ size: 25 })) {
      count += labels.length;
      assert(planes.every((value) => value > -2.2 && value < 2.7));
    }
    assertEquals(count, 50);
    await assertRejects(
      () => Array.fromAsync(data.trainBatches({ size: 1, label: "x" })),
      RangeError,
      "there are 0 examples",
    );
  },
});

Deno.test({
  name: "decodeJpeg() and resize() give libjpeg's and Pillow's pixels of a published photograph",
  ignore: published === null,
  fn: async () => {
    const file = await Deno.readFile(
      `${published}/imagenet-val-sample/n01440764/n01440764_tench.JPEG`,
    );
    const tench = await decodeJpeg(file, "tench");
    assertEquals(tench.shape, { channels: 3, height: 375, width: 500 });
    assertEquals([0, 1, 2].map((c) => tench.pixels[c * 187_500]), [71, 82, 76]);
    const small = resize(tench, { left: 0, top: 0, width: 500, height: 375 }, 256, 341);
    const at = (y: number, x: number) =>
      [0, 1, 2].map((c) => Math.round(255 * small[(c * 256 + y) * 341 + x]!));
    assertNear(at(100, 100), [96, 109, 100]);
    assertNear(at(255, 340), [83, 90, 90]);
    assertAlmostEquals(
      small.reduce((sum, value) => sum + 255 * value, 0) / small.length,
      104.1636,
      0.02,
    );
    const cut = file.subarray(0, 50_000);
    await assertRejects(() => decodeJpeg(cut, "tench"), SyntaxError, "Premature end");
  },
});
