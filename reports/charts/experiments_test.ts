import { assert, assertAlmostEquals, assertEquals, assertMatch } from "@std/assert";
import {
  accuracyByDifficulty,
  changedExamples,
  type Experiment,
  falseMatchProbability,
  groupExcesses,
} from "../../results/mod.ts";
import {
  sampleDimensionality,
  sampleGmpTrace,
  sampleHowSparse,
  sampleSubpopulations,
} from "../sample_experiments.ts";
import { classTitle } from "../sections/subpopulations.tsx";
import { sparsityAxis, sparsityPlace } from "./axis.ts";
import { changedWords, difficultyGaps, difficultyRows, difficultyTitle } from "./difficulty.ts";
import { ACTIVE_INPUTS, falseMatchSpec, matchLine } from "./false_match.ts";
import { gmpTitle, meanMetrics, plannedSparsity, pruningLog } from "./gmp_trace.ts";
import { gapRows, howSparseTitle, seriesOf, sparsityCurveSpec } from "./how_sparse.ts";
import { WIDE } from "./theme.ts";
import { equalParameters, noiseLevels, noiseSpec, widthSpec, widthTitle } from "./width.ts";

const HOW_SPARSE = sampleHowSparse().experiment!;
const WIDTHS = sampleDimensionality().experiment!;
const CLASSES = sampleSubpopulations().experiment!;
const TRACE = sampleGmpTrace();

function spoken(text: string): string {
  return text.replaceAll("\u00a0", " ");
}

/** The same without some of its networks. */
function only(experiment: Experiment, keep: (id: string) => boolean): Experiment {
  return { ...experiment, models: experiment.models.filter(({ id }) => keep(id)) };
}

Deno.test("sparsityAxis() is as long from 90 to 95 % as from 0 to 50 %", () => {
  assertAlmostEquals(sparsityPlace(0.95) - sparsityPlace(0.9), 1, 1e-12);
  assertAlmostEquals(sparsityPlace(0.5), 1, 1e-12);
  const axis = sparsityAxis([0, 0.9], "zeros (%)");
  assertEquals(axis.labels, ["0", "50", "75", "90"]);
  assert(axis.ticks.at(-1)! < axis.domain[1]);
});

Deno.test("sparsityCurveSpec() has a line for each way to be sparse, and the dense level across", () => {
  assertEquals(seriesOf(HOW_SPARSE), ["gradual pruning", "random zeros, from scratch"]);
  const text = JSON.stringify(sparsityCurveSpec(HOW_SPARSE, WIDE));
  assert(text.includes(`"label":"gradual pruning"`) && text.includes(`["random zeros,"`));
  assert(text.includes("dense: ") && text.includes("gradual pruning 98"));
});

Deno.test("gapRows() call a sparsity undecided if it may or may not cost a point, and show what is published", () => {
  const rows = gapRows(HOW_SPARSE);
  const tones = new Map(rows.map(({ group, label, tone }) => [spoken(`${group} ${label}`), tone]));
  assertEquals(tones.get("gradual pruning 98 % zeros"), "sparse");
  assertEquals(tones.get("gradual pruning 85 % zeros"), "doubt");
  const published = rows.filter(({ published }) => published !== undefined);
  assertEquals(published.map(({ label, figure }) => [spoken(label), figure]), [
    ["90.6 %, CNN, speech", "−0.02"],
    ["75 %, ResNet-50, ImageNet", "+0.40"],
    ["85 %, BERT-base, GLUE", "+1.60"],
    ["90 %, BERT-base, GLUE", "−0.50"],
  ]);
});

Deno.test("howSparseTitle() says how far intervals reach, not how far means do", () => {
  assertEquals(
    howSparseTitle(HOW_SPARSE),
    "No sparsity is shown to cost less than a percentage point",
  );
  const sure = {
    ...HOW_SPARSE,
    models: HOW_SPARSE.models.map((model) => ({
      ...model,
      runs: model.runs.map((run) => ({ ...run, metric: model.target <= 0.9 ? 0.95 : 0.8 })),
    })),
  };
  assertEquals(
    spoken(howSparseTitle(sure)),
    "Up to 90 % zeros cost less than a percentage point, by gradual pruning",
  );
  assertEquals(
    howSparseTitle(only(HOW_SPARSE, (id) => id === "dense")),
    "No sparse network was trained",
  );
});

Deno.test("equalParameters() begins with the narrowest dense network", () => {
  assertEquals(equalParameters(WIDTHS).map(({ kind, width }) => [kind, width]), [
    ["dense", 1],
    ["sparse", 1.5],
    ["sparse", 2],
    ["sparse", 3],
    ["sparse", 4],
  ]);
  assertEquals(new Set(equalParameters(WIDTHS).map(({ nonZeros }) => nonZeros)).size, 1);
});

Deno.test("widthTitle() tells gain from loss and from no difference, under the strongest noise", () => {
  assertMatch(
    spoken(widthTitle(WIDTHS)),
    /^4 times the width with no more parameters: \+[\d.]+ \[[^\]]*\] points under 50 % noise$/,
  );
  const level = only(WIDTHS, (id) => id === "dense, width 1");
  assertEquals(widthTitle(level), "Networks of one width only were trained");
  const quiet = {
    ...WIDTHS,
    models: WIDTHS.models.map((model) => ({
      ...model,
      runs: model.runs.map((run) => ({ ...run, noise: [], metric: 0.9 + run.seed / 100 })),
    })),
  };
  assertEquals(noiseLevels(quiet), []);
  assertMatch(widthTitle(quiet), /no clear difference without noise$/);
});

Deno.test("widthSpec() and noiseSpec() name parameters, since width alone does not tell networks apart", () => {
  assert(JSON.stringify(widthSpec(WIDTHS, 0, WIDE)).includes("more parameters"));
  const text = spoken(JSON.stringify(noiseSpec(WIDTHS, WIDE)));
  for (
    const name of ["sparse, width 4,", "dense, width 4,", "dense, width 1,", "336 k parameters"]
  ) {
    assert(text.includes(name), name);
  }
});

Deno.test("falseMatchSpec() has a line of the formula for each published number of active inputs", () => {
  assertEquals(ACTIVE_INPUTS, [64, 128, 256]);
  const line = matchLine(128);
  const { inputs, probability } = line[20]!;
  assertEquals(
    probability,
    falseMatchProbability({ inputs, active: 128, synapses: 24, threshold: 12 }),
  );
  assert(JSON.stringify(falseMatchSpec(WIDE)).includes("128 of 1900 active: 7.1e−9, published"));
});

Deno.test("plannedSparsity() is the cubic schedule between two steps, and flat outside", () => {
  const schedule = { target: 0.8, from: 10, to: 30, frequency: 5 };
  const planned = [0, 10, 20, 30, 99].map((step) => plannedSparsity(schedule, step));
  [0, 0, 0.7, 0.8, 0.8].forEach((value, i) => assertAlmostEquals(planned[i]!, value, 1e-12));
});

Deno.test("gmpTitle() tells the lowest point on the way from the end", () => {
  const { log } = TRACE.training!;
  const means = meanMetrics(log);
  assertEquals([means[0]!.step, means.at(-1)!.step], [0, 200]);
  assertEquals(pruningLog(log).every(({ stage }) => stage === "sparse"), true);
  assertMatch(
    spoken(gmpTitle(log, "accuracy")),
    /^Mean accuracy falls to [\d.]+ % at 8\d % zeros and recovers to [\d.]+ % at 90 % zeros$/,
  );
  assertMatch(
    gmpTitle(log.filter(({ step }) => step < 90), "accuracy"),
    /^Mean accuracy (ends|falls)/,
  );
  assertMatch(gmpTitle([], "accuracy"), /not taken/);
});

Deno.test("difficultyTitle() and classTitle() name those who pay, and say so if none does", () => {
  const [dense, light, heavy] = CLASSES.models;
  const gaps = difficultyGaps(accuracyByDifficulty(heavy!, dense!, CLASSES.data.dev));
  assertMatch(difficultyTitle(gaps), /^hard examples pay most, −[\d.]+ points where/);
  assertEquals(
    difficultyTitle([]),
    "too few networks were trained to tell hard examples from easy ones",
  );
  assertEquals(difficultyRows(gaps).map(({ seeds }) => seeds!.length).every((n) => n <= 6), true);
  const excesses = groupExcesses(light!, dense!);
  assertEquals(classTitle(excesses), "no class clearly pays more than the others");
  const paying = excesses.map((one, i) => ({
    ...one,
    excess: { estimate: -0.01 * (i + 1), low: -0.2, high: -0.001 },
    verdict: i < 4 ? "pays more" as const : "undecided" as const,
  }));
  assertEquals(
    classTitle(paying),
    "“three”, “two” and “one” and 1 more pay more than the average, by up to 4.0 points",
  );
});

Deno.test("changedWords() sets lost examples against what chance gives", () => {
  const [dense, , heavy] = CLASSES.models;
  const words = changedWords(changedExamples(heavy!, dense!, CLASSES.data.dev)!);
  assertMatch(
    spoken(words),
    /^\d+ examples? that most dense networks know .* at most \d+ in 95 of 100 draws$/,
  );
});
