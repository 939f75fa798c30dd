import { assert, assertAlmostEquals, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { openPlanes } from "../../datasets/mod.ts";
import { type Graph, networkNamed, zeroParameters } from "../../models/mod.ts";
import { findRecipe, type Profile, type Recipe } from "../../recipes/mod.ts";
import { packCorrect } from "../final_result.ts";
import { trainSeed } from "../seed.ts";
import { planeTask } from "./planes.ts";

const STREAMS = await openPlanes(
  { name: "synthetic-digits", trainExamples: 96, devExamples: 40 },
  ".",
);

function graphOf(name: string): Graph {
  return networkNamed(name).build({ batch: 1 }, zeroParameters());
}

Deno.test("planeTask() refuses networks of other images or classes", () => {
  const task = planeTask(STREAMS, graphOf("mnist-cnn"));
  task.check(graphOf("mnist-cnn"));
  assertThrows(() => task.check(graphOf("gsc-cnn")), RangeError, "expected [1,28,28]");
});

Deno.test("planeTask() scores each example once, also if batches come in another order", async () => {
  const graph = graphOf("mnist-cnn");
  const task = planeTask(STREAMS, graph);
  const output = graph.outputs[0]!.name;
  const batches = await Array.fromAsync(task.devBatches(16));
  const scorer = task.scorer();
  for (const batch of batches.toReversed()) {
    // Right about even examples, and one class off about odd ones.
    const scores = new Float32Array(10 * batch.examples.length);
    batch.examples.forEach((example, row) => {
      scores[10 * row + (batch.labels[row]! + example % 2) % 10] = 1;
    });
    scorer.add(batch, { [output]: scores });
  }
  const { metric, correct, groups } = scorer.finish();
  assertEquals(metric, 0.5);
  assertEquals([...correct!.subarray(0, 4)], [1, 0, 1, 0]);
  assertEquals(groups.reduce((sum, { count }) => sum + count, 0), 40);
});

Deno.test("planeTask() tests under ten levels of noise and counts right answers of all", () => {
  const task = planeTask(STREAMS, graphOf("mnist-cnn"), { noise: true });
  assertEquals(task.trials!.map(({ name }) => name).slice(0, 2), ["noise 0.05", "noise 0.1"]);
  const evaluation = { metric: 0.5, groups: [], correct: Uint8Array.of(1, 0, 1, 0) };
  const trials = new Map(task.trials!.map(({ name }) => [name, evaluation]));
  assertEquals(task.sumUp!(trials, evaluation), { "noise score": 22 });
});

Deno.test("planeTask() learns a teacher's classes and refuses to compare hidden states", () => {
  const graph = graphOf("mnist-cnn");
  const output = graph.outputs[0]!.name;
  const task = planeTask(STREAMS, graph);
  const weights = { hidden: 0, logits: 2, attention: 0, temperature: 1, taskLoss: 1 };
  const distiller = task.distiller!(weights, graph);
  const batch = {
    shape: { batch: 1 },
    inputs: {},
    examples: Int32Array.of(0),
    labels: Int32Array.of(0),
  };
  const logits = (...values: number[]) => ({ [output]: Float32Array.from(values) });
  const { value, gradients } = distiller.loss(batch, logits(0, 0), logits(Math.log(3), 0));
  // KL of (1/2, 1/2) from (3/4, 1/4), twice.
  assertAlmostEquals(value, 2 * (0.75 * Math.log(1.5) + 0.25 * Math.log(0.5)), 1e-6);
  assertAlmostEquals(gradients[output]![0]!, 2 * (0.5 - 0.75), 1e-6);
  assertThrows(() => task.distiller!({ ...weights, hidden: 1 }, graph), RangeError, "logits alone");
});

/** A short training of a published recipe on generated digits. */
async function shortRecipe(): Promise<Recipe> {
  const recipe = await findRecipe("mnist-cnn-sparse2-mnist");
  const quick = recipe.profiles.quick!;
  const short: Profile = {
    ...quick,
    dense: { ...quick.dense, epochs: 1 },
    prune: { ...quick.prune, epochs: 2 },
  };
  return { ...recipe, profiles: { quick: short } };
}

Deno.test("trainSeed() on images: killed and resumed ends with the same weights, the pattern proved", async () => {
  const recipe = await shortRecipe();
  const task = planeTask(STREAMS, graphOf("mnist-sparse-cnn-2"));
  const train = async (stops: readonly string[]): Promise<Uint8Array> => {
    const directory = await Deno.makeTempDir();
    try {
      for (const stop of stops) {
        const onProgress = ({ stage, step }: { stage: string; step: number }): void => {
          if (`${stage} ${step}` === stop) throw new Error("killed");
        };
        await assertRejects(
          () => trainSeed(recipe, "quick", task, 1, { directory, checkpointMs: 1, onProgress }),
          Error,
          "killed",
        );
      }
      const record = await trainSeed(recipe, "quick", task, 1, { directory });
      assert(record.layers.length > 0 && record.layers.every(({ proved }) => proved));
      assertEquals(record.sparse.correct!.length, packCorrect(new Uint8Array(40)).length);
      return await Deno.readFile(`${directory}/sparse-1.safetensors`);
    } finally {
      await Deno.remove(directory, { recursive: true });
    }
  };
  assertEquals(await train(["dense 2", "sparse 4"]), await train([]));
});
