/**
 * The result document, format `skipzero.result/1`: what every suite writes and `--json` prints.
 *
 * @module
 */
import { z } from "zod";

/** Version tag of the format written today. */
export const RESULT_FORMAT = "skipzero.result/1";

const interval = z.strictObject({ estimate: z.number(), low: z.number(), high: z.number() });
const figures = z.looseObject({ mean: z.number(), sd: z.number(), values: z.array(z.number()) });

const comparison = z.looseObject({
  cell: z.string(),
  subject: z.string(),
  baseline: z.string(),
  threads: z.number().int(),
  ratio: interval.describe("Time of the baseline / time of the subject, with its 95 % interval"),
  ceiling: z.number().nullable().describe(
    "Most the ratio can be if only zeros are skipped (Amdahl by MACs)",
  ),
  verdict: z.enum(["faster", "slower", "inconclusive"]),
  noiseFloor: z.number().optional().describe(
    "Half-width of the A/A comparison of this cell, as a fraction",
  ),
  rounds: z.number().int().optional(),
});

const measurement = z.looseObject({
  cell: z.string(),
  engine: z.string(),
  kernel: z.string().nullable(),
  threads: z.number().int(),
  samplesNs: z.array(z.number()),
  flopsDone: z.number(),
  flopsDense: z.number(),
  maxError: z.number().nullable().describe(
    "Largest absolute difference from the reference outputs",
  ),
  skipped: z.string().nullable().describe("Why there are no samples"),
});

/** Schema of a result file. Fields named here are fixed; more may stand beside them. */
export const resultSchema = z.looseObject({
  format: z.literal(RESULT_FORMAT),
  suite: z.string(),
  recipe: z.string().nullable(),
  profile: z.enum(["quick", "published"]).nullable(),
  startedAt: z.iso.datetime().describe("UTC"),
  verdict: z.looseObject({
    outcome: z.enum(["reproduced", "contradicted", "inconclusive", "partial"]),
    reasons: z.array(z.string()),
  }).nullable(),
  accuracy: z.looseObject({
    metric: z.string(),
    published: z.looseObject({ dense: z.number(), sparse: z.number(), kind: z.string() }),
    dense: figures.describe("values: last metric of each seed"),
    sparse: figures,
    ceiling: z.number().nullable(),
    majority: z.number(),
  }).nullable(),
  sparsity: z.looseObject({
    target: z.number(),
    measured: z.number(),
    layers: z.array(z.looseObject({
      name: z.string(),
      pattern: z.string(),
      sparsity: z.number(),
      proved: z.boolean(),
    })),
    skipped: z.array(z.looseObject({ name: z.string(), reason: z.string() })),
  }).nullable(),
  /** training curve, thinned for the chart */
  training: z.looseObject({
    log: z.array(z.looseObject({
      seed: z.number(),
      stage: z.enum(["dense", "sparse"]),
      step: z.number(),
      loss: z.number(),
      sparsity: z.number(),
      metric: z.number().nullable(),
    })),
    groups: z.array(z.looseObject({
      by: z.string(),
      bucket: z.string(),
      count: z.number(),
      dense: figures,
      sparse: figures,
    })),
    masks: z.array(z.looseObject({
      layer: z.string(),
      rows: z.number(),
      cols: z.number(),
      bits: z.string().describe(
        "Row-major mask, one bit a weight (most significant first), base64",
      ),
    })),
  }).nullable(),
  comparisons: z.array(comparison),
  measurements: z.array(measurement),
  dispatch: z.array(z.looseObject({
    engine: z.string(),
    cell: z.string(),
    layer: z.string(),
    kernel: z.string(),
    sparsity: z.number().nullable(),
    skipped: z.number().nullable(),
    reason: z.string(),
  })),
  warnings: z.array(z.looseObject({ what: z.string(), remedy: z.string() })),
  deviations: z.array(z.string()),
  provenance: z.record(z.string(), z.unknown()),
});

/** A result document. */
export type Result = z.output<typeof resultSchema>;
/** One dense-against-sparse ratio. */
export type Comparison = Result["comparisons"][number];
/** Raw samples of one engine in one cell. */
export type Measurement = Result["measurements"][number];
