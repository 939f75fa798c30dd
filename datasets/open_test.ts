import { assert, assertEquals, assertNotEquals, assertRejects } from "@std/assert";
import { join } from "@std/path";
import { dataDirectory, EnvironmentError } from "../core/mod.ts";
import type { Dataset } from "./dataset.ts";
import { type AnyDataset, type DatasetSpec, openDataset, type OpenOptions } from "./open.ts";

const WORDS = "[PAD] [UNK] [CLS] [SEP] good bad film is".split(" ").join("\n");

/** A small SST-2 in the published layout, below `data`; the cache lies beside it. */
async function withSmallSst2(test: (root: string) => Promise<void>): Promise<void> {
  const root = await Deno.makeTempDir();
  try {
    await Deno.mkdir(join(root, "data/glue/SST-2"), { recursive: true });
    await Deno.mkdir(join(root, "data/bert"));
    await Deno.writeTextFile(join(root, "data/bert/vocab.txt"), WORDS);
    const rows = Array.from(
      { length: 20 },
      (_, i) => `film is ${i % 2 ? "good" : "bad"}\t${i % 2}`,
    );
    const table = `sentence\tlabel\n${rows.join("\n")}\n`;
    await Deno.writeTextFile(join(root, "data/glue/SST-2/train.tsv"), table);
    await Deno.writeTextFile(join(root, "data/glue/SST-2/dev.tsv"), "sentence\tlabel\nbad\t0\n");
    await test(root);
  } finally {
    await Deno.remove(root, { recursive: true });
  }
}

function open(root: string, options: Partial<DatasetSpec & OpenOptions> = {}): Promise<Dataset> {
  const { seed, trainExamples } = options;
  return openDataset({ name: "sst2", sequence: 16 }, {
    dataDirectory: join(root, "data"),
    cacheDirectory: join(root, "cache"),
    ...seed === undefined ? {} : { seed },
    ...trainExamples === undefined ? {} : { trainExamples },
  });
}

Deno.test("openDataset() reads a published set, padded to its longest example", async () => {
  await withSmallSst2(async (root) => {
    const data = await open(root);
    assertEquals([data.train.count, data.train.sequence, data.vocabulary], [20, 5, 8]);
    assertEquals([...data.train.inputIds.subarray(0, 5)], [2, 6, 7, 5, 3]);
    assertEquals([...data.dev.inputIds], [2, 5, 3, 0, 0]);
    assertEquals([data.ceiling, data.majority], [null, 1]);
    assert(data.origin.kind === "files" && data.origin.files.length === 3);
  });
});

Deno.test("openDataset() reads other tasks of GLUE, with the metric of each", async () => {
  await withSmallSst2(async (root) => {
    const options = { dataDirectory: join(root, "data"), cacheDirectory: join(root, "cache") };
    await Deno.mkdir(join(root, "data/glue/CoLA"));
    for (const split of ["train", "dev"]) {
      const rows = "a\t1\t\tfilm is good\nb\t0\t*\tis film\n";
      await Deno.writeTextFile(join(root, `data/glue/CoLA/${split}.tsv`), rows);
    }
    const data = await openDataset({ name: "cola", sequence: 16 }, options);
    assertEquals([data.metric, data.majority, data.classes.length], ["matthews", 0, 2]);
    assertEquals([...data.train.labels], [1, 0]);
    const missing = () => openDataset({ name: "mnli", sequence: 16 }, options);
    await assertRejects(missing, EnvironmentError, "glue/MNLI/dev_matched.tsv");
  });
});

Deno.test("openDataset() gives the same from the cache, and anew if it is corrupt or a file changed", async () => {
  await withSmallSst2(async (root) => {
    const first = await open(root);
    assertEquals(await open(root), first);
    for await (const { name } of Deno.readDir(join(root, "cache/tokens"))) {
      await Deno.writeTextFile(join(root, "cache/tokens", name, "train.tokens.i32"), "spoilt");
    }
    assertEquals(await open(root), first);
    await Deno.writeTextFile(
      join(root, "data/glue/SST-2/dev.tsv"),
      "sentence\tlabel\ngood\t1\n",
    );
    assertEquals([...(await open(root)).dev.inputIds], [2, 4, 3, 0, 0]);
  });
});

Deno.test("openDataset() caps by a seeded choice, and says so", async () => {
  await withSmallSst2(async (root) => {
    const capped = await open(root, { trainExamples: 8 });
    assertEquals(capped.train.count, 8);
    assert(capped.notes?.includes("training examples: 8 of 20, chosen at random"));
    assertEquals(await open(root, { trainExamples: 8 }), capped);
    const other = await open(root, { trainExamples: 8, seed: 5 });
    assert(other.train.labels.join() !== capped.train.labels.join());
  });
});

Deno.test("openDataset() looks below the cache without a data directory", async () => {
  await withSmallSst2(async (root) => {
    await Deno.rename(join(root, "data"), join(root, "kept"));
    await Deno.mkdir(join(root, "cache"));
    await Deno.rename(join(root, "kept"), join(root, "cache/data"));
    const spec = { name: "sst2", sequence: 16 } as const;
    const data = await openDataset(spec, { cacheDirectory: join(root, "cache") });
    assertEquals(data.train.count, 20);
  });
});

Deno.test("openDataset() tells a missing vocabulary", async () => {
  await withSmallSst2(async (root) => {
    await Deno.remove(join(root, "data/bert/vocab.txt"));
    await assertRejects(() => open(root), EnvironmentError, "bert/vocab.txt is missing");
  });
});

Deno.test("openDataset() refuses a vocabulary that is none, and leaves nothing behind that fails later", async () => {
  await withSmallSst2(async (root) => {
    await Deno.writeTextFile(join(root, "data/bert/vocab.txt"), "hello\nworld\n");
    const refused = () =>
      assertRejects(() => open(root), SyntaxError, "vocab.txt: it has no [UNK]");
    await refused();
    // A second time: what the first left in the cache does not hide it.
    await refused();
  });
});

Deno.test("openDataset() takes the smaller of two caps for generated data", async () => {
  const spec = { name: "synthetic-sentiment", sequence: 32, trainExamples: 60 } as const;
  const data = await openDataset(spec, { cacheDirectory: "unused", trainExamples: 40 });
  assertEquals(data.train.count, 40);
});

const UNUSED = { cacheDirectory: "unused" };
const SIZES = { trainExamples: 12, devExamples: 6 };
const TABLES = new Array<number>(26).fill(50);

Deno.test("openDataset() generates every kind of data, of the sizes that are asked for", async () => {
  const spans = await openDataset({ name: "synthetic-spans", sequence: 32, ...SIZES }, UNUSED);
  assert(spans.kind === "spans");
  assertEquals([spans.questions.ids.length, spans.train.sequence <= 32], [6, true]);
  const clicks = await openDataset(
    { name: "synthetic-clicks", tableRows: TABLES, ...SIZES },
    UNUSED,
  );
  assert(clicks.kind === "clicks");
  assertEquals(await clicks.counts(), { train: 12, dev: 6 });
  const boxes = await openDataset({ name: "synthetic-boxes", side: 48, ...SIZES }, UNUSED);
  assert(boxes.kind === "boxes");
  assertEquals(
    [boxes.trainCount, boxes.devImages.length, boxes.shape],
    [12, 6, { channels: 3, height: 48, width: 48 }],
  );
  const planes = await openDataset({ name: "synthetic-digits", ...SIZES }, UNUSED);
  assert(planes.kind === "planes");
  assertEquals([planes.train.count, planes.dev.count], [12, 6]);
});

Deno.test("openDataset() hands a user's cap and the seed to every kind of data", async () => {
  const generated: readonly DatasetSpec[] = [
    { name: "synthetic-spans", sequence: 32, ...SIZES },
    { name: "synthetic-clicks", tableRows: TABLES, ...SIZES },
    { name: "synthetic-boxes", side: 48, ...SIZES },
    { name: "synthetic-digits", ...SIZES },
    { name: "synthetic-commands", ...SIZES },
    { name: "synthetic-paraphrase", sequence: 32, ...SIZES },
  ];
  for (const spec of generated) {
    const whole = await openDataset(spec, UNUSED);
    const capped = await openDataset(spec, { ...UNUSED, trainExamples: 4 });
    assertEquals(await countOf(capped), 4, spec.name);
    assertEquals(await countOf(await openDataset(spec, { ...UNUSED, trainExamples: 99 })), 12);
    const again = await openDataset(spec, UNUSED);
    const other = await openDataset(spec, { ...UNUSED, seed: 7 });
    assertEquals(again.origin, whole.origin);
    assertNotEquals(other.origin, whole.origin, spec.name);
  }
});

async function countOf(data: AnyDataset): Promise<number> {
  switch (data.kind) {
    case "clicks":
      return (await data.counts()).train;
    case "boxes":
      return data.trainCount;
    default:
      return data.train.count;
  }
}

Deno.test("openDataset() reads published files of every kind below the directory that it is given", async () => {
  const directory = await Deno.makeTempDir();
  try {
    const published: readonly (readonly [DatasetSpec, string])[] = [
      [{ name: "squad", sequence: 32 }, "squad/train-v1.1.json"],
      [{ name: "criteo-kaggle", tableRows: TABLES }, "criteo-kaggle-sample/train.csv"],
      [{ name: "criteo-terabyte", tableRows: TABLES }, "criteo-terabyte/day_0"],
      [{ name: "coco" }, "coco2017/annotations/instances_val2017.json"],
      [{ name: "imagenet" }, "imagenet/val/n01440764"],
      [{ name: "speech-commands" }, "speech_commands_test_set_v0.02/yes"],
      [{ name: "mnist" }, "mnist/train-images-idx3-ubyte.gz"],
      [{ name: "cifar10" }, "cifar-10-batches-bin/data_batch_1.bin"],
    ];
    for (const [spec, file] of published) {
      const { message } = await assertRejects(
        () => openDataset(spec, { ...UNUSED, dataDirectory: directory }),
        EnvironmentError,
      );
      assert(message.includes(`in ${directory}: ${file} is missing`), message);
    }
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});

Deno.test("openDataset() reads all of SST-2 in less than 10 s", async () => {
  const dataDir = dataDirectory();
  if (dataDir === null) {
    console.warn("skipped: there are no published data sets here");
    return;
  }
  const cacheDirectory = await Deno.makeTempDir();
  try {
    const start = performance.now();
    const spec = { name: "sst2", sequence: 128 } as const;
    const data = await openDataset(spec, { dataDirectory: dataDir, cacheDirectory });
    assert(performance.now() - start < 10_000);
    assertEquals([data.train.count, data.dev.count, data.notes], [67349, 872, undefined]);
    assertEquals([...data.dev.inputIds.subarray(0, 6)], [101, 2009, 1005, 1055, 1037, 11951]);
  } finally {
    await Deno.remove(cacheDirectory, { recursive: true });
  }
});
