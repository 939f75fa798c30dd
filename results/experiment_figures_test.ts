import { assertAlmostEquals, assertEquals } from "@std/assert";
import { shareInterval } from "../core/mod.ts";
import {
  denseTwin,
  groupExcesses,
  metricUnderNoise,
  modelInterval,
  noiseScore,
  pairedGaps,
  sparsityWithin,
} from "./experiment_figures.ts";
import { sampleExperiment, sampleModel, sampleRun } from "./experiment_sample.ts";

const NOISE = [{ level: 0, metric: 0.9 }, { level: 0.5, metric: 0.5 }];

Deno.test("modelInterval() is Student's over seeds, and Wilson's over examples for a single one", () => {
  const several = sampleModel([0.89, 0.9, 0.91]);
  const experiment = sampleExperiment([several]);
  const interval = modelInterval(several, experiment)!;
  assertAlmostEquals(interval.low, 0.8751586, 1e-6); // R: t.test(c(.89, .9, .91))
  assertEquals(modelInterval(sampleModel([0.9]), experiment), shareInterval(900, 1000));
  assertEquals(modelInterval(sampleModel([]), experiment), null);
});

Deno.test("noise figures are those of a level and of all levels together; none without a noise test", () => {
  const run = sampleRun({ noise: NOISE });
  assertEquals(metricUnderNoise(0.5)(run), 0.5);
  assertEquals(metricUnderNoise(0.25)(run), null);
  assertAlmostEquals(noiseScore(run)!, 0.7, 1e-12);
  assertEquals(noiseScore(sampleRun()), null);
});

Deno.test("pairedGaps() compares networks of one seed, and leaves out seeds that one of them lacks", () => {
  const dense = sampleModel([0.9, 0.8, 0.7]);
  const runs = [sampleRun({ seed: 3, metric: 0.65 }), sampleRun({ seed: 9, metric: 0.1 })];
  const gaps = pairedGaps(sampleModel([], { runs }), dense);
  assertEquals(gaps.length, 1);
  assertAlmostEquals(gaps[0]!, -0.05, 1e-12);
});

Deno.test("denseTwin() has the sizes of the sparse network if one was trained, else is the first", () => {
  const [narrow, wide] = [
    sampleModel([0.9], { network: "narrow" }),
    sampleModel([0.9], { network: "wide" }),
  ];
  const sparse = sampleModel([0.9], { kind: "sparse", network: "wide" });
  const experiment = sampleExperiment([narrow, wide, sparse]);
  assertEquals(denseTwin(experiment, sparse), wide);
  assertEquals(denseTwin(experiment, { ...sparse, network: "wider" }), narrow);
  assertEquals(denseTwin(sampleExperiment([sparse]), sparse), null);
});

/** A network whose runs have these metrics in two classes of 500 examples. */
function twoClasses(metrics: readonly (readonly [number, number])[]): typeof DENSE {
  const groups = ([first, second]: readonly [number, number]) => [
    { by: "class", bucket: "0", count: 500, metric: first },
    { by: "class", bucket: "1", count: 500, metric: second },
  ];
  return sampleModel([], {
    runs: metrics.map((pair, i) =>
      sampleRun({ seed: i + 1, metric: (pair[0] + pair[1]) / 2, groups: groups(pair) })
    ),
  });
}
const DENSE = sampleModel([]);

Deno.test("groupExcesses() finds the class that pays, beyond what every class pays", () => {
  const dense = twoClasses([[0.9, 0.9], [0.91, 0.91], [0.92, 0.9], [0.9, 0.91]]);
  const sparse = twoClasses([[0.88, 0.7], [0.89, 0.71], [0.89, 0.7], [0.88, 0.7]]);
  const [first, second] = groupExcesses(sparse, dense);
  // Seed 1: class 0 loses 2 points, all examples 11.
  assertAlmostEquals(first!.excess.estimate, (0.09 + 0.09 + 0.085 + 0.095) / 4, 1e-9);
  assertEquals([first!.verdict, second!.verdict], ["pays less", "pays more"]);
});

Deno.test("groupExcesses() leaves open what seeds do not agree on", () => {
  const dense = twoClasses([[0.9, 0.9], [0.9, 0.9], [0.9, 0.9]]);
  const sparse = twoClasses([[0.9, 0.8], [0.8, 0.9], [0.9, 0.85]]);
  const verdicts = groupExcesses(sparse, dense).map(({ verdict }) => verdict);
  assertEquals(verdicts, ["undecided", "undecided"]);
});

Deno.test("sparsityWithin() ends before the first sparsity that may cost more than the tolerance", () => {
  const sparse = (target: number, metrics: readonly number[]) =>
    sampleModel(metrics, { id: `${target}`, series: "gradual", kind: "sparse", target });
  const models = [
    sampleModel([0.9, 0.91, 0.9]),
    sparse(0.95, [0.9, 0.91, 0.9]),
    sparse(0.9, [0.85, 0.86, 0.85]),
    sparse(0.5, [0.9, 0.91, 0.899]),
  ];
  // 95 % may be as good by luck, but only after 90 % was not.
  assertEquals(sparsityWithin(sampleExperiment(models), "gradual", 0.01), 0.5);
  assertEquals(sparsityWithin(sampleExperiment(models), "gradual", 0.001), null);
  assertEquals(sparsityWithin(sampleExperiment(models), "static", 0.01), null);
});
