import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { gzipSync } from "node:zlib";
import { dataDirectory, EnvironmentError, sha256Hex } from "../core/mod.ts";
import { decodeIdx } from "./idx.ts";
import { openMnist } from "./mnist.ts";
import { type Files, withFiles } from "./temporary_files.ts";

function idx(shape: readonly number[], data: readonly number[]): Uint8Array {
  const sizes = shape.flatMap((size) => [0, 0, size >> 8, size & 255]);
  return Uint8Array.from([0, 0, 8, shape.length, ...sizes, ...data]);
}

function images(count: number, value: number): Uint8Array {
  return idx([count, 28, 28], Array.from({ length: count * 784 }, () => value));
}

/** Two training images, plain; one test image, compressed. */
function small(changes: Files = {}): Files {
  return {
    "mnist/train-images-idx3-ubyte": images(2, 255),
    "mnist/train-labels-idx1-ubyte": idx([2], [3, 9]),
    "mnist/t10k-images-idx3-ubyte.gz": gzipSync(images(1, 7)),
    "mnist/t10k-labels-idx1-ubyte.gz": gzipSync(idx([1], [0])),
    ...changes,
  };
}

Deno.test("openMnist() reads plain and compressed files, and says that these are few", async () => {
  await withFiles(small(), async (directory) => {
    const data = await openMnist(directory);
    assertEquals([data.train.count, data.dev.count, data.majority], [2, 1, 1]);
    assertEquals([...data.train.labels, ...data.dev.labels], [3, 9, 0]);
    assertEquals([data.train.values[0], data.dev.values.at(-1)], [255, 7]);
    assertEquals(data.notes?.length, 2);
    assert(data.origin.kind === "files" && data.origin.files.length === 4);
  });
});

Deno.test("openMnist() refuses labels that are no digits, other numbers of labels, and other images", async () => {
  const cases: readonly [string, Uint8Array, string][] = [
    ["mnist/train-labels-idx1-ubyte", idx([2], [3, 10]), "label 1 is 10, expected 0 to 9"],
    ["mnist/train-labels-idx1-ubyte", idx([1], [3]), "1 labels, expected 2, one an image"],
    ["mnist/train-images-idx3-ubyte", idx([2, 1, 1], [0, 0]), "images of 1x1 pixels"],
    ["mnist/train-images-idx3-ubyte", images(2, 0).subarray(0, 900), "884 bytes of elements"],
  ];
  for (const [path, bytes, message] of cases) {
    await withFiles(small({ [path]: bytes }), async (directory) => {
      await assertRejects(() => openMnist(directory), SyntaxError, message);
    });
  }
});

Deno.test("openMnist() names another data set that it finds", async () => {
  await withFiles({ "data_batch_1.bin": "" }, async (directory) => {
    await assertRejects(() => openMnist(directory), EnvironmentError, "it holds CIFAR-10");
  });
});

Deno.test("decodeIdx() refuses other types, other axes and broken gzip", () => {
  for (const bytes of [[], [0, 0, 13, 1, 0, 0, 0, 0], [0, 0, 8, 3, 0, 0, 0, 0], [0x1f, 0x8b, 1]]) {
    let message = "";
    try {
      decodeIdx(Uint8Array.from(bytes), "x", 1);
    } catch (error) {
      message = String(error);
    }
    assert(message.startsWith("SyntaxError: Cannot read x"), message);
  }
});

Deno.test("decodeIdx() tells a header that is cut off from elements that are", () => {
  const head = Uint8Array.from([0, 0, 8, 3, 0, 0]);
  assertThrows(
    () => decodeIdx(head, "x", 3),
    SyntaxError,
    "Cannot read x: it ends after 6 bytes, expected a header of 16",
  );
  const cut = Uint8Array.from([0, 0, 8, 1, 0, 0, 0, 2, 7]);
  assertThrows(
    () => decodeIdx(cut, "x", 1),
    SyntaxError,
    "1 bytes of elements, expected 2 for [2]",
  );
});

const published = dataDirectory();

Deno.test({
  name: "openMnist() reads the published digits",
  ignore: published === null,
  fn: async () => {
    const { train, dev, majority, notes } = await openMnist(published!);
    assertEquals([train.count, dev.count, notes], [60_000, 10_000, undefined]);
    assertEquals([...train.labels.subarray(0, 8)], [5, 0, 4, 1, 9, 2, 1, 3]);
    assertEquals(majority, 0.1135);
    // The hash of the published pixels behind their header.
    const header = Uint8Array.from([0, 0, 8, 3, 0, 0, 0xea, 0x60, 0, 0, 0, 28, 0, 0, 0, 28]);
    const whole = new Uint8Array(header.length + train.values.length);
    whole.set(header);
    whole.set(train.values, header.length);
    assertEquals(
      sha256Hex(whole),
      "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
    );
  },
});
