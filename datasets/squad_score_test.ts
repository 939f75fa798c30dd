import { assertAlmostEquals, assertEquals } from "@std/assert";
import { join } from "@std/path";
import { dataDirectory } from "../core/mod.ts";
import { parseSquad } from "./squad.ts";
import { exactMatch, normaliseAnswer, scoreSquad, wordF1 } from "./squad_score.ts";

Deno.test("normaliseAnswer() drops case, punctuation, articles and spaces, in this order", () => {
  assertEquals(normaliseAnswer(" The  Denver-Broncos, a team! "), "denverbroncos team");
  assertEquals(normaliseAnswer("a.n. theory an the"), "theory");
  assertEquals(normaliseAnswer("über\u00a0a – é a"), "über – é");
  // An accented letter is part of a word for Python, so that no article ends there.
  assertEquals(normaliseAnswer("théa aé"), "théa aé");
});

Deno.test("wordF1() counts common words as often as both have them", () => {
  assertEquals(wordF1("to be or not to be", "to be"), 2 * 2 / 8);
  assertEquals(wordF1("x x", "x"), 2 / 3);
  assertEquals([wordF1("y", "x"), wordF1("the", "a"), wordF1("The X.", "x")], [0, 0, 1]);
  assertEquals([exactMatch("the", "a"), exactMatch("An x", "x!"), exactMatch("x y", "x")], [
    1,
    1,
    0,
  ]);
});

Deno.test("scoreSquad() takes the best of several answers, and nothing for what is not answered", () => {
  const questions = [
    { id: "1", answers: [{ text: "red house" }, { text: "house" }] },
    { id: "2", answers: [{ text: "blue" }] },
    { id: "3", answers: [{ text: "green tree" }] },
  ];
  const score = scoreSquad(questions, new Map([["1", "the house"], ["3", "green"]]));
  assertAlmostEquals(score.exactMatch, 1 / 3, 1e-12);
  assertAlmostEquals(score.f1, (1 + 2 / 3) / 3, 1e-12);
  assertEquals(score.missing, ["2"]);
});

const published = dataDirectory();

Deno.test({
  name: "scoreSquad() gives published predictions their published score: EM 86.21, F1 92.20",
  ignore: published === null,
  fn: async () => {
    const text = await Deno.readTextFile(join(published!, "squad/dev-v1.1.json"));
    const questions = parseSquad(text, "dev").flatMap(({ questions }) => questions);
    const path = join(published!, "squad/predictions/bert-ensemble.json");
    const predictions: Record<string, string> = JSON.parse(await Deno.readTextFile(path));
    const score = scoreSquad(questions, new Map(Object.entries(predictions)));
    assertEquals([questions.length, score.missing.length], [10_570, 0]);
    assertEquals((100 * score.exactMatch).toFixed(2), "86.21");
    assertEquals((100 * score.f1).toFixed(2), "92.20");
  },
});
