import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { dataDirectory } from "../../core/mod.ts";
import { generateSpans, openSquad, type SpanDataset } from "../../datasets/mod.ts";
import { answersFile, evaluateAnswers } from "./span_score.ts";
import type { Evaluation } from "../task.ts";
import { spanTask } from "./spans.ts";

const DATA = generateSpans({ sequence: 64, trainExamples: 8, devExamples: 100 });

/** Scores an oracle that gives the true positions. */
async function scoreOracle(
  data: SpanDataset,
  size: number,
): Promise<{ readonly evaluation: Evaluation; readonly answers: ReadonlyMap<string, string> }> {
  const task = spanTask(data);
  const scorer = task.scorer();
  for await (const batch of task.devBatches(size)) {
    const sequence = batch.shape.sequence!;
    const one = (positions: Int32Array) => {
      const scores = new Float32Array(positions.length * sequence);
      positions.forEach((position, row) => scores[row * sequence + position] = 5);
      return scores;
    };
    scorer.add(batch, { start_logits: one(batch.starts), end_logits: one(batch.ends) });
  }
  return { evaluation: scorer.finish(), answers: scorer.answers() };
}

Deno.test("createSpanScorer() gives right answers full marks, whatever the size of batches", async () => {
  for (const size of [7, 100]) {
    const { evaluation, answers } = await scoreOracle(DATA, size);
    // The labels of the windows are those that the questions are judged by, the turned ones included.
    assertEquals([evaluation.metric, evaluation.others], [1, { "exact match": 1 }]);
    assertEquals(evaluation.correct, new Uint8Array(100).fill(1));
    assertEquals(answers.size, 100);
    assertEquals(JSON.parse(answersFile(answers)), Object.fromEntries(answers));
    const counted = evaluation.groups.filter(({ by }) => by === "answer length");
    assertEquals(counted.reduce((sum, { count }) => sum + count, 0), 100);
  }
});

Deno.test("evaluateAnswers() calls half an answer half right in F1 and wrong in exact match", () => {
  const questions = {
    ids: ["a", "b", "c"],
    answers: [[{ text: "New York" }], [{ text: "the tea" }, { text: "green tea" }], [{
      text: "x",
    }]],
    contexts: ["", "", ""],
    offsets: [],
    groups: [],
  };
  const { metric, others, correct } = evaluateAnswers(
    questions,
    new Map([["a", "york"], ["b", "Tea!"]]),
  );
  assertAlmostEquals(metric, (2 / 3 + 1 + 0) / 3, 1e-12);
  assertAlmostEquals(others!["exact match"]!, 1 / 3, 1e-12);
  assertEquals([...correct!], [0, 1, 0]);
});

const published = dataDirectory();

Deno.test({
  name:
    "createSpanScorer() gives published answers nearly full marks: those that windows of tokens can give",
  ignore: published === null,
  fn: async () => {
    const data = await openSquad(published!, {
      ...{ sequence: 384, stride: 128 },
      ...{ trainExamples: 10, devExamples: 300 },
    });
    const { evaluation } = await scoreOracle(data, 32);
    assert(evaluation.metric > 0.98, `F1 ${evaluation.metric}`);
  },
});
