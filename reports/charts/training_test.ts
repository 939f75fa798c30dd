import { assertEquals } from "@std/assert";
import type { TrainingPoint } from "../../results/mod.ts";
import {
  curvePoints,
  denseSteps,
  isSparseFromStart,
  trainingSpec,
  trainingTitle,
} from "./training.ts";
import { COLOURS, WIDE } from "./theme.ts";

function point(changes: Partial<TrainingPoint>): TrainingPoint {
  return { seed: 1, stage: "dense", step: 0, loss: 0.5, sparsity: 0, metric: null, ...changes };
}

const LOG = [
  point({ step: 10, metric: 0.8 }),
  point({ step: 20, metric: 0.9 }),
  point({ stage: "sparse", step: 10, sparsity: 0.5, metric: 0.7 }),
  point({ stage: "sparse", step: 20, sparsity: 0.9 }),
  point({ seed: 2, step: 20 }),
  point({ seed: 2, stage: "sparse", step: 20, sparsity: 0.9, metric: 0.85 }),
];

interface Layers {
  readonly layer: readonly {
    readonly mark: Readonly<Record<string, unknown>>;
    readonly data: { readonly values: readonly unknown[] };
  }[];
}

function layersOf(spec: unknown): Layers["layer"] {
  return (spec as Layers).layer;
}

Deno.test("curvePoints() sets the sparse training behind the dense one", () => {
  assertEquals(denseSteps(LOG), 20);
  const steps = curvePoints(LOG, "loss").map(({ curve, step }) => `${curve}: ${step}`);
  assertEquals(steps, [
    "dense 1: 10",
    "dense 1: 20",
    "sparse 1: 30",
    "sparse 1: 40",
    "dense 2: 20",
    "sparse 2: 40",
  ]);
});

Deno.test("curvePoints() has a point only where the metric was taken", () => {
  assertEquals(curvePoints(LOG, "metric").map(({ value }) => value), [80, 90, 70, 85]);
});

Deno.test("curvePoints() draws the sparsity of one seed", () => {
  assertEquals(curvePoints(LOG, "sparsity").map(({ value }) => value), [0, 0, 50, 90]);
});

Deno.test("trainingSpec() marks where pruning starts, and the ceiling with the metric", () => {
  const layers = layersOf(trainingSpec(LOG, "metric", WIDE, { ceiling: 95 }));
  const rules = layers.filter(({ mark }) => mark.type === "rule");
  assertEquals(rules.map(({ data }) => Object.entries(data.values[0]!)[0]), [["step", 20], [
    "ceiling",
    95,
  ]]);
  assertEquals(rules.map(({ mark }) => "strokeDash" in mark), [false, true]);
});

Deno.test("trainingSpec() has no start of pruning if nothing was pruned", () => {
  const dense = LOG.filter(({ stage }) => stage === "dense");
  const layers = layersOf(trainingSpec(dense, "loss", WIDE));
  assertEquals(layers.map(({ mark }) => mark.type), ["line"]);
});

Deno.test("trainingSpec() draws dense in grey and sparse in our colour", () => {
  const lines = layersOf(trainingSpec(LOG, "loss", WIDE)).filter(({ mark }) =>
    mark.type === "line"
  );
  assertEquals(lines.map(({ mark }) => mark.color), [COLOURS.dense, COLOURS.sparse]);
});

Deno.test("trainingTitle() says what pruning did", () => {
  const plain = (log: readonly TrainingPoint[]): string =>
    trainingTitle(log, "accuracy").replaceAll("\u00a0", " ");
  assertEquals(plain(LOG), "On the way to 90.0 % zeros accuracy never falls below 70.0 %");
  assertEquals(plain(LOG.slice(0, 2)), "The dense model was trained, nothing was pruned");
  assertEquals(plain(LOG.slice(3, 4)), "Pruning reaches 90.0 % zeros");
});

Deno.test("trainingTitle() does not call it a way where zeros were there from the first step", () => {
  const log = [
    point({ step: 10, metric: 0.9 }),
    point({ stage: "sparse", step: 10, sparsity: 0.9, metric: 0.1 }),
    point({ stage: "sparse", step: 20, sparsity: 0.9, metric: 0.8 }),
    point({ seed: 2, stage: "sparse", step: 20, sparsity: 0.9, metric: 0.9 }),
  ];
  assertEquals(
    trainingTitle(log, "F1").replaceAll("\u00a0", " "),
    "With 90.0 % zeros from the first step F1 ends at 85.0 %",
  );
  const start = layersOf(trainingSpec(log, "loss", WIDE)).find(({ mark }) => mark.type === "text");
  assertEquals(start!.data.values, [{ step: 10, text: "with zeros" }]);
  assertEquals([isSparseFromStart(log), isSparseFromStart(LOG)], [true, false]);
});
