import { assert, assertEquals, assertRejects } from "@std/assert";
import { dataDirectory, EnvironmentError } from "../core/mod.ts";
import { openInBackground } from "./background.ts";
import { openPlanes, type PlanesSpec } from "./open_planes.ts";
import { withFiles } from "./temporary_files.ts";

const SPEC: PlanesSpec = {
  name: "synthetic-photographs",
  side: 8,
  trainExamples: 60,
  devExamples: 25,
};

Deno.test("openInBackground() gives the batches that there are without a thread, again and again", async () => {
  const plain = await openPlanes(SPEC, "");
  using background = await openInBackground(SPEC, "");
  assertEquals([background.train, background.ceiling], [plain.train, plain.ceiling]);
  for (const label of ["epoch 1", "epoch 2"]) {
    const options = { size: 7, label, from: label === "epoch 2" ? 3 : 0 };
    const [ours, theirs] = [
      await Array.fromAsync(background.trainBatches(options)),
      await Array.fromAsync(plain.trainBatches(options)),
    ];
    assertEquals(ours, theirs);
  }
  const dev = await Array.fromAsync(background.devBatches({ size: 10 }));
  assertEquals(dev, await Array.fromAsync(plain.devBatches({ size: 10 })));
});

Deno.test("openInBackground() starts another stream where one was left in the middle", async () => {
  const plain = await openPlanes(SPEC, "");
  using background = await openInBackground(SPEC, "");
  for await (const { labels } of background.trainBatches({ size: 7, label: "a" })) {
    assertEquals(labels.length, 7);
    break;
  }
  const dev = await Array.fromAsync(background.devBatches({ size: 10 }));
  assertEquals(dev, await Array.fromAsync(plain.devBatches({ size: 10 })));
});

Deno.test("openInBackground() throws what goes wrong, in the thread or before", async () => {
  await withFiles({ "train-v1.1.json": "" }, async (directory) => {
    const open = () => openInBackground({ name: "mnist" }, directory);
    await assertRejects(open, EnvironmentError, "it holds SQuAD");
  });
  using background = await openInBackground(SPEC, "");
  const large = () => Array.fromAsync(background.trainBatches({ size: 700, label: "x" }));
  await assertRejects(large, RangeError, "there are 60 examples");
});

const published = dataDirectory();

Deno.test({
  name: "openInBackground() decodes photographs and changes sounds in its thread",
  ignore: published === null,
  fn: async () => {
    const specs: PlanesSpec[] = [
      { name: "imagenet", side: 32, shorter: 36, devExamples: 6 },
      { name: "speech-commands", trainExamples: 20, devExamples: 6 },
    ];
    for (const spec of specs) {
      const plain = await openPlanes(spec, published!);
      using background = await openInBackground(spec, published!);
      const ours = await Array.fromAsync(background.devBatches({ size: 3 }));
      assertEquals(ours, await Array.fromAsync(plain.devBatches({ size: 3 })));
      assertEquals([ours.length, background.skipped()], [2, []]);
    }
  },
});

Deno.test({
  name: "openPlanes() caps published digits by a seeded choice, and tests them with noise",
  ignore: published === null,
  fn: async () => {
    const data = await openPlanes(
      { name: "mnist", trainExamples: 100, devExamples: 50 },
      published!,
    );
    assertEquals([data.train.count, data.dev.count, data.notes?.length], [100, 50, 2]);
    const [clean] = await Array.fromAsync(data.devBatches({ size: 50 }));
    const [noisy] = await Array.fromAsync(data.devBatches({ size: 50, noise: 0.5 }));
    const grey = Math.fround((Math.fround(0.7469) - 0.1307) * (1 / 0.3081));
    const greys = noisy!.planes.filter((value) => Math.abs(value - grey) < 1e-5).length;
    assert(greys >= 50 * 392, `${greys}`);
    assertEquals(noisy!.labels, clean!.labels);
  },
});
