import {
  assert,
  assertEquals,
  assertGreater,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import { EnvironmentError, float32 } from "../core/mod.ts";
import { readSafetensors } from "../models/mod.ts";
import { architecturesOf } from "./architecture.ts";
import type { TrainingRecord } from "./record.ts";
import { trainSeed } from "./seed.ts";
import { tinyRecipe, tinyTask } from "./tiny_data.ts";
import { trainRecipe } from "./train.ts";

const task = tinyTask(320, 128);

async function withDirectory<T>(body: (directory: string) => Promise<T>): Promise<T> {
  const directory = await Deno.makeTempDir();
  try {
    return await body(directory);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

async function namesIn(directory: string): Promise<string[]> {
  return (await Array.fromAsync(Deno.readDir(directory))).map(({ name }) => name).sort();
}

Deno.test("trainRecipe() learns, prunes to the target and proves the pattern", async () => {
  await withDirectory(async (directory) => {
    const recipe = tinyRecipe({ dense: { epochs: 6 }, prune: { epochs: 6 } });
    const stages: string[] = [];
    const record = await trainRecipe(recipe, "quick", task, {
      directory,
      onProgress: ({ seed, stage, metric }) => metric === null || stages.push(`${seed} ${stage}`),
    });
    assertEquals(record.seeds, [1, 2]);
    for (const { last, groups } of [...record.dense, ...record.sparse]) {
      assertGreater(last, 0.9);
      assertEquals(groups.map(({ bucket }) => bucket), ["bad", "good"]);
    }
    assertEquals(record.sparsity, 0.75);
    assertEquals(record.layers.length, 6);
    assert(record.layers.every(({ proved, violation }) => proved && violation === null));
    assertEquals(record.skipped.map(({ name }) => name), [
      "bert.pooler.dense.weight",
      "classifier.weight",
    ]);
    assertStringIncludes(record.skipped[0]!.reason, '"pooler"');
    assertEquals(new Set(stages), new Set(["1 dense", "1 sparse", "2 dense", "2 sparse"]));
    assertEquals(await namesIn(directory), [
      "dense-1.safetensors",
      "dense-2.safetensors",
      "log-1.jsonl",
      "log-2.jsonl",
      "log.jsonl",
      "record.json",
      "seed-1.json",
      "seed-2.json",
      "sparse-1.safetensors",
      "sparse-2.safetensors",
    ]);
    const saved = JSON.parse(await Deno.readTextFile(`${directory}/record.json`)) as TrainingRecord;
    assertEquals(saved, JSON.parse(JSON.stringify(record)));
    const { tensors } = await readSafetensors(`${directory}/sparse-1.safetensors`);
    const zeros = record.layers.map(({ name }) => {
      const { data } = tensors.get(name)!;
      return [...data].filter((weight) => Number(weight) === 0).length / data.length;
    });
    assertEquals(zeros, record.layers.map(({ sparsity }) => sparsity));
  });
});

Deno.test("trainSeed() interrupted and resumed gives the files of an uninterrupted run", async () => {
  const recipe = tinyRecipe();
  const files = ["dense-1.safetensors", "sparse-1.safetensors", "log-1.jsonl"];
  const read = (directory: string) =>
    Promise.all(files.map((name) => Deno.readFile(`${directory}/${name}`)));
  const whole = await withDirectory(async (directory) => {
    await trainSeed(recipe, "quick", task, 1, { directory });
    return await read(directory);
  });
  const pieces = await withDirectory(async (directory) => {
    // Stops in both stages: before pruning, and between two changes of the masks.
    for (const stop of ["dense 7", "sparse 5", "sparse 23"]) {
      const abort = new AbortController();
      await assertRejects(
        () =>
          trainSeed(recipe, "quick", task, 1, {
            directory,
            signal: abort.signal,
            onProgress: ({ stage, step }) => {
              if (`${stage} ${step}` === stop) abort.abort(new Error("stopped"));
            },
          }),
        Error,
        "stopped",
      );
    }
    await trainSeed(recipe, "quick", task, 1, { directory });
    return await read(directory);
  });
  const killed = await withDirectory(async (directory) => {
    // No chance to save: only what the checkpoints of the last steps hold is left.
    for (const stop of ["dense 29", "sparse 17"]) {
      await assertRejects(
        () =>
          trainSeed(recipe, "quick", task, 1, {
            directory,
            checkpointMs: 20,
            onProgress: ({ stage, step }) => {
              if (`${stage} ${step}` === stop) throw new Error("killed");
            },
          }),
        Error,
        "killed",
      );
    }
    await trainSeed(recipe, "quick", task, 1, { directory });
    return await read(directory);
  });
  files.forEach((name, i) => assert(equalBytes(whole[i]!, killed[i]!), `${name}, killed`));
  files.forEach((name, i) => assert(equalBytes(whole[i]!, pieces[i]!), name));
});

function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}

Deno.test("trainSeed() trains with every loss, clipping and group lasso, and to N:M", async () => {
  const distillation = { hidden: 1, logits: 1, attention: 0, temperature: 2, taskLoss: 1 };
  const recipes = [
    tinyRecipe({
      dense: { epochs: 6 },
      prune: {
        epochs: 4,
        distillation,
        clipNorm: 1,
        groupLasso: { alpha: 1e-4, variant: "correct" },
      },
    }),
    tinyRecipe({
      dense: { epochs: 6 },
      prune: { epochs: 4 },
      distil: false,
      sparsity: { pattern: "2:4", target: 0.5, scope: "layer", criterion: "magnitude" },
    }),
  ];
  for (const recipe of recipes) {
    const record = await withDirectory((directory) =>
      trainSeed(recipe, "quick", task, 1, { directory })
    );
    assertGreater(record.sparse.last, 0.9);
    assertEquals(record.sparsity, recipe.sparsity.target);
    assert(record.layers.every(({ proved }) => proved));
  }
});

Deno.test("trainSeed() stops with step and cause if the loss is not finite", async () => {
  await withDirectory(async (directory) => {
    const recipe = tinyRecipe({ dense: { learningRate: 1e30, warmupSteps: 0 } });
    const error = await assertRejects(
      () => trainSeed(recipe, "quick", task, 1, { directory }),
      RangeError,
      "Cannot go on training seed 1: loss is ",
    );
    assertStringIncludes(error.message, "of the dense stage (learning rate ");
    assertStringIncludes(error.message, "Try: a lower learningRate");
  });
});

Deno.test("trainSeed() says how to go on where what an earlier run left is broken", async () => {
  await withDirectory(async (directory) => {
    const recipe = tinyRecipe();
    const train = () => trainSeed(recipe, "quick", task, 1, { directory });
    const broken = async (name: string, words: string): Promise<void> => {
      const error = await assertRejects(train, EnvironmentError, words);
      assertStringIncludes(error.message, `${directory}/${name}`);
      assertEquals(error.remedy, "the same command with --fresh, which trains from the start");
      await Deno.remove(`${directory}/${name}`);
    };
    for (const name of ["seed-1.json", "dense-1.json"]) {
      await Deno.writeTextFile(`${directory}/${name}`, "{");
      await broken(name, "expected JSON");
    }
    await Deno.writeFile(`${directory}/checkpoint-1.safetensors`, new Uint8Array(4));
    await broken("checkpoint-1.safetensors", "4 bytes, expected a safetensors file");
    // A record of something else is no record of this training.
    await Deno.writeTextFile(`${directory}/seed-1.json`, "null");
    await Deno.writeTextFile(`${directory}/dense-1.json`, '{"key":"another"}');
    assertEquals((await train()).seed, 1);
  });
});

Deno.test("trainSeed() blames the weights that it starts from, not steps that have not been", async () => {
  await withDirectory(async (directory) => {
    const recipe = tinyRecipe();
    const drawn = architecturesOf(recipe, "quick").dense.draw("x");
    const spoilt = "bert.encoder.layer.0.output.dense.weight";
    const initial = new Map(
      [...drawn].map(([name, { shape, data }]) => [
        name,
        float32(shape, name === spoilt ? data.map(() => NaN) : data),
      ]),
    );
    const { message } = await assertRejects(
      () => trainSeed(recipe, "quick", task, 1, { directory, initial }),
      RangeError,
    );
    assertStringIncludes(message, "loss is NaN at step 0 of the dense stage");
    assertStringIncludes(message, `"${spoilt}" has weights that are not finite: it starts from`);
    assertStringIncludes(message, "Try: other weights to start from");
  });
});

Deno.test("trainSeed() differs from seed to seed and not from run to run", async () => {
  const recipe = tinyRecipe({
    dense: { epochs: 1 },
    prune: { epochs: 1, warmEpochs: 0.2, cooldownEpochs: 0.2 },
  });
  const train = (seed: number) =>
    withDirectory(async (directory) => {
      await trainSeed(recipe, "quick", task, seed, { directory });
      return await Deno.readFile(`${directory}/sparse-${seed}.safetensors`);
    });
  const [one, again, two] = [await train(1), await train(1), await train(2)];
  assert(equalBytes(one, again));
  assert(!equalBytes(one, two));
});
