/**
 * The shape of an experiment's trainings as a zod schema, a part of the result document's.
 *
 * @module
 */
import { z } from "zod";
import type { Experiment } from "./experiment.ts";

const fraction = z.number().min(0).max(1);
const count = z.number().int().min(0);

const run = z.looseObject({
  seed: z.number().int(),
  metric: fraction.describe("After the last step"),
  sparsity: fraction.describe("Fraction of zeros in the pruned layers"),
  noise: z.array(z.looseObject({ level: fraction, metric: fraction }))
    .describe("Metric under noise, the weakest first"),
  groups: z.array(z.looseObject({ by: z.string(), bucket: z.string(), count, metric: fraction })),
  correct: z.base64().nullable()
    .describe("Examples it is right about: one bit each, most significant first, base64"),
});

const model = z.looseObject({
  id: z.string().min(1),
  series: z.string().describe("What makes a line of it and others"),
  kind: z.enum(["dense", "sparse"]),
  network: z.string(),
  pattern: z.string(),
  target: fraction.describe("Fraction of zeros asked for in the pruned layers"),
  width: z.number().min(0).describe("Times as wide as the narrowest network"),
  parameters: count,
  nonZeros: count,
  runs: z.array(run).describe("One for each seed"),
});

/** Of {@linkcode Experiment}. */
export const experimentSchema: z.ZodType<Experiment> = z.looseObject({
  data: z.looseObject({
    name: z.string(),
    train: count,
    dev: count,
    metric: z.string(),
    ceiling: fraction.nullable().describe("Best that any model can reach, where it is known"),
    majority: fraction.describe("What guessing the commonest class reaches"),
    classes: z.array(z.string()),
    labels: z.base64().nullable().describe("Class of every evaluation example, one byte each"),
  }),
  models: z.array(model),
  published: z.array(
    z.looseObject({ label: z.string(), sparsity: fraction, metric: fraction, dense: fraction }),
  ).describe("Figures printed in the documents"),
  schedule: z.looseObject({ target: fraction, from: count, to: count, frequency: count })
    .exactOptional().describe("When zeros were to come, in steps of the sparse stage"),
}).describe("Networks that an experiment trained, with the raw figures of every seed");
