import { assert, assertAlmostEquals, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { createRandom, dataDirectory, EnvironmentError } from "../core/mod.ts";
import { openSquad } from "./open_squad.ts";
import { bestAnswers, decodeAnswers } from "./span_decode.ts";
import { cutWindows } from "./span_windows.ts";
import type { SpanDataset } from "./spans.ts";
import { parseSquad } from "./squad.ts";
import { scoreSquad } from "./squad_score.ts";
import { type Files, withFiles } from "./temporary_files.ts";
import { createOffsetEncoder } from "./token_offsets.ts";
import { createWordPiece } from "./wordpiece.ts";

const WORDS = "[PAD] [UNK] [CLS] [SEP] who is a b c d e f g un ##der ( ) , ? 中".split(" ");

function squad(
  context: string,
  ...answers: readonly (readonly [text: string, start: number])[]
): string {
  const qas = answers.map(([text, start], i) => ({
    id: `q${i}`,
    question: "Who is?",
    answers: [{ text, answer_start: start }],
  }));
  return JSON.stringify({ version: "1.1", data: [{ title: "t", paragraphs: [{ context, qas }] }] });
}

function files(train: string, dev: string): Files {
  return {
    "squad/train-v1.1.json": train,
    "squad/dev-v1.1.json": dev,
    "bert/vocab.txt": WORDS.join("\n"),
  };
}

/** Scores that are high where the file's answers are. */
function oracle({ dev }: SpanDataset): { starts: Float32Array; ends: Float32Array } {
  const random = createRandom("oracle");
  const [starts, ends] = [0, 1].map(() =>
    Float32Array.from({ length: dev.count * dev.sequence }, () => random.next())
  ) as [Float32Array, Float32Array]; // two were made
  for (let i = 0; i < dev.count; i++) {
    if (dev.starts[i] === 0) continue;
    starts[i * dev.sequence + dev.starts[i]!] = 10;
    ends[i * dev.sequence + dev.ends[i]!] = 10;
  }
  return { starts, ends };
}

Deno.test("createOffsetEncoder() says where tokens stand, whatever the tokenizer does to them", async () => {
  const wordpiece = await createWordPiece(WORDS.join("\n"), "v");
  const text = "  Á (under),\u200b中b xyz 😀?";
  const { ids, begins, ends } = createOffsetEncoder(wordpiece)(text);
  assertEquals(ids, wordpiece.encode(text));
  const spans = begins.map((begin, i) => text.slice(begin, ends[i]));
  assertEquals(spans, ["Á", "(", "un", "der", ")", ",", "中", "b", "xyz", "😀", "?"]);
});

Deno.test("cutWindows() shares tokens or steps by them, and shows everything", () => {
  const context = Array.from({ length: 10 }, (_, i) => 100 + i);
  const cut = (options: { stride: number; strideIs?: "step" | "overlap"; sequence?: number }) =>
    cutWindows([7, 8], context, { cls: 1, sep: 2 }, { sequence: 9, ...options });
  assertEquals(cut({ stride: 1 }).map(({ firstToken }) => firstToken), [0, 3, 6]);
  assertEquals(cut({ stride: 3, strideIs: "step" }).map(({ firstToken }) => firstToken), [0, 3, 6]);
  assertEquals(cut({ stride: 2 }).at(-1)!.tokens, [1, 7, 8, 2, 106, 107, 108, 109, 2]);
  assertEquals(cut({ stride: 9, strideIs: "step" }).length, 3);
  assertEquals(cut({ stride: 0, sequence: 20 }).length, 1);
  assertThrows(() => cut({ stride: 4 }), RangeError, "leaves room for 4");
});

Deno.test("openSquad() marks answers in the windows that hold them whole, and decodes them to text", async () => {
  const context = "a b c, d E f g a b c";
  const dev = squad(context, ["d E", 7], ["E f g", 9], ["c", 19]);
  await withFiles(files(squad("a 😀 b", ["b", 4]), dev), async (directory) => {
    const data = await openSquad(directory, { sequence: 12, stride: 2 });
    assertEquals(data.train.starts.length, 1);
    assertEquals([data.train.starts[0], data.train.ends[0]], [7, 7]);
    assertEquals([...data.dev.inputIds.subarray(0, 5)], [2, 4, 5, 18, 3]);
    assertEquals([...data.dev.tokenTypes.subarray(0, 6)], [0, 0, 0, 0, 0, 1]);
    const byQuestion = [0, 1, 2].map((question) =>
      [...data.dev.starts].filter((start, i) => data.dev.questions[i] === question && start > 0)
    );
    assertEquals(byQuestion.map((starts) => starts.length > 0), [true, true, true]);
    const answers = bestAnswers(data.dev, data.questions, oracle(data));
    assertEquals([...answers.values()], ["d E", "E f g", "c"]);
  });
});

Deno.test("decodeAnswers() never ends before it starts, keeps to the longest, and sorts by score", async () => {
  await withFiles(
    files(squad("a b", ["b", 2]), squad("a b c d e f", ["b", 2])),
    async (directory) => {
      const { dev, questions } = await openSquad(directory, { sequence: 20, stride: 2 });
      const scores = {
        starts: new Float32Array(dev.sequence),
        ends: new Float32Array(dev.sequence),
      };
      const at = dev.contextStarts[0]!;
      scores.starts.set([1, 0, 0, 9], at);
      scores.ends.set([9, 0, 0, 0, 3], at);
      scores.starts[0] = 99; // [CLS] is no answer
      const [answers] = decodeAnswers(dev, questions, scores, { best: 3, longest: 2 });
      assertEquals(answers!.map(({ text, score }) => [text, score]), [["d e", 12], ["a", 10], [
        "a b",
        1,
      ]]);
      assertThrows(
        () => decodeAnswers(dev, questions, { ...scores, ends: new Float32Array(1) }),
        RangeError,
        "1 scores, expected 1 windows",
      );
    },
  );
});

Deno.test("openSquad() does not take a place before the text for its beginning", async () => {
  const before = squad("a b", ["a", -3]);
  await withFiles(files(before, before), async (directory) => {
    await assertRejects(
      () => openSquad(directory, { sequence: 20, stride: 2 }),
      EnvironmentError,
      '("a" does not stand at -3)',
    );
  });
});

Deno.test("openSquad() skips few wrong answers and refuses many", async () => {
  const wrong = squad("a b", ["c", 0]);
  await withFiles(files(wrong, wrong), async (directory) => {
    const open = () => openSquad(directory, { sequence: 20, stride: 2 });
    await assertRejects(
      open,
      EnvironmentError,
      '1 of 1 are broken, the first q0 ("c" does not stand',
    );
  });
  const right = Array.from({ length: 120 }, () => ["a", 0] as const);
  await withFiles(files(squad("a b", ["c", 0], ...right), wrong), async (directory) => {
    const data = await openSquad(directory, { sequence: 20, stride: 2 });
    assertEquals(data.train.count, 120);
    assert(data.notes!.some((note) => note.includes("1 of 121 left out")), data.notes!.join());
  });
});

Deno.test("parseSquad() names the place of what is broken, and counts characters as the file does", () => {
  const [paragraph] = parseSquad(squad("😀 b", ["b", 2]), "x");
  assertEquals(paragraph!.questions[0]!.answers[0]!.start, 3);
  assertThrows(() => parseSquad("[", "x"), SyntaxError, "expected JSON");
  assertThrows(() => parseSquad("{}", "x"), SyntaxError, "top.data is missing, expected a list");
  const none = squad("a").replace('"qas":[]', '"qas":[{"id":"q","question":"?","answers":[]}]');
  assertThrows(
    () => parseSquad(none, "x"),
    SyntaxError,
    "qas[0].answers is [], expected at least one",
  );
});

const published = dataDirectory();

Deno.test({
  name: "openSquad() loses nothing of published answers on the way to windows and back",
  ignore: published === null,
  fn: async () => {
    const options = { sequence: 384, stride: 128, trainExamples: 2_000, devExamples: 2_000 };
    const data = await openSquad(published!, options);
    assertEquals(data.questions.ids.length, 2_000);
    assert(data.train.count >= 2_000 && data.train.count < 2_100, `${data.train.count}`);
    const marked = data.train.starts.filter((start) => start > 0).length;
    assert(marked >= 1_990, `${marked}`);
    const answers = bestAnswers(data.dev, data.questions, oracle(data));
    const questions = data.questions.ids.map((id, i) => ({
      id,
      answers: data.questions.answers[i]!,
    }));
    const { exactMatch, f1 } = scoreSquad(questions, answers);
    // What is lost are answers that begin or end within a token.
    assert(exactMatch > 0.985, `${exactMatch}`);
    assertAlmostEquals(f1, 1, 0.01);
    assert(data.majority > 0 && data.majority < 0.05, `${data.majority}`);
  },
});

Deno.test({
  name:
    "createOffsetEncoder() gives the tokenizer's ids for published paragraphs, every one at its place",
  ignore: published === null,
  fn: async () => {
    const wordpiece = await createWordPiece(
      await Deno.readTextFile(`${published}/bert/vocab.txt`),
      "v",
    );
    const text = await Deno.readTextFile(`${published}/squad/dev-v1.1.json`);
    const encode = createOffsetEncoder(wordpiece);
    for (const { context } of parseSquad(text, "dev")) {
      const { ids, begins, ends } = encode(context);
      assertEquals(ids, wordpiece.encode(context));
      let last = 0;
      begins.forEach((begin, i) => {
        assert(begin >= last && ends[i]! > begin, context.slice(begin - 20, begin + 20));
        last = Math.max(last, begin);
      });
    }
  },
});
