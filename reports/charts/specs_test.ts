/** Every chart in every layout against Vega-Lite's own JSON Schema and compiler. */
import { assertEquals } from "@std/assert";
import { Ajv, type ValidateFunction } from "ajv";
import { compile, type TopLevelSpec } from "vega-lite";
import {
  sampleDimensionality,
  sampleGmpTrace,
  sampleHowSparse,
  sampleNoisyResult,
  sampleSubpopulations,
} from "../sample_experiments.ts";
import { sampleFormatBytes } from "../sample_format_bytes.ts";
import {
  accuracyByDifficulty,
  breakEvens,
  frontiers,
  kernelRows,
  networkGroups,
  networkSweeps,
} from "../../results/mod.ts";
import { sampleNetworksResult, sampleSweepResult } from "../sample_networks.ts";
import { sampleKernelResult, sampleResult, sampleSuiteResult } from "../sample_result.ts";
import { accuracySpec, gapSpec } from "./accuracy.ts";
import { breakEvenSpec } from "./break_even.ts";
import { difficultyGaps, difficultySpec } from "./difficulty.ts";
import { falseMatchSpec } from "./false_match.ts";
import { scheduleLine } from "./gmp_trace.ts";
import { sparsityCurveSpec, sparsityGapSpec } from "./how_sparse.ts";
import { noiseTrials, noiseTrialsSpec } from "./noise_trials.ts";
import { noiseSpec, widthSpec } from "./width.ts";
import { formatBytesSpec } from "./format_bytes.ts";
import { groupGaps, groupSpec } from "./groups.ts";
import { historySpec } from "./history.ts";
import { latencySpec, timedOf } from "./latency.ts";
import { rooflineSpec, roofsOf } from "./roofline.ts";
import { speedupSpec } from "./speedup.ts";
import { engineRates, engineSpec } from "./engine_rates.ts";
import { frontierSpec } from "./frontier.ts";
import { aimedAt, goalSpec } from "./goals.ts";
import { layerSpec } from "./layer_profile.ts";
import { sweepRateSpec, sweepSpeedupSpec, sweepTimeSpec } from "./network_sweep.ts";
import { networksSpec, spokenComparisons } from "./networks.ts";
import { familyRateSpec, familySpeedupSpec, sparsityFamilies } from "./sparsity_family.ts";
import { type Layout, LAYOUTS, SMALL } from "./theme.ts";
import { trainingSpec } from "./training.ts";

const SAMPLE = sampleResult();
const KERNELS = sampleKernelResult();
const ROOFS = roofsOf(KERNELS.peaks![0]!, "f32");
const ACCURACY = SAMPLE.accuracy!;
const LOG = SAMPLE.training!.log;
const EMPTY_ACCURACY = {
  ...ACCURACY,
  dense: { mean: 0, sd: 0, values: [] },
  sparse: { mean: 0, sd: 0, values: [] },
  ceiling: null,
};
const NETWORKS = sampleNetworksResult();
const SPOKEN = spokenComparisons(networkGroups(NETWORKS), { tier: "native", threads: 1 });
const [SWEEP] = networkSweeps(sampleSweepResult(), "batch", 4);
const [FAMILY] = sparsityFamilies(networkSweeps(NETWORKS, "batch", 3));
const [FRONTIER] = frontiers(NETWORKS);
const [PROFILE] = NETWORKS.profiles!;
const HISTORY = SAMPLE.comparisons.slice(0, 3)
  .map((comparison) => ({ label: "2026-01-31T12:00:00Z", comparison }));

const HOW_SPARSE = sampleHowSparse().experiment!;
const WIDTHS = sampleDimensionality().experiment!;
const [DENSE, SPARSE] = sampleSubpopulations().experiment!.models;
const HARD = difficultyGaps(accuracyByDifficulty(SPARSE!, DENSE!, 500));
const NOISY = noiseTrials(sampleNoisyResult().accuracy!.trials!);
const TRACE = sampleGmpTrace();

/** One entry for each chart, and for each shape of input that changes its layers. */
const GALLERY: Readonly<Record<string, (layout: Layout) => TopLevelSpec>> = {
  "speed-ups": (layout) => speedupSpec(SAMPLE.comparisons, layout),
  "speed-ups near 1x": (layout) => speedupSpec(sampleSuiteResult().comparisons, layout),
  "times": (layout) => latencySpec(timedOf(SAMPLE.measurements), layout),
  "speed-ups aimed at": (layout) => goalSpec(aimedAt(NETWORKS.comparisons), layout),
  "speed-ups of networks": (layout) => networksSpec(SPOKEN, layout),
  "speed-up over the batch": (layout) => sweepSpeedupSpec(SWEEP!, layout),
  "time over the batch": (layout) => sweepTimeSpec(SWEEP!, layout),
  "items per second over the batch": (layout) => sweepRateSpec(SWEEP!, layout),
  "items per second by sparsity": (layout) => familyRateSpec(FAMILY!, layout),
  "speed-up by sparsity": (layout) => familySpeedupSpec(FAMILY!, layout),
  "engines": (layout) => engineSpec(engineRates(NETWORKS.measurements), layout),
  "accuracy and speed": (layout) => frontierSpec(FRONTIER!.claims, "F1", layout),
  "time by layer": (layout) => layerSpec(PROFILE!, "time", layout),
  "fraction of the peak by layer": (layout) => layerSpec(PROFILE!, "peak", layout),
  "roofline": (layout) => rooflineSpec(kernelRows(KERNELS), ROOFS, layout),
  "roofline of one kernel": (layout) =>
    rooflineSpec(kernelRows(KERNELS).slice(0, 1), ROOFS, layout),
  "break-even": (layout) => breakEvenSpec(breakEvens(KERNELS), layout),
  "accuracy": (layout) => accuracySpec(ACCURACY, layout),
  "accuracy of nothing": (layout) => accuracySpec(EMPTY_ACCURACY, layout),
  "gap": (layout) => gapSpec(ACCURACY, layout),
  "gap of nothing": (layout) => gapSpec(EMPTY_ACCURACY, layout),
  "groups": (layout) => groupSpec(groupGaps(SAMPLE.training!.groups), layout),
  "history": (layout) => historySpec(HISTORY, layout),
  "bytes of formats": (layout) => formatBytesSpec(sampleFormatBytes(), layout),
  "metric over training": (layout) =>
    trainingSpec(LOG, "metric", layout, { metric: "F1", ceiling: 95.5 }),
  "loss over training": (layout) => trainingSpec(LOG, "loss", layout),
  "sparsity over training": (layout) => trainingSpec(LOG, "sparsity", layout),
  "metric over sparsity": (layout) => sparsityCurveSpec(HOW_SPARSE, layout),
  "gap over sparsity": (layout) => sparsityGapSpec(HOW_SPARSE, layout),
  "metric over width": (layout) => widthSpec(WIDTHS, 0.5, layout),
  "metric of both models under noise": (layout) => noiseTrialsSpec(NOISY, "accuracy", layout),
  "metric over noise": (layout) => noiseSpec(WIDTHS, layout),
  "false matches": falseMatchSpec,
  "gap by difficulty": (layout) => difficultySpec(HARD, layout),
  "sparsity beside its schedule": (layout) =>
    trainingSpec(TRACE.training!.log, "sparsity", layout, {
      schedule: scheduleLine(TRACE.experiment!.schedule!, 200),
    }),
  "training without pruning": (layout) =>
    trainingSpec(LOG.filter(({ stage }) => stage === "dense"), "loss", layout),
};

async function schemaCheck(): Promise<ValidateFunction> {
  const file = new URL("vega-lite-schema.json", import.meta.resolve("vega-lite"));
  const schema = JSON.parse(await Deno.readTextFile(file));
  // Colours may be any text in CSS; the schema's format means hexadecimal ones among others.
  const ajv = new Ajv({
    strict: false,
    formats: { "color-hex": true, uri: true, "uri-reference": true },
  });
  return ajv.compile(schema);
}

/** What the compiler has to say. */
function complaintsOf(spec: TopLevelSpec): string[] {
  const complaints: string[] = [];
  const logger = {
    level: () => logger,
    error: (...words: readonly unknown[]) => (complaints.push(words.join(" ")), logger),
    warn: (...words: readonly unknown[]) => (complaints.push(words.join(" ")), logger),
    info: () => logger,
    debug: () => logger,
  };
  // Only what the compiler calls; its type also asks for the level's reading form.
  compile(spec, { logger: logger as never });
  return complaints;
}

Deno.test("every chart", async (t) => {
  const check = await schemaCheck();
  for (const [name, spec] of Object.entries(GALLERY)) {
    for (const layout of [...LAYOUTS, SMALL]) {
      await t.step(
        `${name}, ${layout.name}, obeys Vega-Lite's schema and compiles in silence`,
        () => {
          check(spec(layout));
          assertEquals(check.errors ?? [], []);
          assertEquals(complaintsOf(spec(layout)), []);
        },
      );
    }
  }
  await t.step("the check finds a mistake", () => {
    check({ ...GALLERY.gap!(LAYOUTS[0]!), width: "wide" });
    assertEquals(check.errors !== null, true);
  });
});

Deno.test("every axis names its quantity and unit, and speed-up axes have a rule at 1x", () => {
  for (const [name, spec] of Object.entries(GALLERY)) {
    const text = JSON.stringify(spec(LAYOUTS[0]!));
    const titles = [...text.matchAll(/"title":"([^"]*)"/g)].map(([, title]) => title!);
    assertEquals(titles.length > 0 && titles.every((title) => title.length > 4), true, name);
    if (name.startsWith("speed")) assertEquals(text.includes('{"at":1}'), true, name);
  }
});

Deno.test("a chart is a pure function of its rows", () => {
  for (const spec of Object.values(GALLERY)) {
    for (const layout of LAYOUTS) assertEquals(spec(layout), spec(layout));
  }
});
