import { assert, assertEquals, assertLess, assertNotEquals } from "@std/assert";
import { createRandom, sha256Hex } from "../core/mod.ts";
import { type Bag, bagAccuracy } from "./bag_of_words.ts";
import type { Dataset, Examples } from "./dataset.ts";
import {
  GENERATED_VOCABULARY,
  generateDataset,
  generatedWords,
  type Generator,
  LABEL_NOISE,
} from "./generated.ts";
import { PARAPHRASE } from "./paraphrase.ts";
import { SENTIMENT } from "./sentiment.ts";
import * as words from "./words.ts";

const GENERATORS: readonly Generator[] = [SENTIMENT, PARAPHRASE];
const POSITIVE: ReadonlySet<string> = new Set(words.POSITIVE);
const NEGATIVE: ReadonlySet<string> = new Set(words.NEGATIVE);
const SMALL = { sequence: 32, trainExamples: 500, devExamples: 500 };

function textOf(generator: Generator, examples: Examples, i: number): string {
  const words = generatedWords(generator);
  const start = i * examples.sequence;
  const ids = examples.inputIds.subarray(start, start + examples.lengths[i]!);
  return Array.from(ids, (id) => words[id]).join(" ");
}

function fingerprint({ train }: Dataset): string {
  return sha256Hex(new Uint8Array(train.inputIds.buffer)).slice(0, 12);
}

interface ReadEvent {
  readonly agent: number;
  readonly patient: number;
  readonly deed: number;
  readonly denied: boolean;
}

/** Reads the event back from a sentence: kinds of people are numbered through, actors first. */
function eventOf(sentence: readonly string[]): ReadEvent {
  const people = [...words.ACTORS, ...words.OTHERS];
  const kinds = sentence.map((word) => people.findIndex((kind) => kind.includes(word)));
  const [agent, patient] = kinds.filter((kind) => kind >= 0);
  const deeds = sentence.map((word) => words.DEEDS.findIndex((kind) => kind.includes(word)));
  const deed = Math.max(...deeds);
  return { agent: agent!, patient: patient!, deed, denied: sentence.includes("never") };
}

for (const generator of GENERATORS) {
  const { name } = generator;

  Deno.test(`${name}: the same seed gives the same examples, another seed others`, () => {
    assertEquals(generateDataset(generator, SMALL), generateDataset(generator, SMALL));
    const other = generateDataset(generator, { ...SMALL, seed: 1 });
    assertNotEquals(fingerprint(other), fingerprint(generateDataset(generator, SMALL)));
  });

  Deno.test(`${name}: more training examples leave the first ones and the dev set alone`, () => {
    const few = generateDataset(generator, { ...SMALL, trainExamples: 300 });
    const many = generateDataset(generator, SMALL);
    assertEquals(many.train.inputIds.subarray(0, few.train.inputIds.length), few.train.inputIds);
    assertEquals(many.train.labels.subarray(0, 300), few.train.labels);
    assertEquals(many.dev.inputIds, few.dev.inputIds);
  });

  Deno.test(`${name}: classes are even and exactly the stated share of labels is turned`, () => {
    const { dev, ceiling } = generateDataset(generator, SMALL);
    assertEquals(dev.labels.reduce((sum, label) => sum + label, 0), 250);
    const turned = dev.labels.filter((label, i) => label !== (i % 2 === 0 ? 1 : 0)).length;
    assertEquals(turned / dev.count, LABEL_NOISE);
    assertEquals(ceiling, 1 - LABEL_NOISE);
  });

  Deno.test(`${name}: no text of the dev set is a training text`, () => {
    const { train, dev } = generateDataset(generator, SMALL);
    const seen = new Set(
      Array.from({ length: train.count }, (_, i) => textOf(generator, train, i)),
    );
    assertEquals(seen.size, train.count);
    for (let i = 0; i < dev.count; i++) assert(!seen.has(textOf(generator, dev, i)));
  });

  Deno.test(`${name}: every word has one id within the vocabulary`, () => {
    const words = generatedWords(generator);
    assertEquals(new Set(words).size, words.length);
    assert(words.length <= GENERATED_VOCABULARY);
    assertEquals(words[0], "[PAD]");
  });

  Deno.test(`${name}: texts have 6 to 12 words`, () => {
    const random = createRandom(3);
    for (let i = 0; i < 500; i++) {
      const { first, second } = generator.draw(random, i % 2 === 0 ? 0 : 1);
      for (const text of second ? [first, second] : [first]) {
        assert(text.length >= 6 && text.length <= 12, text.join(" "));
      }
    }
  });

  Deno.test(`${name}: every example is in one bucket of every division`, () => {
    const { train, dev } = generateDataset(generator, SMALL);
    for (const examples of [train, dev]) {
      assertEquals(examples.groups.map((group) => group.by), [
        "class",
        "length",
        "rarest token",
        "construction",
      ]);
      for (const { buckets, of } of examples.groups) {
        assertEquals(of.length, examples.count);
        assert(of.every((bucket) => bucket < buckets.length));
      }
    }
  });
}

Deno.test("SENTIMENT judges negation, strength and contrast as documented", () => {
  // Recomputes the judgement from the words alone, by a rule written down apart from the grammar.
  const strength: Record<string, number> = {
    very: 3,
    really: 3,
    truly: 3,
    deeply: 3,
    slightly: 1,
    somewhat: 1,
    fairly: 1,
    mildly: 1,
  };
  const random = createRandom("judge");
  for (let i = 0; i < 1000; i++) {
    const { first, label } = SENTIMENT.draw(random, i % 2 === 0 ? 0 : 1);
    const scores = first.join(" ").split(/ but | and | , /).map((clause) => {
      const words = clause.split(" ");
      const judged = words.findIndex((word) => POSITIVE.has(word) || NEGATIVE.has(word));
      const sign = POSITIVE.has(words[judged]!) ? 1 : -1;
      const grade = words.map((word) => strength[word] ?? 0).find((value) => value > 0) ?? 2;
      return sign * grade * (/ (not|never|hardly) /.test(clause) ? -1 : 1);
    });
    const total = first.includes("and") ? scores[0]! + scores[1]! : scores.at(-1)!;
    assertEquals(total > 0 ? 1 : 0, label, first.join(" "));
  }
});

Deno.test("PARAPHRASE keeps who did what if and only if the pair is a paraphrase", () => {
  const random = createRandom("event");
  for (let i = 0; i < 1000; i++) {
    const { first, second, label } = PARAPHRASE.draw(random, i % 2 === 0 ? 0 : 1);
    const same = JSON.stringify(eventOf(first)) === JSON.stringify(eventOf(second!));
    assertEquals(same ? 1 : 0, label, `${first.join(" ")} | ${second!.join(" ")}`);
  }
});

Deno.test("PARAPHRASE swaps roles without changing the bag of meanings", () => {
  const random = createRandom("swap");
  for (let i = 0; i < 300; i++) {
    const drawn = PARAPHRASE.draw(random, 0);
    if (drawn.construction !== "swapped roles") continue;
    const [a, b] = [eventOf(drawn.first), eventOf(drawn.second!)];
    assertEquals([a.agent, a.patient].sort(), [b.agent, b.patient].sort());
    assertEquals([a.deed, a.denied], [b.deed, b.denied]);
  }
});

Deno.test("PARAPHRASE: the length of a pair says nothing about its class", () => {
  const { train } = generateDataset(PARAPHRASE, { sequence: 32, trainExamples: 4000 });
  for (const length of new Set(train.lengths)) {
    const labels = train.labels.filter((_, i) => train.lengths[i] === length);
    const share = labels.filter((label) => label === 1).length / labels.length;
    assert(Math.abs(share - 0.5) < 0.05, `${length} tokens: ${share}`);
  }
});

Deno.test("PARAPHRASE: a bag of words stays at least 8 points below the ceiling", () => {
  const data = generateDataset(PARAPHRASE, { sequence: 32, trainExamples: 6000 });
  for (const features of ["both texts", "difference", "all"] as const satisfies readonly Bag[]) {
    const accuracy = bagAccuracy(data, features);
    assertLess(accuracy, data.ceiling! - 0.08, `${features}: ${accuracy}`);
  }
});

Deno.test("SENTIMENT: a bag of words learns something, but less than there is", () => {
  const data = generateDataset(SENTIMENT, { sequence: 32, trainExamples: 6000 });
  const accuracy = bagAccuracy(data, "both texts");
  assert(accuracy > data.majority + 0.04 && accuracy < data.ceiling! - 0.08, String(accuracy));
});
