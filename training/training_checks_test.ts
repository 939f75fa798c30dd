import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { EnvironmentError } from "../core/mod.ts";
import { findRecipe } from "../recipes/mod.ts";
import { textTask } from "./tasks/text.ts";
import { tinyDataset, tinyRecipe, tinyTask } from "./tiny_data.ts";
import { type CheckedTask, checkTraining } from "./training_checks.ts";

function failure(recipe: ReturnType<typeof tinyRecipe>, task: CheckedTask): EnvironmentError {
  return assertThrows(() => checkTraining(recipe, "quick", task), EnvironmentError);
}

Deno.test("checkTraining() has nothing against a training that can be done", () => {
  checkTraining(tinyRecipe(), "quick", tinyTask(16, 1));
});

Deno.test("checkTraining() refuses nothing to train on, and nothing to evaluate on, and says why", () => {
  const { message, remedy } = failure(tinyRecipe(), tinyTask(16, 0));
  assertEquals(
    message,
    "Cannot evaluate on tiny: there are no examples to evaluate on, expected some",
  );
  assertEquals(remedy, "--data with the whole data set");
  const dataset = { ...tinyDataset(0, 8), notes: ["a sample of it"] };
  assertStringIncludes(
    failure(tinyRecipe(), textTask(dataset)).message,
    "there are no examples to train on (a sample of it), expected some",
  );
});

Deno.test("checkTraining() refuses fewer examples than either stage's batches hold", () => {
  const recipe = tinyRecipe({ prune: { batch: 17 } });
  const { message, remedy } = failure(recipe, tinyTask(16, 8));
  assertEquals(
    message,
    "Cannot train on tiny: 16 training examples, expected a batch of 17 at least",
  );
  assertStringIncludes(remedy!, "--train-examples with a larger number");
});

Deno.test("checkTraining() refuses data of other classes, as a matter of the data", () => {
  const dataset = { ...tinyDataset(16, 8), classes: ["a", "b", "c"] };
  const { message, remedy } = failure(tinyRecipe(), textTask(dataset));
  assertStringIncludes(message, "3 classes, expected at most 2");
  assertStringIncludes(remedy!, "--data with the data set that the recipe names");
});

Deno.test("checkTraining() refuses networks of which WebAssembly cannot hold a step of one example", async () => {
  const recipe = await findRecipe("bert-large-2x1-squad");
  const task: CheckedTask = {
    longest: 384,
    facts: { name: "squad", ceiling: null, majority: 0, origin: { kind: "files", files: [] } },
    counts: { train: 1000, dev: 10 },
    check: () => {},
  };
  const { message, remedy } = assertThrows(
    () => checkTraining(recipe, "published", task),
    EnvironmentError,
  );
  assertStringIncludes(message, "Cannot train bert-large");
  assertStringIncludes(
    message,
    " GB in a step of one example at a time, expected less than the 4.3 GB",
  );
  assertStringIncludes(remedy!, "deno task reproduce bert-large-2x1-squad");
  checkTraining(await findRecipe("resnet50-2x1-imagenet"), "published", task);
});
