import { assert, assertAlmostEquals, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { createRandom, dataDirectory, EnvironmentError } from "../core/mod.ts";
import { cropWithBoxes, type LabelledBox, mirrorBoxes, overlapOfEdges } from "./box_crop.ts";
import { openCoco } from "./coco.ts";
import { parseCoco } from "./coco_annotations.ts";
import { type FoundBox, overlapOf, type PixelBox, type TrueBox } from "./detections.ts";
import { type DetectionScore, scoreDetections } from "./detection_score.ts";
import { allowSkips } from "./skips.ts";
import { withFiles } from "./temporary_files.ts";

function truth(
  image: number,
  category: number,
  box: PixelBox,
  area: number,
  crowd = false,
): TrueBox {
  return { image, category, box, area, crowd };
}

function found(image: number, category: number, box: PixelBox, score: number): FoundBox {
  return { image, category, box, score };
}

/** The twelve figures in the order in which pycocotools lists them. */
function figures(score: DetectionScore): (number | null)[] {
  const { byCategory: _, ...twelve } = score;
  return Object.values(twelve).map((value) => value === null ? null : Number(value.toFixed(6)));
}

Deno.test("overlapOf() is intersection over union, over a crowd of the box alone", () => {
  assertEquals(overlapOf([0, 0, 10, 10], [5, 0, 10, 10], false), 50 / 150);
  assertEquals(overlapOf([0, 0, 10, 10], [5, 0, 10, 10], true), 0.5);
  assertEquals(overlapOf([0, 0, 10, 10], [10, 0, 10, 10], false), 0);
});

Deno.test("scoreDetections() gives the figures of pycocotools with crowds, sizes and boxes found twice", () => {
  const truths = [
    truth(1, 1, [10, 10, 50, 50], 2500),
    truth(1, 1, [100, 100, 20, 20], 400),
    truth(2, 1, [0, 0, 100, 100], 10_000, true),
    truth(2, 2, [5, 5, 100, 120], 12_000),
  ];
  const boxes = [
    found(1, 1, [12, 10, 50, 50], 0.9),
    found(1, 1, [11, 10, 50, 50], 0.8),
    found(1, 1, [100, 104, 20, 20], 0.7),
    found(2, 1, [10, 10, 30, 30], 0.95),
    found(2, 1, [150, 150, 30, 30], 0.6),
    found(2, 2, [5, 5, 100, 100], 0.5),
    found(2, 3, [5, 5, 10, 10], 0.5),
  ];
  const golden = [0.655858, 0.917492, 0.752475, 0.4, 0.95, 0.7, 0.575, 0.7, 0.7, 0.4, 1, 0.7];
  const score = scoreDetections(truths, boxes);
  assertEquals(figures(score), golden);
  assertEquals([...score.byCategory.keys()], [1, 2]);
});

Deno.test("scoreDetections() is 1 for the truth itself, 0 for nothing, and null where there are no objects", () => {
  const truths = [truth(1, 1, [0, 0, 50, 50], 2500), truth(2, 7, [9, 9, 40, 60], 2400)];
  const all = truths.map(({ image, category, box }) => found(image, category, box, 0.5));
  const perfect = scoreDetections(truths, all);
  assertAlmostEquals(perfect.precision!, 1, 1e-12);
  assertAlmostEquals(perfect.precisionMedium!, 1, 1e-12);
  assertEquals(perfect.recall1, 1);
  assertEquals([perfect.precisionSmall, perfect.recallLarge], [null, null]);
  assertEquals(scoreDetections(truths, []).precision, 0);
  assertEquals(scoreDetections([], all).precision, null);
});

Deno.test("scoreDetections() by hand: one hit behind one miss has precision 1/2 at every recall", () => {
  const truths = [truth(1, 1, [0, 0, 100, 100], 10_000)];
  const boxes = [found(1, 1, [200, 0, 100, 100], 0.9), found(1, 1, [0, 0, 100, 80], 0.8)];
  const score = scoreDetections(truths, boxes);
  // Its overlap is 0.8: right at the 7 thresholds up to .80.
  assertAlmostEquals(score.precision!, 0.5 * 7 / 10, 1e-9);
  assertAlmostEquals(score.precision50!, 0.5, 1e-9);
  assertAlmostEquals(score.recall1!, 0, 1e-9);
  assertAlmostEquals(score.recall100!, 0.7, 1e-9);
});

Deno.test("scoreDetections() does not mind the order of images, nor more boxes of no score behind", () => {
  const random = createRandom("boxes");
  const box = (): PixelBox => [
    random.integer(80),
    random.integer(80),
    20 + random.integer(60),
    20 + random.integer(60),
  ];
  const truths = Array.from({ length: 60 }, (_, i) => truth(i % 9, i % 4, box(), 900));
  const boxes = Array.from(
    { length: 200 },
    (_, i) => found(i % 9, i % 4, box(), 1 + random.next()),
  );
  const score = figures(scoreDetections(truths, boxes));
  assertEquals(figures(scoreDetections(truths.toReversed(), boxes.toReversed())), score);
  const worse = [
    ...boxes,
    ...boxes.map((one) => ({ ...one, box: [900, 900, 5, 5] as const, score: 0 })),
  ];
  assertEquals(scoreDetections(truths, worse).precision, scoreDetections(truths, boxes).precision);
});

const BOXES: readonly LabelledBox[] = [
  { box: [0.1, 0.1, 0.3, 0.4], label: 1 },
  { box: [0.5, 0.5, 0.9, 0.9], label: 2 },
];

Deno.test("cropWithBoxes() keeps boxes whose centre is inside, at their place", () => {
  const random = createRandom("crop");
  const sizes = new Set<string>();
  for (let i = 0; i < 200; i++) {
    const { part, boxes } = cropWithBoxes({ channels: 3, height: 200, width: 100 }, BOXES, random);
    sizes.add(`${part.width}x${part.height}`);
    assert(
      part.left >= 0 && part.top >= 0 && part.left + part.width <= 100 &&
        part.top + part.height <= 200,
    );
    assert(boxes.length > 0);
    for (const { box, label } of boxes) {
      const original = BOXES.find((one) => one.label === label)!.box;
      // An edge that was not cut off is where it was.
      const left = (part.left + box[0] * part.width) / 100;
      const bottom = (part.top + box[3] * part.height) / 200;
      if (box[0] > 0) assertAlmostEquals(left, original[0], 1e-9);
      if (box[3] < 1) assertAlmostEquals(bottom, original[3], 1e-9);
      assert(box.every((edge) => edge >= 0 && edge <= 1) && box[0] < box[2] && box[1] < box[3]);
    }
  }
  assert(sizes.size > 50 && sizes.has("100x200"));
});

Deno.test("mirrorBoxes() and overlapOfEdges()", () => {
  assertEquals(mirrorBoxes([{ box: [0, 0.25, 0.25, 1], label: 3 }]), [{
    box: [0.75, 0.25, 1, 1],
    label: 3,
  }]);
  assertEquals(overlapOfEdges([0, 0, 1, 1], [0, 0, 0.5, 1]), 0.5);
  assertEquals(overlapOfEdges([0, 0, 0.5, 1], [0.5, 0, 1, 1]), 0);
});

function coco(annotations: readonly unknown[]): string {
  return JSON.stringify({
    images: [{ id: 5, file_name: "a.jpg", width: 10, height: 20 }, {
      id: 6,
      file_name: "b.jpg",
      width: 10,
      height: 10,
    }],
    categories: [{ id: 3, name: "cat" }, { id: 9, name: "dog" }],
    annotations,
  });
}

const GOOD = { image_id: 5, category_id: 9, bbox: [1, 2, 3, 4], area: 7, iscrowd: 0 };

Deno.test("parseCoco() leaves broken boxes out while they are few", () => {
  const read = (annotations: readonly unknown[], share: number) =>
    parseCoco(coco(annotations), "x", (total) => allowSkips({ kind: "boxes", total, share }));
  const { boxes, categories } = read([GOOD, { ...GOOD, iscrowd: 1 }], 0);
  assertEquals(boxes.map(({ area, crowd }) => [area, crowd]), [[7, false], [7, true]]);
  assertEquals([...categories], [[3, "cat"], [9, "dog"]]);
  const wrong = [{ ...GOOD, bbox: [1, 2, 0, 4] }, { ...GOOD, category_id: 4 }, {
    ...GOOD,
    image_id: 1,
  }];
  for (const annotation of wrong) {
    assertEquals(read([GOOD, annotation], 0.5).boxes.length, 1);
    assertThrows(() => read([GOOD, annotation], 0), EnvironmentError, "at least 1 of 2 are broken");
  }
  assertThrows(
    () => parseCoco("{}", "x", () => null!),
    SyntaxError,
    "images is missing, expected a list",
  );
});

Deno.test("openCoco() names what is missing", async () => {
  await withFiles({ "annotations/x": "" }, async (directory) => {
    await assertRejects(() => openCoco(directory), EnvironmentError, "it holds COCO");
  });
  await withFiles(
    { "coco2017/annotations/instances_val2017.json": coco([GOOD]) },
    async (directory) => {
      await assertRejects(
        () => openCoco(directory),
        EnvironmentError,
        "instances_train2017.json is missing",
      );
    },
  );
});

Deno.test("openCoco() refuses categories of training that are not those of the evaluation", async () => {
  const trees = [
    [[{ id: 3, name: "cat" }], 'category 9 is missing, expected "dog" as in'],
    [[{ id: 3, name: "cat" }, { id: 9, name: "cow" }], 'category 9 is "cow", expected "dog" as in'],
    [
      [{ id: 3, name: "cat" }, { id: 9, name: "dog" }, { id: 10, name: "cow" }],
      'category 10 is "cow", expected missing as in',
    ],
  ] as const;
  for (const [categories, message] of trees) {
    const train = JSON.stringify({ ...JSON.parse(coco([])), categories });
    const files = {
      "coco2017/annotations/instances_val2017.json": coco([GOOD]),
      "coco2017/annotations/instances_train2017.json": train,
    };
    await withFiles(files, async (directory) => {
      await assertRejects(() => openCoco(directory), SyntaxError, message);
    });
  }
});

const published = dataDirectory();

Deno.test({
  name: "scoreDetections() gives the figures of pycocotools 2 on published boxes",
  ignore: published === null,
  fn: async () => {
    const { truths, categories } = await openCoco(published!, { side: 32 });
    const known = categories.slice(1);
    const boxes = truths.flatMap(({ image, category, box: [x, y, w, h] }, i) => {
      const label = i % 9 === 0 ? known[i * 5 % 80]! : category;
      const [left, top] = [x + w * ((i * 7) % 11 - 5) / 40, y + h * ((i * 3) % 7 - 3) / 50];
      const moved = found(image, label, [left, top, w, h * (1 + i % 5 / 25)], (i * 37) % 100 / 100);
      const again = found(image, category, [x, y, w * 0.9, h], (i * 53) % 97 / 97);
      return i % 4 === 0 ? [moved, again] : [moved];
    });
    assertEquals([truths.length, boxes.length], [271, 339]);
    const golden = [
      ...[0.539891, 0.822946, 0.516138, 0.545062, 0.554079, 0.592195],
      ...[0.455345, 0.627415, 0.630819, 0.618497, 0.631397, 0.64951],
    ];
    assertEquals(figures(scoreDetections(truths, boxes)), golden);
  },
});

Deno.test({
  name: "openCoco() reads the published images with their boxes",
  ignore: published === null,
  fn: async () => {
    const data = await openCoco(published!, { side: 64, brokenShare: 0 });
    assertEquals([data.devImages.length, data.classes.length, data.trainCount], [40, 81, 0]);
    let [images, boxes] = [0, 0];
    for await (const batch of data.devBatches({ size: 16 })) {
      images += batch.examples.length;
      boxes += batch.boxes.flat().length;
      assert(batch.planes.every((value) => value > -2.2 && value < 2.7));
      assert(
        batch.boxes.flat().every(({ label, box }) => label > 0 && label < 81 && box[2] <= 1.001),
      );
    }
    assertEquals([images, boxes], [40, 271]);
  },
});
