import {
  assert,
  assertAlmostEquals,
  assertEquals,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import { dataDirectory, EnvironmentError } from "../core/mod.ts";
import { foldsBySpeaker, listClips, speakerOf, splitOf } from "./command_files.ts";
import { COMMAND_WORDS, type CommandOptions } from "./command_splits.ts";
import { openCommands } from "./commands.ts";
import { type Files, withFiles } from "./temporary_files.ts";
import { wav } from "./wav_sample.ts";

const TEST_SET = "speech_commands_test_set_v0.02";
const ARCHIVE = "speech_commands_v0.02";

function tone(pitch: number): Uint8Array {
  return wav(Int16Array.from({ length: 16_000 }, (_, i) => 9000 * Math.sin(i * pitch / 50)));
}

/** Five speakers, one clip of every class each. */
function testSet(): Files {
  const files: Record<string, Uint8Array> = {};
  [...COMMAND_WORDS.commands, "_silence_", "_unknown_"].forEach((word, i) => {
    for (let speaker = 0; speaker < 5; speaker++) {
      const prefix = word === "_unknown_" ? "bed_" : "";
      files[`${TEST_SET}/${word}/${prefix}0000000${speaker}_nohash_0.wav`] = tone(i + 1);
    }
  });
  return files;
}

/** Words with their recordings, lists, and a noise of three seconds. */
function archive(lists: boolean): Files {
  const files: Record<string, string | Uint8Array> = {};
  for (const word of [...COMMAND_WORDS.digits, "bed", "cat"]) {
    for (let clip = 0; clip < 3; clip++) {
      files[`${ARCHIVE}/${word}/a${clip}_nohash_0.wav`] = tone(clip);
    }
  }
  files[`${ARCHIVE}/_background_noise_/hum.wav`] = wav(new Int16Array(48_000).fill(16_384));
  const list = (clip: number): string =>
    [...COMMAND_WORDS.digits, "bed", "cat"].map((word) => `${word}/a${clip}_nohash_0.wav\n`).join(
      "",
    );
  return lists
    ? {
      ...files,
      [`${ARCHIVE}/validation_list.txt`]: list(1),
      [`${ARCHIVE}/testing_list.txt`]: list(2),
    }
    : files;
}

Deno.test("speakerOf() finds the speaker in names of both archives", () => {
  assertEquals(speakerOf("0c40e715_nohash_1.wav"), "0c40e715");
  assertEquals(speakerOf("backward_0c40e715_nohash_0.wav.wav"), "0c40e715");
  assertEquals(speakerOf("1041.wav"), "1041.wav");
});

Deno.test("splitOf() deals one speaker in ten to each of validation and test", () => {
  const counts = { train: 0, validation: 0, test: 0 };
  for (let i = 0; i < 5000; i++) counts[splitOf(i.toString(16).padStart(8, "0"))]++;
  assertAlmostEquals(counts.validation / 5000, 0.1, 0.015);
  assertAlmostEquals(counts.test / 5000, 0.1, 0.015);
});

Deno.test("openCommands() holds out a fifth of the test set by speaker", async () => {
  await withFiles(testSet(), async (directory) => {
    const seen = new Set<string>();
    for (let fold = 0; fold < 5; fold++) {
      const data = await openCommands(directory, { fold });
      assertEquals([data.train.count, data.dev.count, data.classes.length], [48, 12, 12]);
      const batches = await Array.fromAsync(data.devBatches({ size: 5 }));
      assertEquals(batches.map(({ labels }) => labels.length), [5, 5, 2]);
      seen.add(batches.flatMap(({ planes }) => [...planes.subarray(0, 9)]).join());
    }
    const { notes } = await openCommands(directory, { fold: 2 });
    assertStringIncludes(notes!.join(), "part 3 of 5 by speaker held out");
    await assertRejects(() => openCommands(directory, { fold: 5 }), RangeError, "expected 0 to 4");
    const error = await assertRejects(
      () => openCommands(directory, { words: "digits" }),
      EnvironmentError,
      "no clips of zero, one",
    );
    assertStringIncludes(error.message, "(there are _silence_, _unknown_, down, go,");
    assertStringIncludes(error.remedy!, "training archive with all words");
  });
});

Deno.test("openCommands() streams the same batches again, changed by chance unless told otherwise", async () => {
  await withFiles(testSet(), async (directory) => {
    const first = async (options: CommandOptions, label: string): Promise<string> => {
      const data = await openCommands(directory, options);
      for await (const { planes } of data.trainBatches({ size: 8, label })) return planes.join();
      return "";
    };
    assertEquals(await first({}, "a"), await first({}, "a"));
    assert(await first({}, "a") !== await first({ augment: false }, "a"));
    const data = await openCommands(directory);
    const whole = await Array.fromAsync(data.trainBatches({ size: 8, label: "a" }));
    const rest = await Array.fromAsync(data.trainBatches({ size: 8, label: "a", from: 4 }));
    assertEquals(rest, whole.slice(4));
  });
});

Deno.test("openCommands() reads the training archive by its lists, with silence and other words", async () => {
  await withFiles(archive(true), async (directory) => {
    const data = await openCommands(directory, { words: "digits", augment: false });
    // Ten digits, one other word, one piece of noise.
    assertEquals([data.train.count, data.dev.count, data.notes], [12, 12, undefined]);
    assertEquals([...data.dev.labels].sort((a, b) => a - b), [
      0,
      1,
      2,
      3,
      4,
      5,
      6,
      7,
      8,
      9,
      10,
      11,
    ]);
    const validation = await openCommands(directory, { words: "digits", evaluate: "validation" });
    assertEquals(validation.dev.count, 12);
    const batches = await Array.fromAsync(data.trainBatches({ size: 12, label: "x" }));
    assertEquals(batches[0]!.planes.length, 12 * 1024);
    assert(batches[0]!.planes.every(Number.isFinite));
  });
});

Deno.test("openCommands() says that it splits by hash where there are no lists", async () => {
  const files: Record<string, string | Uint8Array> = { ...archive(false) };
  for (let i = 0; i < 40; i++) files[`${ARCHIVE}/zero/b${i}_nohash_0.wav`] = tone(i);
  await withFiles(files, async (directory) => {
    const { notes } = await openCommands(directory, { words: "digits" });
    assert(notes!.some((note) => note.includes("by the hash of speakers")));
  });
});

Deno.test("openCommands() leaves out few broken clips, in training for others, and refuses many", async () => {
  const broken = {
    ...testSet(),
    [`${TEST_SET}/yes/00000001_nohash_0.wav`]: wav([1]).subarray(0, 40),
  };
  await withFiles(broken, async (directory) => {
    const data = await openCommands(directory, { brokenShare: 0.05 });
    let count = 0;
    for (const split of ["trainBatches", "devBatches"] as const) {
      for await (const { labels } of data[split]({ size: 4, label: "x" })) count += labels.length;
    }
    assert(count === 59 || count === 60, `${count}`);
    assertEquals(data.skipped().length, 1);
    assert(data.skipped()[0]!.includes("1 of 60 left out as broken, the first speech_commands"));
    const strict = await openCommands(directory, { brokenShare: 0 });
    const run = async (): Promise<void> => {
      await Array.fromAsync(strict.trainBatches({ size: 4, label: "x" }));
      await Array.fromAsync(strict.devBatches({ size: 4 }));
    };
    await assertRejects(run, EnvironmentError, "1 of 60 are broken");
  });
});

Deno.test("openCommands() names another data set and the expected tree", async () => {
  await withFiles({ "train-v1.1.json": "" }, async (directory) => {
    await assertRejects(() => openCommands(directory), EnvironmentError, "it holds SQuAD");
  });
});

const published = dataDirectory();

Deno.test({
  name: "openCommands() divides the published test set so that no speaker is in two parts",
  ignore: published === null,
  fn: async () => {
    const clips = await listClips(published!, TEST_SET);
    const folds = foldsBySpeaker(clips, 5);
    const of = new Map<string, number>();
    clips.forEach(({ speaker }, i) =>
      assertEquals(of.get(speaker) ?? folds[i], of.set(speaker, folds[i]!).get(speaker))
    );
    const sizes = [0, 1, 2, 3, 4].map((fold) => folds.filter((one) => one === fold).length);
    assertEquals(sizes, [360, 360, 360, 360, 360]);
    assert(of.size > 300, `${of.size} speakers`);
    const data = await openCommands(published!, { trainExamples: 96, devExamples: 60 });
    let [sum, squares, count] = [0, 0, 0];
    for await (const { planes } of data.trainBatches({ size: 32, label: "x" })) {
      for (const value of planes) {
        [sum, squares, count] = [sum + value, squares + value ** 2, count + 1];
      }
    }
    assertAlmostEquals(sum / count, 0, 0.3);
    assertAlmostEquals(Math.sqrt(squares / count), 1, 0.2);
    const quiet = await Array.fromAsync(data.devBatches({ size: 60 }));
    const noisy = await Array.fromAsync(data.devBatches({ size: 60, noise: 0.5 }));
    const mean = (values: Float32Array): number =>
      values.reduce((a, b) => a + b, 0) / values.length;
    assert(mean(noisy[0]!.planes) > mean(quiet[0]!.planes) + 0.5);
    assertEquals(data.skipped(), []);
  },
});
