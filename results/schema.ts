/**
 * The shape of a result document as a zod schema, and as JSON Schema for everybody else.
 *
 * Run this file to write `result.schema.json` anew: `deno run -R -W results/schema.ts`.
 *
 * @module
 */
import { fromFileUrl } from "@std/path";
import { z } from "zod";
import { writeAtomic } from "../core/mod.ts";
import { experimentSchema } from "./experiment_schema.ts";
import { problemOf, wantedOf } from "./problems.ts";
import { type Result, RESULT_FORMAT } from "./result.ts";

const fraction = z.number().min(0).max(1);
const count = z.number().int().min(0);
const cell = z.string().min(1).describe("What was run");
const threads = z.number().int().min(1).describe("Threads used");

const interval = z.strictObject({
  estimate: z.number(),
  low: z.number(),
  high: z.number(),
}).describe("A figure and its 95 % interval");

const figures = z.looseObject({
  mean: z.number(),
  sd: z.number().min(0).describe("Sample standard deviation; 0 for a single seed"),
  values: z.array(z.number()).describe("The metric of each seed"),
});

const verdict = z.looseObject({
  outcome: z.enum(["reproduced", "contradicted", "inconclusive", "partial"]),
  reasons: z.array(z.string()),
});

const metricFigures = z.looseObject({
  name: z.string(),
  dense: figures,
  sparse: figures,
  published: z.looseObject({
    dense: z.number().exactOptional(),
    sparse: z.number().exactOptional(),
    says: z.string(),
  }).exactOptional().describe("In the unit of the metric"),
});

const accuracy = z.looseObject({
  metric: z.string(),
  published: z.looseObject({ dense: z.number(), sparse: z.number(), kind: z.string() })
    .describe("Figures of the claim"),
  dense: figures.describe("Last metric of each seed, dense"),
  sparse: figures.describe("Last metric of each seed, sparse"),
  ceiling: z.number().nullable().describe("Best that any model can reach, where it is known"),
  majority: z.number().describe("What guessing the commonest class reaches"),
  others: z.array(metricFigures).exactOptional().describe("Other metrics of the same models"),
  trials: z.array(metricFigures).exactOptional().describe("The metric in further tests"),
});

const sparsity = z.looseObject({
  target: fraction,
  measured: fraction,
  layers: z.array(z.looseObject({
    name: z.string(),
    pattern: z.string(),
    sparsity: fraction,
    proved: z.boolean().describe("Whether the final weights were shown to form the pattern"),
  })),
  skipped: z.array(z.looseObject({ name: z.string(), reason: z.string() }))
    .describe("Layers that stayed dense, and why"),
});

const training = z.looseObject({
  log: z.array(z.looseObject({
    seed: z.number().int(),
    stage: z.enum(["dense", "sparse"]),
    step: count,
    loss: z.number(),
    sparsity: fraction,
    metric: z.number().nullable(),
  })).describe("Curves, thinned for charts"),
  groups: z.array(z.looseObject({
    by: z.string(),
    bucket: z.string(),
    count,
    dense: figures,
    sparse: figures,
  })).describe("Metrics of sub-populations"),
  masks: z.array(z.looseObject({
    layer: z.string(),
    rows: count,
    cols: count,
    bits: z.string().describe(
      "Row-major mask, one bit a weight (1 = kept, most significant first), base64",
    ),
  })),
});

const comparison = z.looseObject({
  cell,
  subject: z.string(),
  baseline: z.string(),
  threads,
  ratio: interval.describe("Time of the baseline / time of the subject, with its 95 % interval"),
  ceiling: z.number().nullable().describe(
    "Most the ratio can be if only zeros are skipped (Amdahl's law by multiply-accumulates)",
  ),
  verdict: z.enum(["faster", "slower", "inconclusive"]),
  noiseFloor: z.number().min(0).exactOptional().describe(
    "How far the same engine is from itself in this cell, as a fraction",
  ),
  rounds: count.exactOptional().describe("Rounds in which both were timed"),
  goal: z.number().min(0).exactOptional().describe("Ratio that is aimed at"),
  roofline: z.looseObject({
    subjectNs: z.number().min(0).describe("Skipping what the subject skips"),
    denseNs: z.number().min(0).describe("Skipping nothing"),
    ceiling: z.number().min(0).describe("Most that skipping is worth under this roof"),
    attained: z.number().min(0).describe("The least time by the subject's measured one"),
  }).exactOptional().describe("Least times of a network's products at the machine's peaks"),
});

const layer = z.looseObject({
  op: z.string(),
  dtype: z.string(),
  pattern: z.string(),
  sparsity: fraction,
  activationSparsity: fraction,
  rows: count,
  cols: count,
  lanes: count,
  layers: count.describe("Layers of one run, each with weights of its own"),
}).describe("The layer of a cell in which layers were timed and no network");

const network = z.looseObject({
  name: z.string(),
  pattern: z.string(),
  sparsity: fraction,
  item: z.string().describe("What one item of a batch is"),
  batch: count.describe("Items of a run"),
  sequence: count.nullable().describe("Tokens of a sequence"),
}).describe("The network of a cell in which one was timed");

const positives = z.array(z.number().min(0));

const facts = z.looseObject({
  target: z.string(),
  family: z.string(),
  packNs: positives.describe("Nanoseconds to pack all weights, in each process"),
  emitNs: positives.describe("Nanoseconds to emit all code, in each process"),
  codeBytes: count,
  flopsExecuted: z.number().min(0).describe("Padding and stored zeros included"),
  weightBytes: count,
  activationBytes: count,
  footprintBytes: count.describe("Memory that all of it lies in"),
  peaks: positives.exactOptional().describe("Peak rate for the layer's type, in each process"),
}).describe("What our own kernels cost to prepare, and what a run moves");

const memory = z.looseObject({
  weightBytes: count.describe("Packed weights and other parameters"),
  activationBytes: count.describe("Activations, inputs and outputs: the most held at once"),
  codeBytes: count.describe("Emitted code and its arguments"),
}).describe("What a network holds once our own engines have loaded it");

const peaks = z.looseObject({
  target: z.string(),
  threads,
  gflops: positives.describe("float32 multiply-adds on registers, in each process"),
  gops: positives.describe("Dot products of bytes on registers, in each process"),
  reads: z.array(z.looseObject({ sizeBytes: count, gbps: positives }))
    .describe("Reading a stretch of memory again and again, the smallest stretch first"),
}).describe("What a processor can do at most, measured in the processes that timed kernels");

const measurement = z.looseObject({
  cell,
  engine: z.string(),
  kernel: z.string().nullable(),
  threads,
  samplesNs: z.array(z.number().min(0)),
  flopsDone: z.number().min(0),
  flopsDense: z.number().min(0),
  maxError: z.number().nullable().describe(
    "Largest absolute difference from the reference outputs",
  ),
  skipped: z.string().nullable().describe("Why there are no samples"),
  checkedAgainst: z.string().exactOptional().describe("Whose outputs its own were compared with"),
  layer: layer.exactOptional(),
  network: network.exactOptional(),
  facts: facts.exactOptional(),
  memory: memory.exactOptional(),
});

const dispatch = z.looseObject({
  engine: z.string(),
  cell,
  layer: z.string(),
  kernel: z.string(),
  sparsity: fraction.nullable(),
  skipped: z.number().nullable().describe("Fraction of the weight positions that the kernel skips"),
  reason: z.string(),
});

const storage = z.looseObject({
  format: z.string().min(1),
  detail: z.string().describe("What the format was told, e.g. 4x1 blocks"),
  pattern: z.string(),
  sparsity: fraction,
  bytes: z.looseObject({ values: count, indices: count, total: count }),
  denseBytes: count,
}).describe("Bytes of a matrix in a format");

const networkLayers = z.looseObject({
  network: z.string(),
  pattern: z.string(),
  sparsity: fraction,
  pruned: z.array(
    z.looseObject({ layer: z.string(), rows: count, cols: count, sparsity: fraction }),
  )
    .describe("Weights as the matrices that patterns are drawn on"),
  skipped: z.array(z.looseObject({ layer: z.string(), reason: z.string() })),
}).describe("Which layers of a network have the pattern");

const profile = z.looseObject({
  cell,
  engine: z.string(),
  threads,
  layers: z.array(z.looseObject({
    layer: z.string(),
    kernel: z.string(),
    ns: z.number().min(0),
    gflops: z.number().nullable().describe("On what is not skipped"),
    ofPeak: z.number().nullable().describe("As a fraction of the peak of the same process"),
    isSparse: z.boolean().nullable().describe("Whether zeros are skipped"),
    sparsity: fraction.nullable(),
    reason: z.string(),
  })),
  waitNs: z.number().min(0),
  outsideNs: z.number().min(0),
  profiledNs: z.number().min(0),
  runNs: z.number().min(0),
}).describe("Where the time of a run of a network goes");

const published = z.looseObject({
  cell,
  recipe: z.string(),
  metric: z.string(),
  kind: z.string(),
  dense: fraction,
  sparse: fraction,
}).describe("Accuracies published for a network that was timed");

const resultSchema: z.ZodType<Result> = z.looseObject({
  format: z.literal(RESULT_FORMAT),
  suite: z.string().min(1),
  recipe: z.string().min(1).nullable(),
  profile: z.enum(["quick", "published", "scratch"]).nullable(),
  startedAt: z.iso.datetime().describe("UTC"),
  verdict: verdict.nullable(),
  accuracy: accuracy.nullable(),
  sparsity: sparsity.nullable(),
  training: training.nullable(),
  comparisons: z.array(comparison),
  measurements: z.array(measurement),
  peaks: z.array(peaks).exactOptional(),
  storage: z.array(storage).exactOptional(),
  networks: z.array(networkLayers).exactOptional(),
  profiles: z.array(profile).exactOptional(),
  published: z.array(published).exactOptional(),
  experiment: experimentSchema.exactOptional(),
  dispatch: z.array(dispatch),
  warnings: z.array(z.looseObject({ what: z.string(), remedy: z.string() })),
  deviations: z.array(z.string()).describe("What differs from the recipe, in words"),
  provenance: z.record(z.string(), z.unknown()),
}).describe("A skipzero result: what was measured, with raw samples and origin");

/** A result document, or everything that is wrong with it. */
export type Shape =
  | { readonly result: Result; readonly problems: readonly [] }
  | { readonly result: null; readonly problems: readonly string[] };

/** Checks a document of today's format, field by field. Fields that the format does not name are passed on. */
export function checkShape(value: unknown): Shape {
  const checked = resultSchema.safeParse(value, { error: wantedOf });
  if (checked.success) return { result: checked.data, problems: [] };
  return { result: null, problems: checked.error.issues.map((issue) => problemOf(issue, value)) };
}

/** JSON Schema (draft 2020-12) of a result document. */
export function resultJsonSchema(): Record<string, unknown> {
  return { ...z.toJSONSchema(resultSchema, { io: "output", target: "draft-2020-12" }) };
}

/** Text of `result.schema.json`. */
export function resultSchemaText(): string {
  return JSON.stringify(resultJsonSchema(), null, 2) + "\n";
}

if (import.meta.main) {
  const path = fromFileUrl(new URL("result.schema.json", import.meta.url));
  await writeAtomic(path, resultSchemaText());
}
