import { assert, assertEquals, assertGreater, assertRejects } from "@std/assert";
import { dataDirectory } from "../../core/mod.ts";
import {
  generateBoxes,
  generateClicks,
  generateSpans,
  openCoco,
  openCriteo,
  openSquad,
} from "../../datasets/mod.ts";
import { networkNamed, zeroParameters } from "../../models/mod.ts";
import type { PruneTraining, Recipe, Training } from "../../recipes/mod.ts";
import type { SeedRecord } from "../record.ts";
import { type TrainOptions, trainSeed } from "../seed.ts";
import type { Task } from "../task.ts";
import { tinyRecipe } from "../tiny_data.ts";
import { boxTask } from "./boxes.ts";
import { clickTask } from "./clicks.ts";
import { spanTask } from "./spans.ts";

/** What tests change in a recipe. */
interface Changes {
  readonly dense?: Partial<Training>;
  readonly prune?: Partial<PruneTraining>;
}

const DLRM = networkNamed("dlrm-scaled").build({ batch: 1 }, zeroParameters());
const TABLE_ROWS = Array.from(
  { length: 26 },
  (_, i) => DLRM.initializers.get(`emb_l.${i}.weight`)!.shape[0]!,
);
const SSD = networkNamed("ssd-resnet34-scaled").build({ batch: 1 }, zeroParameters());

/** A recipe for a network by its name, a fraction of whose layers is pruned. */
function recipeOf(
  name: string,
  sparsity: Partial<Recipe["sparsity"]>,
  { dense, prune }: Changes,
): Recipe {
  const plain = { weightDecay: 0, dropout: 0, optimizer: "adam", warmupSteps: 0 } as const;
  const recipe = tinyRecipe({
    distil: false,
    dense: { ...plain, ...dense },
    prune: { ...plain, warmEpochs: 0.1, cooldownEpochs: 0.4, ...prune },
    sparsity: { exclude: [], ...sparsity },
  });
  return { ...recipe, model: { architecture: "network", name } };
}

function clickRecipe(changes: Changes): Recipe {
  const sparsity = { pattern: "4x16", target: 0.5, include: ["top_l.2", "top_l.4"] };
  return recipeOf("dlrm-scaled", sparsity, changes);
}

function boxRecipe(changes: Changes): Recipe {
  return recipeOf("ssd-resnet34-scaled", { pattern: "2x1", target: 0.5, include: ["layer2"] }, {
    dense: { batch: 4, learningRate: 2e-3, epochs: 1, ...changes.dense },
    prune: { batch: 4, learningRate: 1e-3, epochs: 1, ...changes.prune },
  });
}

/** A recipe for a BERT that answers questions and then learns from itself. */
function spanRecipe(vocabulary: number, positions: number, changes: Changes): Recipe {
  const weights = { taskLoss: 0, logits: 1, hidden: 1, attention: 0, temperature: 2 };
  const recipe = tinyRecipe({
    dense: { dropout: 0, ...changes.dense },
    prune: { dropout: 0, distillation: weights, ...changes.prune },
  });
  const { model } = recipe;
  if (model.architecture !== "bert") throw new Error("expected a BERT");
  const sizes = { hidden: 32, intermediate: 64, heads: 2, layers: 1 };
  return { ...recipe, model: { ...model, ...sizes, head: "span", vocabulary, positions } };
}

async function train<B>(
  recipe: Recipe,
  task: B,
  options: Partial<TrainOptions> & { readonly interruptAt?: number } = {},
): Promise<{ readonly record: SeedRecord; readonly weights: Uint8Array }> {
  const directory = await Deno.makeTempDir();
  // A task is given back only the batches that it made.
  const run = (more: Partial<TrainOptions>): Promise<SeedRecord> =>
    trainSeed(recipe, "quick", task as unknown as Task, 1, { directory, ...options, ...more });
  try {
    const { interruptAt } = options;
    if (interruptAt !== undefined) {
      const controller = new AbortController();
      const onProgress: TrainOptions["onProgress"] = ({ stage, step }) => {
        if (stage === "sparse" && step >= interruptAt) controller.abort(new Error("interrupted"));
      };
      await assertRejects(
        () => run({ signal: controller.signal, onProgress }),
        Error,
        "interrupted",
      );
    }
    const record = await run({});
    return { record, weights: await Deno.readFile(`${directory}/sparse-1.safetensors`) };
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

function assertProved({ layers, sparsity }: SeedRecord, target: number): void {
  assert(layers.length > 0 && layers.every(({ proved }) => proved));
  assert(Math.abs(sparsity - target) < 0.05, `sparsity ${sparsity}`);
}

Deno.test("clicks: a DLRM learns towards the ceiling, and keeps it in the pattern of its claim", async () => {
  const data = generateClicks({
    tableRows: TABLE_ROWS,
    trainExamples: 10_000,
    devExamples: 3000,
  });
  const changes = { batch: 128, learningRate: 3e-3, epochs: 1 };
  const recipe = clickRecipe({ dense: changes, prune: changes });
  const { record } = await train(recipe, await clickTask(data));
  assertGreater(record.dense.last, 0.7);
  assertGreater(record.sparse.last, 0.7);
  assert(record.dense.last < data.ceiling!);
  assertGreater(record.dense.others!.accuracy!, 0.75);
  assertProved(record, 0.5);
});

Deno.test("clicks: seeds decide everything, and an interrupted training gives the same weights", async () => {
  const data = generateClicks({ tableRows: TABLE_ROWS, trainExamples: 400, devExamples: 100 });
  const changes = { batch: 32, learningRate: 3e-3, epochs: 1 };
  const recipe = clickRecipe({ dense: changes, prune: changes });
  const task = await clickTask(data);
  const first = await train(recipe, task);
  assertEquals((await train(recipe, task, { interruptAt: 4 })).weights, first.weights);
});

Deno.test("spans: a BERT learns where answers stand, and as its own teacher while it is pruned", async () => {
  const data = generateSpans({ sequence: 64, trainExamples: 2000, devExamples: 200 });
  const changes = { batch: 32, learningRate: 4e-3, epochs: 3, warmupSteps: 20 };
  const recipe = spanRecipe(data.vocabulary, 64, {
    dense: changes,
    prune: { ...changes, epochs: 1 },
  });
  const losses: number[] = [];
  const { record } = await train(recipe, spanTask(data), {
    onProgress: ({ stage, loss }) => void (stage === "dense" && losses.push(loss)),
  });
  assertGreater(losses[0]!, 1.5 * losses.at(-1)!);
  assertGreater(record.dense.last, data.majority);
  assertGreater(record.sparse.last, data.majority);
  assert(record.dense.others!["exact match"]! <= record.dense.last);
  assertProved(record, 0.75);
});

Deno.test("spans: an interrupted training gives the same weights", async () => {
  const data = generateSpans({ sequence: 64, trainExamples: 160, devExamples: 40 });
  const changes = { batch: 16, epochs: 1 };
  const recipe = spanRecipe(data.vocabulary, 64, { dense: changes, prune: changes });
  const task = spanTask(data);
  const first = await train(recipe, task);
  assertEquals((await train(recipe, task, { interruptAt: 4 })).weights, first.weights);
});

Deno.test("boxes: an SSD's loss falls, its pattern is proved, and an interruption changes nothing", async () => {
  const data = generateBoxes({ side: 96, trainExamples: 40, devExamples: 8 });
  const task = boxTask(data, SSD);
  const recipe = boxRecipe({});
  const losses: number[] = [];
  const first = await train(recipe, task, {
    onProgress: ({ stage, loss }) => void (stage === "dense" && losses.push(loss)),
  });
  assertGreater(losses[0]!, 1.3 * losses.at(-1)!);
  assertProved(first.record, 0.5);
  assertEquals(Object.keys(first.record.dense.others!).includes("mAP .50"), true);
  assertEquals((await train(recipe, task, { interruptAt: 5 })).weights, first.weights);
});

const published = dataDirectory();

Deno.test({
  name: "spans, clicks, boxes: published examples go all the way through",
  ignore: published === null,
  fn: async (t) => {
    const once = { epochs: 1, batch: 8 };
    await t.step("SQuAD", async () => {
      const caps = { trainExamples: 24, devExamples: 8 };
      const data = await openSquad(published!, { sequence: 128, stride: 64, ...caps });
      const recipe = spanRecipe(data.vocabulary, 128, { dense: once, prune: once });
      const { record } = await train(recipe, spanTask(data));
      assert(record.dense.last >= 0 && record.sparse.last <= 1);
      assert(record.dense.groups.some(({ by }) => by === "question word"));
    });
    await t.step("Criteo", async () => {
      const caps = { trainExamples: 256, devExamples: 128 };
      const data = await openCriteo("criteo-kaggle", published!, {
        tableRows: TABLE_ROWS,
        ...caps,
      });
      const recipe = clickRecipe({ dense: once, prune: once });
      const { record } = await train(recipe, await clickTask(data));
      assert(record.sparse.last > 0 && record.sparse.last < 1);
    });
    await t.step("COCO", async () => {
      await withTrainingImages(published!, async (directory) => {
        const data = await openCoco(directory, { side: 96, trainExamples: 8, devExamples: 8 });
        // The scaled network tells 3 kinds of objects apart; only what it can name is asked.
        const task = boxTask({ ...data, classes: data.classes.slice(0, 4) }, SSD);
        assertEquals(task.counts, { train: 8, dev: 8 });
        const [batch] = await Array.fromAsync(task.trainBatches({ size: 4, label: "x", from: 1 }));
        assert(batch!.targets.every(({ matches }) => matches > 0));
      });
    });
  },
});

/** The sample of COCO in the layout of the whole set, its images for both splits. */
async function withTrainingImages(
  from: string,
  body: (directory: string) => Promise<void>,
): Promise<void> {
  const directory = await Deno.makeTempDir();
  try {
    await Deno.mkdir(`${directory}/coco2017/annotations`, { recursive: true });
    const sample = `${from}/coco2017-sample`;
    for (const split of ["train", "val"]) {
      await Deno.symlink(`${sample}/val2017`, `${directory}/coco2017/${split}2017`);
      await Deno.copyFile(
        `${sample}/annotations/instances_val2017.json`,
        `${directory}/coco2017/annotations/instances_${split}2017.json`,
      );
    }
    await body(directory);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}
