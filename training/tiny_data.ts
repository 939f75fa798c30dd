/**
 * A task small enough for tests: does the sequence hold more of the "good" words than of the "bad" ones?
 *
 * @module
 */
import { createRandom } from "../core/mod.ts";
import type { Dataset, Examples } from "../datasets/mod.ts";
import type { PruneTraining, Recipe, Training } from "../recipes/mod.ts";
import type { Task } from "./task.ts";
import { type TextBatch, textTask } from "./tasks/text.ts";

const CLS = 1;
const SEP = 2;
/** Words 3 to 9 are good, 10 to 16 bad, 17 to 29 neither. */
const VOCABULARY = 30;
const SEQUENCE = 16;

/** The task with the given numbers of examples; always the same examples. */
export function tinyDataset(train: number, dev: number): Dataset {
  return {
    kind: "text",
    name: "tiny",
    classes: ["bad", "good"],
    metric: "accuracy",
    train: tinyExamples(train, "train"),
    dev: tinyExamples(dev, "dev"),
    vocabulary: VOCABULARY,
    ceiling: 1,
    majority: 0.5,
    origin: { kind: "generated", generator: "tiny", seed: 0 },
  };
}

function tinyExamples(count: number, label: string): Examples {
  const random = createRandom(label);
  const inputIds = new Int32Array(count * SEQUENCE);
  const lengths = new Int32Array(count);
  const labels = new Int32Array(count);
  for (let example = 0; example < count; example++) {
    const good = random.integer(2);
    const words = 3 + random.integer(11);
    const ids = [CLS];
    // One decisive word, the others without meaning.
    const decisive = random.integer(words);
    for (let i = 0; i < words; i++) {
      ids.push(i === decisive ? (good ? 3 : 10) + random.integer(7) : 17 + random.integer(13));
    }
    ids.push(SEP);
    inputIds.set(ids, example * SEQUENCE);
    lengths[example] = ids.length;
    labels[example] = good;
  }
  return {
    count,
    sequence: SEQUENCE,
    inputIds,
    tokenTypes: new Int32Array(count * SEQUENCE),
    lengths,
    labels,
    groups: [{ by: "class", buckets: ["bad", "good"], of: Uint8Array.from(labels) }],
  };
}

/** {@linkcode tinyDataset} as a task. */
export function tinyTask(train: number, dev: number): Task<TextBatch> {
  return textTask(tinyDataset(train, dev));
}

/** What tests change in {@linkcode tinyRecipe}. */
export interface TinyChanges {
  /** Settings of the dense stage. */
  readonly dense?: Partial<Training>;
  /** Settings of the sparse stage. */
  readonly prune?: Partial<PruneTraining>;
  /** Whether the sparse stage learns from the dense model; default true. */
  readonly distil?: boolean;
  /** What is pruned and how. */
  readonly sparsity?: Partial<Recipe["sparsity"]>;
}

/** Two epochs of AdamW, or what is changed of them. */
export function tinyTraining(changes: Partial<Training> = {}): Training {
  return {
    epochs: 2,
    batch: 16,
    learningRate: 3e-3,
    learningRateSchedule: "linear",
    warmupSteps: 4,
    weightDecay: 0.01,
    betas: [0.9, 0.999],
    epsilon: 1e-8,
    optimizer: "adamw",
    momentum: 0,
    nesterov: false,
    gamma: 0.1,
    labelSmoothing: 0,
    dropout: 0.1,
    ...changes,
  };
}

/** A recipe whose quick profile trains a very small network on {@linkcode tinyDataset}. */
export function tinyRecipe(changes: TinyChanges = {}): Recipe {
  const training = tinyTraining();
  const model = {
    architecture: "bert",
    name: "bert-test",
    layers: 1,
    hidden: 16,
    heads: 2,
    intermediate: 32,
    vocabulary: VOCABULARY,
    positions: SEQUENCE,
    head: "classification",
    classes: 2,
    init: "scratch",
  } as const;
  const profile = {
    dataset: { name: "synthetic-sentiment", sequence: SEQUENCE },
    seeds: 2,
    sparseFrom: "dense",
    dense: { ...training, ...changes.dense },
    prune: {
      ...training,
      learningRateSchedule: "constant",
      method: "gradual",
      pruneGradients: false,
      warmEpochs: 0.5,
      cooldownEpochs: 0.5,
      frequency: 2,
      ...(changes.distil ?? true) &&
        { distillation: { hidden: 2, logits: 0, attention: 0, temperature: 2, taskLoss: 0 } },
      ...changes.prune,
    },
  } as const;
  return {
    format: "skipzero.recipe/1",
    name: "bert-test-4x1-tiny",
    title: "Test",
    claim: {
      document: "none",
      row: "none",
      metric: "accuracy",
      dense: 1,
      sparse: 1,
      kind: "single",
      fidelity: "exact",
      sources: [{ url: "https://example.org", says: "nothing" }],
      notes: [],
    },
    model,
    sparsity: {
      pattern: "4x1",
      target: 0.75,
      scope: "global",
      maxPerLayer: 0.98,
      criterion: "snip_momentum",
      reduce: "mean",
      schedule: "exp",
      include: ["encoder"],
      exclude: ["pooler", "classifier"],
      ...changes.sparsity,
    },
    benchmark: { sequence: SEQUENCE, batches: [1], headline: 1 },
    profiles: { quick: profile, published: profile },
    tolerances: { accuracyGap: 0.02, accuracy: 0.02, speedup: 1 },
  };
}
