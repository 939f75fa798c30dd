import { assert, assertAlmostEquals, assertEquals, assertNotEquals } from "@std/assert";
import { createRandom, sha256Hex } from "../core/mod.ts";
import { areaUnderRoc } from "./auc.ts";
import { scoreDetections } from "./detection_score.ts";
import { generateBoxes } from "./generated_boxes.ts";
import { generateClicks } from "./generated_clicks.ts";
import { generatePlanes, type PlaneGenerator } from "./generated_planes.ts";
import { generateSpans, SPAN_WORDS } from "./generated_spans.ts";
import { gratings } from "./gratings.ts";
import { chooseTurned } from "./label_noise.ts";
import type { PlaneExamples } from "./planes.ts";
import { bestAnswers } from "./span_decode.ts";
import { scoreSquad } from "./squad_score.ts";
import { TONE_WORDS } from "./tone_words.ts";

const IMAGES = gratings("synthetic-digits", { channels: 1, height: 28, width: 28 });
const GENERATORS: readonly PlaneGenerator[] = [
  IMAGES,
  gratings("synthetic-photographs", { channels: 3, height: 16, width: 16 }),
  TONE_WORDS,
];

Deno.test("chooseTurned() turns one of every 25, and more examples leave the first choice alone", () => {
  const few = chooseTurned(100, createRandom("x"));
  assertEquals(few.reduce((sum, one) => sum + one, 0), 4);
  assertEquals(chooseTurned(500, createRandom("x")).subarray(0, 100), few);
});

for (const generator of GENERATORS) {
  Deno.test(`${generator.name}: seeds decide, counts do not, and the ceiling is what knowing reaches`, () => {
    const small = generatePlanes(generator, { trainExamples: 50, devExamples: 100 });
    const more = generatePlanes(generator, { trainExamples: 75, devExamples: 100 });
    assertEquals(more.train.values.subarray(0, small.train.values.length), small.train.values);
    assertEquals(more.train.labels.subarray(0, 50), small.train.labels);
    assertEquals(more.dev, small.dev);
    const other = generatePlanes(generator, { trainExamples: 50, devExamples: 100, seed: 1 });
    assertNotEquals(
      sha256Hex(new Uint8Array(other.dev.values.buffer)),
      sha256Hex(new Uint8Array(small.dev.values.buffer)),
    );
    // Classes take turns before noise.
    const right = small.dev.labels.filter((label, i) =>
      label === i % generator.classes.length
    ).length;
    assertEquals([right / 100, small.ceiling], [0.96, 0.96]);
    assert(small.dev.values.every(Number.isFinite));
    assert(small.majority < 0.2);
  });
}

/** Accuracy of a function that sees an example, where labels are not turned. */
function accuracy(
  { values, shape, labels, count }: PlaneExamples,
  guess: (x: Float32Array) => number,
): number {
  const size = shape.channels * shape.height * shape.width;
  let right = 0;
  for (let i = 0; i < count; i++) {
    if (guess(values.subarray(i * size, (i + 1) * size) as Float32Array) === labels[i]) right++;
  }
  return right / count;
}

Deno.test("gratings() are told apart by their waves, which is the ceiling, and not by their mean images", () => {
  const { train, dev, ceiling } = generatePlanes(IMAGES, { trainExamples: 400, devExamples: 100 });
  const strength = (x: Float32Array, direction: number, width: number): number => {
    let best = 0;
    for (const turn of [-0.1, -0.05, 0, 0.05, 0.1]) {
      const angle = Math.PI * direction / 5 + turn;
      let [real, imaginary] = [0, 0];
      x.forEach((value, i) => {
        const at = 2 * Math.PI / width *
          (Math.cos(angle) * (i % 28) + Math.sin(angle) * Math.floor(i / 28));
        real += (value - 0.5) * Math.cos(at);
        imaginary += (value - 0.5) * Math.sin(at);
      });
      best = Math.max(best, Math.hypot(real, imaginary));
    }
    return best;
  };
  const byWaves = (x: Float32Array): number => {
    const scores = Array.from(
      { length: 10 },
      (_, label) => strength(x, label % 5, [4, 7][Math.floor(label / 5)]!),
    );
    return scores.indexOf(Math.max(...scores));
  };
  assertAlmostEquals(accuracy(dev, byWaves), ceiling!, 0.03);
  const means = Array.from({ length: 10 }, () => new Float64Array(784));
  train.labels.forEach((label, i) => {
    for (let at = 0; at < 784; at++) means[label]![at]! += train.values[784 * i + at]! / 40;
  });
  const byMeans = (x: Float32Array): number => {
    const distances = means.map((mean) =>
      x.reduce((sum, value, i) => sum + (value - mean[i]!) ** 2, 0)
    );
    return distances.indexOf(Math.min(...distances));
  };
  assert(accuracy(dev, byMeans) < 0.6, `${accuracy(dev, byMeans)}`);
});

Deno.test("TONE_WORDS are loudest where their tones are", () => {
  const { dev } = generatePlanes(TONE_WORDS, { trainExamples: 0, devExamples: 60 });
  const bands = [0, 24, 36].map((example) => {
    // The loudest band of each moment, from the first loud one to the last.
    const x = dev.values.subarray(1024 * example, 1024 * (example + 1));
    const loud: number[] = [];
    for (let moment = 0; moment < 32; moment++) {
      const column = Array.from({ length: 32 }, (_, band) => x[32 * band + moment]!);
      const top = Math.max(...column);
      if (top > -15) loud.push(column.indexOf(top));
    }
    return [loud[0]!, loud.at(-1)!];
  });
  // All are class 0, 400 800 1600: they rise.
  for (const [first, last] of bands) assert(last! > first! + 5, `${bands}`);
});

Deno.test("generateClicks() has the ceiling of its probabilities, which the batches' own facts nearly reach", async () => {
  const tableRows = Array.from({ length: 26 }, (_, i) => i === 5 ? 3 : 100);
  const data = generateClicks({ tableRows, trainExamples: 20_000, devExamples: 4000 });
  const again = generateClicks({ tableRows, trainExamples: 20_000, devExamples: 4000 });
  const [batch] = await Array.fromAsync(data.trainBatches({ size: 20_000 }));
  assertEquals((await Array.fromAsync(again.trainBatches({ size: 20_000 })))[0], batch);
  const rate = batch!.labels.reduce((sum, label) => sum + label, 0) / 20_000;
  assert(rate > 0.15 && rate < 0.4, `${rate}`);
  assert(data.ceiling! > 0.8 && data.ceiling! < 0.95, `${data.ceiling}`);
  assert(batch!.indices.subarray(5 * 20_000, 6 * 20_000).every((index) => index < 3));
  // Click rates of every pair of the first two categories, a little drawn to the mean, know something, but not all.
  const counts = new Map<number, [number, number]>();
  const pair = (indices: Int32Array, i: number, count: number) =>
    indices[i]! * 1000 + indices[count + i]!;
  batch!.labels.forEach((label, i) => {
    const [shown, clicked] = counts.get(pair(batch!.indices, i, 20_000)) ?? [0, 0];
    counts.set(pair(batch!.indices, i, 20_000), [shown + 1, clicked + label]);
  });
  const [dev] = await Array.fromAsync(data.devBatches({ size: 4000 }));
  const scores = Float32Array.from(dev!.labels, (_, i) => {
    const [shown, clicked] = counts.get(pair(dev!.indices, i, 4000)) ?? [0, 0];
    return (clicked + 5 * rate) / (shown + 5);
  });
  const auc = areaUnderRoc(scores, dev!.labels);
  assert(auc > 0.6 && auc < data.ceiling! - 0.03, `${auc} ${data.ceiling}`);
  const resumed = await Array.fromAsync(data.trainBatches({ size: 999, from: 19 }));
  assertEquals(resumed.length, 1);
});

Deno.test("generateSpans() is answered by looking verbs up, up to its ceiling", () => {
  const data = generateSpans({ sequence: 64, trainExamples: 100, devExamples: 200 });
  assertEquals([data.questions.ids.length, data.ceiling], [200, 0.96]);
  const texts = data.questions.ids.map((_, i) => {
    const start = data.dev.questions.indexOf(i) * data.dev.sequence;
    const ids = [...data.dev.inputIds.subarray(start + 1, start + data.dev.sequence)];
    const question = ids.slice(0, ids.indexOf(3)).map((token) => SPAN_WORDS[token]).join(" ");
    return { question, context: data.questions.contexts[i]! };
  });
  // What is asked for stands before what is answered, unless the answer was turned.
  const verbs = { live: "lives in", play: "plays", keep: "keeps" };
  const looked = new Map(data.questions.ids.map((id, i) => {
    const { question, context } = texts[i]!;
    const [, , name, verb] = question.split(" ");
    const said = verbs[verb as keyof typeof verbs]; // the third word is the name, the fourth the verb
    return [id, context.split(`${name} ${said} `)[1]!.split(" .")[0]!];
  }));
  const known = data.questions.ids.map((id, i) => ({ id, answers: data.questions.answers[i]! }));
  const score = scoreSquad(known, looked);
  assertAlmostEquals(score.exactMatch, 0.96, 1e-9);
  assertAlmostEquals(score.f1, 0.96, 1e-9);
  // The marked positions decode to the marked texts.
  const [starts, ends] = [
    new Float32Array(data.dev.count * data.dev.sequence),
    new Float32Array(data.dev.count * data.dev.sequence),
  ];
  for (let i = 0; i < data.dev.count; i++) {
    if (data.dev.starts[i] === 0) continue;
    starts[i * data.dev.sequence + data.dev.starts[i]!] = 9;
    ends[i * data.dev.sequence + data.dev.ends[i]!] = 9;
  }
  const questions = data.questions.ids.map((id, i) => ({
    id,
    answers: data.questions.answers[i]!,
  }));
  const marked = scoreSquad(questions, bestAnswers(data.dev, data.questions, { starts, ends }));
  assertEquals([marked.exactMatch, marked.f1], [1, 1]);
  assert(data.majority < 0.2);
  assertEquals(generateSpans({ sequence: 64, trainExamples: 150, devExamples: 200 }).dev, data.dev);
});

Deno.test("generateBoxes() draws objects where its boxes are, mirrored in training half of the time", async () => {
  const data = generateBoxes({ side: 48, trainExamples: 40, devExamples: 20 });
  assertEquals([data.trainCount, data.devImages.length, data.ceiling], [40, 20, 1]);
  const dev = await Array.fromAsync(data.devBatches({ size: 20 }));
  assertEquals(dev[0]!.boxes.flat().length, data.truths.length);
  const found = data.truths.map(({ image, category, box }) => ({ image, category, box, score: 1 }));
  assertAlmostEquals(scoreDetections(data.truths, found).precision!, 1, 1e-12);
  for (
    const { planes, boxes } of await Array.fromAsync(data.trainBatches({ size: 40, label: "x" }))
  ) {
    boxes.forEach((list, image) => {
      for (const { box: [left, top, right, bottom] } of list) {
        // The middle of a box is painted; a corner of the image's border is not always.
        const [x, y] = [Math.floor(24 * (left + right)), Math.floor(24 * (top + bottom))];
        const middle = planes[(image * 3 * 48 + y) * 48 + x]! * 0.25 + 0.5;
        assert(middle < 0.16 || middle > 0.84, `${middle}`);
      }
    });
  }
});
