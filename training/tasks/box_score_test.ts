import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { float32 } from "../../core/mod.ts";
import { generateBoxes } from "../../datasets/mod.ts";
import { createBoxScorer } from "./box_score.ts";
import type { BoxTaskBatch } from "./boxes.ts";

const IMAGES = {
  classes: ["background", "cat", "dog"],
  categories: [0, 17, 18],
  devImages: [
    { id: 4, file: "a", width: 200, height: 100 },
    { id: 9, file: "b", width: 100, height: 100 },
  ],
  truths: [
    { image: 4, category: 17, box: [20, 10, 100, 50], area: 5000, crowd: false },
    { image: 4, category: 18, box: [150, 50, 40, 40], area: 1600, crowd: false },
    { image: 9, category: 17, box: [0, 0, 50, 50], area: 2500, crowd: false },
  ],
} as const;

function batch(examples: readonly number[]): BoxTaskBatch {
  const shape = { batch: examples.length };
  const inputs = { images: float32([examples.length]) };
  return { shape, inputs, examples: Int32Array.from(examples), targets: [] };
}

/** The cat of the first image is found, of two boxes of a dog none. */
const FIRST = {
  boxes: Float32Array.of(0.1, 0.1, 0.6, 0.6, 0, 0, 0.1, 0.1),
  scores: Float32Array.of(0.1, 0.8, 0.1, 0.2, 0.02, 0.78),
};

Deno.test("createBoxScorer() turns boxes into pixels of the photograph, and classes into categories", () => {
  const scorer = createBoxScorer(IMAGES);
  scorer.add(batch([0]), FIRST);
  const { metric, others, groups } = scorer.finish();
  // Average precision 1 for cats and 0 for dogs, at every overlap.
  assertAlmostEquals(metric, 0.5, 1e-12);
  assertAlmostEquals(others!["mAP .50"]!, 0.5, 1e-12);
  assertEquals(groups.map(({ bucket, accuracy }) => [bucket, Math.round(accuracy)]), [
    ["cat", 1],
    ["dog", 0],
  ]);
});

Deno.test("createBoxScorer() counts images that were seen, found or not, and no others", () => {
  const scorer = createBoxScorer(IMAGES);
  scorer.add(batch([0, 1]), {
    boxes: Float32Array.of(...FIRST.boxes, ...FIRST.boxes),
    scores: Float32Array.of(...FIRST.scores, 1, 0, 0, 1, 0, 0),
  });
  const half = scorer.finish().groups[0]!;
  assertEquals([half.bucket, half.count], ["cat", 2]);
  assert(half.accuracy > 0.45 && half.accuracy < 0.55);
});

Deno.test("createBoxScorer() gives generated boxes their ceiling if every object is found", async () => {
  const data = generateBoxes({ side: 48, devExamples: 6, trainExamples: 2 });
  const scorer = createBoxScorer(data);
  for await (const { examples, boxes } of data.devBatches({ size: 4 })) {
    const most = Math.max(...boxes.map(({ length }) => length));
    const [sides, scores]: [number[], number[]] = [[], []];
    for (const objects of boxes) {
      for (let i = 0; i < most; i++) {
        sides.push(...objects[i]?.box ?? [0, 0, 0, 0]);
        scores.push(...data.classes.map((_, label) => label === (objects[i]?.label ?? 0) ? 1 : 0));
      }
    }
    scorer.add(batch([...examples]), {
      boxes: Float32Array.from(sides),
      scores: Float32Array.from(scores),
    });
  }
  assertAlmostEquals(scorer.finish().metric, data.ceiling!, 1e-6);
});
