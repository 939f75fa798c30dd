import { assert, assertAlmostEquals, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { gzipSync } from "node:zlib";
import { createRandom, dataDirectory, EnvironmentError } from "../core/mod.ts";
import { areaUnderRoc, thresholdAccuracy } from "./auc.ts";
import { openCriteo } from "./criteo.ts";
import type { ClickBatch } from "./clicks.ts";
import { type Files, withFiles } from "./temporary_files.ts";

const tableRows = Array.from({ length: 26 }, (_, i) => 10 + i);

/** A row whose first integer and whose categories are its number. */
function row(number: number): string {
  const integers = [number, -1, "", ...Array.from({ length: 10 }, () => 7)];
  const categories = Array.from({ length: 26 }, (_, i) => i === 25 ? "" : number.toString(16));
  return [number % 2, ...integers, ...categories].join("\t");
}

function rows(from: number, to: number): string {
  return Array.from({ length: to - from }, (_, i) => `${row(from + i)}\n`).join("");
}

/** Numbers of the rows in batches, from their first integer. */
function numbersOf(batches: readonly ClickBatch[]): number[] {
  return batches.flatMap(({ dense, count }) =>
    Array.from({ length: count }, (_, i) => Math.round(Math.exp(dense[13 * i]!) - 1))
  );
}

Deno.test("openCriteo() takes logarithms of integers, and categories modulo range and table", async () => {
  const files = {
    "criteo-kaggle-sample/train.csv": rows(0, 5),
    "criteo-kaggle-sample/dev.csv": row(255),
  };
  await withFiles(files, async (directory) => {
    const data = await openCriteo("criteo-kaggle", directory, { tableRows, range: 100 });
    const [batch] = await Array.fromAsync(data.trainBatches({ size: 4 }));
    assertEquals([batch!.count, [...batch!.labels]], [4, [0, 1, 0, 1]]);
    assertAlmostEquals(batch!.dense[13 * 3]!, Math.log(4), 1e-6);
    assertEquals([...batch!.dense.subarray(14, 17)].map((x) => Math.fround(x)), [
      0,
      0,
      Math.fround(Math.log(8)),
    ]);
    assertEquals([...batch!.indices.subarray(0, 8)], [0, 1, 2, 3, 0, 1, 2, 3]);
    const [last] = await Array.fromAsync(data.devBatches({ size: 4 }));
    // 255 modulo 100 is 55; modulo 10 of the first table it is 5, modulo 11 of the second 0. Missing is 0.
    assertEquals([last!.count, last!.indices[0], last!.indices[1], last!.indices[25]], [
      1,
      5,
      0,
      0,
    ]);
    assertEquals([data.majority, data.notes?.length], [0.5, 1]);
    assert(data.origin.kind === "files" && data.origin.files.length === 2);
  });
});

Deno.test("openCriteo() holds out the first half of the last seventh of the Kaggle log", async () => {
  await withFiles({ "criteo-kaggle/train.txt": rows(0, 73) }, async (directory) => {
    const data = await openCriteo("criteo-kaggle", directory, { tableRows });
    // Days of 11, 11, 11, 10, 10, 10 and 10 rows.
    assertEquals(numbersOf(await Array.fromAsync(data.trainBatches({ size: 9 }))).length, 63);
    assertEquals(numbersOf(await Array.fromAsync(data.devBatches({ size: 3 }))), [
      63,
      64,
      65,
      66,
      67,
    ]);
    const rest = await Array.fromAsync(data.trainBatches({ size: 9, from: 5 }));
    assertEquals(numbersOf(rest)[0], 45);
    const capped = await openCriteo("criteo-kaggle", directory, { tableRows, trainExamples: 20 });
    assertEquals(numbersOf(await Array.fromAsync(capped.trainBatches({ size: 9 }))).length, 18);
  });
});

Deno.test("openCriteo() reads 24 days, compressed or not, one after the other", async () => {
  const files: Record<string, string | Uint8Array> = {};
  for (let day = 0; day < 24; day++) {
    const text = rows(10 * day, 10 * day + 3).replaceAll("\n", day % 3 ? "\n" : "\r\n");
    if (day % 2) files[`criteo-terabyte/day_${day}`] = text;
    else files[`criteo-terabyte/day_${day}.gz`] = gzipSync(text);
  }
  await withFiles(files, async (directory) => {
    const data = await openCriteo("criteo-terabyte", directory, { tableRows });
    const train = numbersOf(await Array.fromAsync(data.trainBatches({ size: 23 })));
    assertEquals([train.length, train[0], train[3], train.at(-1)], [69, 0, 10, 222]);
    assertEquals(numbersOf(await Array.fromAsync(data.devBatches({ size: 8 }))), [230, 231]);
  });
  const { "criteo-terabyte/day_7": _, ...lacking } = files;
  await withFiles(lacking, async (directory) => {
    const open = () => openCriteo("criteo-terabyte", directory, { tableRows });
    await assertRejects(open, EnvironmentError, "criteo-terabyte/day_7 is missing");
  });
});

Deno.test("openCriteo() leaves out few broken rows, and names the first of many", async () => {
  const broken = [
    "2\t1",
    row(4).replace("\t7", "\tseven"),
    `${row(5)}\t1`,
    row(3).replace("\t3", "\t3g"),
  ];
  const files = (count: number): Files => ({
    "criteo-kaggle-sample/train.csv": rows(0, 3) + `${broken.slice(0, count).join("\n")}\n` +
      rows(3, 6),
    "criteo-kaggle-sample/dev.csv": rows(0, 1),
  });
  await withFiles(files(4), async (directory) => {
    const data = await openCriteo("criteo-kaggle", directory, { tableRows });
    assertEquals(numbersOf(await Array.fromAsync(data.trainBatches({ size: 2 }))), [
      0,
      1,
      2,
      3,
      4,
      5,
    ]);
    assert(data.skipped()[0]!.includes("4 of 1000"), data.skipped()[0]);
    assertEquals(await data.counts(), { train: 6, dev: 1 });
    const capped = await openCriteo("criteo-kaggle", directory, { tableRows, trainExamples: 4 });
    assertEquals(await capped.counts(), { train: 4, dev: 1 });
    const strict = await openCriteo("criteo-kaggle", directory, { tableRows, brokenShare: 0 });
    const run = () => Array.fromAsync(strict.trainBatches({ size: 2 }));
    await assertRejects(run, EnvironmentError, 'train.csv:4 (label "2", expected 0 or 1)');
  });
  await assertRejects(
    () => openCriteo("criteo-kaggle", "/nowhere", { tableRows: [1] }),
    RangeError,
    "1 tables",
  );
});

Deno.test("openCriteo() refuses a broken gzip", async () => {
  const files: Record<string, Uint8Array> = {};
  for (let day = 0; day < 24; day++) {
    files[`criteo-terabyte/day_${day}.gz`] = gzipSync(rows(0, 200));
  }
  files["criteo-terabyte/day_0.gz"] = files["criteo-terabyte/day_0.gz"]!.subarray(0, 60);
  await withFiles(files, async (directory) => {
    const data = await openCriteo("criteo-terabyte", directory, { tableRows });
    const run = () => Array.fromAsync(data.trainBatches({ size: 2 }));
    await assertRejects(run, SyntaxError, "expected a whole gzip file");
  });
});

Deno.test("areaUnderRoc() counts pairs, equal scores half", () => {
  assertEquals(areaUnderRoc(Float32Array.of(0.1, 0.4, 0.35, 0.8), [0, 0, 1, 1]), 0.75);
  assertEquals(areaUnderRoc(Float32Array.of(1, 1, 1), [0, 1, 1]), 0.5);
  assertEquals(areaUnderRoc(Float32Array.of(2, 1), [0, 1]), 0);
  assertEquals(areaUnderRoc(Float32Array.of(2, 1), [1, 1]), NaN);
  assertThrows(() => areaUnderRoc(Float32Array.of(NaN, 1), [1, 0]), RangeError, "NaN");
  assertThrows(() => areaUnderRoc(Float32Array.of(1), [1, 0]), RangeError, "1 scores, expected 2");
  assertEquals(thresholdAccuracy(Float32Array.of(0.5, 0.4, 0.9), [1, 0, 0]), 2 / 3);
});

Deno.test("areaUnderRoc() agrees with counting every pair", () => {
  const random = createRandom("auc");
  for (let round = 0; round < 20; round++) {
    const scores = Float32Array.from({ length: 60 }, () => random.integer(12) / 4);
    const labels = scores.map(() => random.integer(2));
    let [sum, pairs] = [0, 0];
    scores.forEach((positive, i) => {
      scores.forEach((negative, j) => {
        if (labels[i] !== 1 || labels[j] !== 0) return;
        pairs++;
        sum += positive > negative ? 1 : positive === negative ? 0.5 : 0;
      });
    });
    assertAlmostEquals(areaUnderRoc(scores, labels), sum / pairs, 1e-12);
  }
});

const published = dataDirectory();

Deno.test({
  name: "openCriteo() reads published rows: all of them, and the click rate that is known",
  ignore: published === null,
  fn: async () => {
    const data = await openCriteo("criteo-kaggle", published!, { tableRows, brokenShare: 0 });
    let [count, clicks] = [0, 0];
    for await (const { labels, dense, indices } of data.trainBatches({ size: 100 })) {
      count += labels.length;
      clicks += labels.reduce((sum, label) => sum + label, 0);
      assert(dense.every((value) => value >= 0 && value < 20));
      assert(indices.every((index, i) => index >= 0 && index < tableRows[Math.floor(i / 100)]!));
    }
    assertEquals(count, 7200);
    assertAlmostEquals(clicks / count, 0.215, 0.001);
    const dev = await Array.fromAsync(data.devBatches({ size: 100 }));
    assertEquals(dev.reduce((sum, batch) => sum + batch.count, 0), 409);
    assertEquals(await data.counts(), { train: 7200, dev: 409 });
  },
});
