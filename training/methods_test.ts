import { assert, assertAlmostEquals, assertEquals, assertRejects } from "@std/assert";
import type { LogLine, SeedRecord } from "./record.ts";
import { trainSeed } from "./seed.ts";
import { sparsityAt } from "./sparsity_schedule.ts";
import { type TinyChanges, tinyRecipe, tinyTask } from "./tiny_data.ts";

const task = tinyTask(160, 32);
const RIGL = { fraction: 0.3, untilFraction: 0.75, distribution: "erk", scope: "layer" } as const;
const SGD = { optimizer: "sgd", momentum: 0.9, nesterov: true, learningRate: 0.05 } as const;

/** Trainings of 30 steps each stage; the sparse one has masks that change every third step, if at all. */
const METHODS: Readonly<
  Record<string, TinyChanges & { readonly sparsity: { readonly target: number } }>
> = {
  "gradual magnitude pruning": {
    prune: { method: "gradual", frequency: 3 },
    sparsity: {
      pattern: "unstructured",
      target: 0.8,
      criterion: "magnitude",
      schedule: "gmp_cubic",
    },
  },
  "one shot to 2:4": {
    prune: { method: "one_shot" },
    sparsity: { pattern: "2:4", target: 0.5, criterion: "magnitude", scope: "layer" },
  },
  "static masks": {
    prune: { method: "static", ...SGD },
    sparsity: { pattern: "unstructured", target: 0.5 },
  },
  "RigL on weights": {
    prune: { method: "rigl", frequency: 3, rigl: RIGL, ...SGD },
    sparsity: { pattern: "unstructured", target: 0.75 },
  },
  "RigL on blocks, between layers": {
    prune: { method: "rigl", frequency: 3, rigl: { ...RIGL, scope: "global" } },
    sparsity: { pattern: "4x1", target: 0.75 },
  },
  "group lasso and pruned gradients": {
    prune: {
      frequency: 3,
      pruneGradients: true,
      groupLasso: { alpha: 1e-3, variant: "correct" },
      optimizer: "adam",
    },
    sparsity: { target: 0.75 },
  },
};

interface Trained {
  readonly record: SeedRecord;
  readonly log: readonly LogLine[];
  readonly weights: Uint8Array;
}

/** Trains a seed; interrupts it after `stop` steps of the sparse stage first, if given. */
async function train(changes: TinyChanges, stop?: number): Promise<Trained> {
  const directory = await Deno.makeTempDir();
  const recipe = tinyRecipe({
    ...changes,
    dense: { epochs: 3 },
    prune: { epochs: 3, ...changes.prune },
  });
  try {
    if (stop !== undefined) {
      const abort = new AbortController();
      const interrupted = trainSeed(recipe, "quick", task, 1, {
        directory,
        signal: abort.signal,
        onProgress({ stage, step }): void {
          if (stage === "sparse" && step === stop) abort.abort(new Error("stopped"));
        },
      });
      await assertRejects(() => interrupted, Error, "stopped");
    }
    const record = await trainSeed(recipe, "quick", task, 1, { directory });
    const lines = (await Deno.readTextFile(`${directory}/log-1.jsonl`)).trim().split("\n");
    return {
      record,
      log: lines.map((line) => JSON.parse(line) as LogLine),
      weights: await Deno.readFile(`${directory}/sparse-1.safetensors`),
    };
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

for (const [name, changes] of Object.entries(METHODS)) {
  Deno.test(`trainSeed() with ${name} proves its pattern, and goes on where it was interrupted`, async () => {
    const whole = await train(changes);
    assertEquals(whole.record.layers.filter(({ proved }) => !proved), []);
    assertAlmostEquals(whole.record.sparsity, changes.sparsity.target, 0.01);
    const again = await train(changes, 17);
    assertEquals(again.log, whole.log);
    assert(again.weights.every((byte, i) => byte === whole.weights[i]));
  });
}

Deno.test("trainSeed() with gradual pruning follows the schedule step by step", async () => {
  const { log } = await train(METHODS["gradual magnitude pruning"]!);
  // 10 steps an epoch; half an epoch before and after: changes before steps 5, 8, ..., 23.
  const sparse = log.filter(({ stage }) => stage === "sparse");
  assertEquals(sparse.length, 30);
  for (const { step, sparsity } of sparse) {
    const index = Math.max(0, Math.min(6, Math.floor((step - 1 - 5) / 3)));
    assertAlmostEquals(sparsity, sparsityAt("gmp_cubic", 0.8, index, 6), 1e-3, `step ${step}`);
  }
});

Deno.test("trainSeed() with RigL has the same sparsity at every step", async () => {
  const { log } = await train(METHODS["RigL on weights"]!);
  const sparsities = log.filter(({ stage }) => stage === "sparse").map(({ sparsity }) => sparsity);
  assertEquals(new Set(sparsities).size, 1);
});
