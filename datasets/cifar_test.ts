import { assertEquals, assertRejects } from "@std/assert";
import { dataDirectory, EnvironmentError } from "../core/mod.ts";
import { openCifar10 } from "./cifar.ts";
import { withFiles } from "./temporary_files.ts";

const TRAIN = "cifar-10-batches-bin/data_batch_1.bin";
const TEST = "cifar-10-batches-bin/test_batch.bin";

/** One record for each label; its pixels are the label, too. */
function records(...labels: readonly number[]): Uint8Array {
  return Uint8Array.from(labels.flatMap((label) => Array.from({ length: 3073 }, () => label)));
}

Deno.test("openCifar10() joins the training batches that are there, and says what is missing", async () => {
  const files = {
    [TRAIN]: records(3, 1),
    "cifar-10-batches-bin/data_batch_3.bin": records(9),
    [TEST]: records(0),
  };
  await withFiles(files, async (directory) => {
    const { train, dev, notes } = await openCifar10(directory);
    assertEquals([...train.labels, ...dev.labels], [3, 1, 9, 0]);
    assertEquals([train.values.length, train.values.at(-1)], [3 * 3072, 9]);
    assertEquals(notes, [
      "train set: 3 images, published are 50000",
      "test set: 1 images, published are 10000",
    ]);
  });
});

Deno.test("openCifar10() refuses cut records and labels that are none", async () => {
  await withFiles({ [TRAIN]: records(1).subarray(1), [TEST]: records(1) }, async (directory) => {
    const message = "3072 bytes, expected a multiple of 3073";
    await assertRejects(() => openCifar10(directory), SyntaxError, message);
  });
  await withFiles({ [TRAIN]: records(1, 10), [TEST]: records(1) }, async (directory) => {
    const message = "label of record 1 is 10, expected 0 to 9";
    await assertRejects(() => openCifar10(directory), SyntaxError, message);
  });
});

Deno.test("openCifar10() names the expected tree if nothing is there", async () => {
  await withFiles({ "mnist/x": "" }, async (directory) => {
    await assertRejects(() => openCifar10(directory), EnvironmentError, "data_batch_1.bin");
  });
});

const published = dataDirectory();

Deno.test({
  name: "openCifar10() reads the published photographs",
  ignore: published === null,
  fn: async () => {
    const { train, dev, notes } = await openCifar10(published!);
    assertEquals([train.count, dev.count], [10_000, 1_000]);
    assertEquals([...train.labels.subarray(0, 6)], [6, 9, 9, 4, 1, 1]);
    assertEquals([...dev.labels.subarray(0, 6)], [3, 8, 8, 0, 6, 6]);
    assertEquals([...train.values.subarray(0, 3)], [59, 43, 50]);
    assertEquals(notes?.length, 2);
  },
});
