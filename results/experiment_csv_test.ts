import { assertEquals, assertThrows } from "@std/assert";
import { parse } from "@std/csv";
import { correctOf, packCorrect } from "./experiment.ts";
import { examplesCsv, experimentCsv } from "./experiment_csv.ts";
import { sampleAnswers, sampleExperiment, sampleModel, sampleRun } from "./experiment_sample.ts";
import { parseResult } from "./parse.ts";
import { sampleResult } from "./sample.ts";

const RUN = sampleRun({
  seed: 2,
  metric: 0.9,
  noise: [{ level: 0.5, metric: 0.6 }],
  groups: [{ by: "class", bucket: "1", count: 5, metric: 0.8 }],
});

Deno.test("experimentCsv() has a line for each figure of each run", () => {
  const experiment = sampleExperiment([sampleModel([], { runs: [RUN] })]);
  const rows = parse(experimentCsv([sampleResult(), sampleResult({ experiment })]), {
    skipFirstRow: true,
  });
  assertEquals(rows.map(({ seed, quantity, value }) => [seed, quantity, value]), [
    ["2", "accuracy", "0.9"],
    ["2", "accuracy at noise 0.5", "0.6"],
    ["2", "class: 1", "0.8"],
  ]);
});

Deno.test("examplesCsv() counts for each example the networks that are right about it", () => {
  const models = [
    sampleAnswers(["110", "100"]),
    sampleAnswers(["001"], { id: "90 %", kind: "sparse" }),
  ];
  const data = { dev: 3, labels: Uint8Array.of(0, 1, 1).toBase64() };
  const rows = parse(examplesCsv({ experiment: sampleExperiment(models, data) }), {
    skipFirstRow: true,
  });
  assertEquals(rows.map((row) => Object.values(row)), [
    ["0", "0", "2", "0"],
    ["1", "1", "1", "0"],
    ["2", "1", "0", "1"],
  ]);
  assertEquals(examplesCsv({ experiment: sampleExperiment([sampleModel([0.9])]) }), "");
});

Deno.test("correctOf() reads what packCorrect() wrote, and refuses too little of it", () => {
  const correct = Uint8Array.from({ length: 13 }, (_, i) => i % 3 === 0 ? 1 : 0);
  const run = sampleRun({ correct: packCorrect(correct) });
  assertEquals(correctOf(run, 13), correct);
  assertThrows(() => correctOf(run, 17), RangeError, "16 bits, expected 17");
});

Deno.test("parseResult() reads an experiment, and names what is wrong with one", () => {
  const experiment = sampleExperiment([sampleModel([], { runs: [RUN] })]);
  const text = JSON.stringify(sampleResult({ experiment }));
  assertEquals(parseResult(text, "x.json").experiment, experiment);
  const broken = text.replace('"level":0.5', '"level":50');
  assertThrows(
    () => parseResult(broken, "x.json"),
    SyntaxError,
    "$.experiment.models[0].runs[0].noise[0].level is 50, expected at most 1",
  );
});
