import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { EnvironmentError, UsageError } from "../core/mod.ts";
import { findRecipe } from "../recipes/mod.ts";
import { findTrainingRecipe } from "../suites/mod.ts";
import type { TrainingRecord } from "../training/mod.ts";
import { readInput } from "./command.ts";
import { fakeTerminal, type Written } from "./fake_terminal.ts";
import { CACHE } from "./stages.ts";
import { startNotes, train } from "./train.ts";
import { keyOfSeeds, planTraining } from "./train_plan.ts";

async function run(...args: readonly string[]): Promise<Written> {
  const { terminal, written } = fakeTerminal();
  assertEquals(await train.run(readInput(train, args), terminal), 0);
  return written;
}

Deno.test("train leaves a record, says how good the models are, and does not train twice", async () => {
  const name = "how-sparse-gradual-90";
  const { family } = await planTraining({
    recipe: findTrainingRecipe(name)!,
    ...{ profile: "quick", data: null, seeds: 1, trainExamples: 96 } as const,
  });
  const args = [name, "--seeds", "1", "--train-examples", "96"];
  try {
    const first = await run(...args, "--fresh", "--json");
    const record = JSON.parse(first.out.join("\n")) as TrainingRecord;
    assertEquals([record.recipe, record.seeds, record.dataset.train], [name, [1], 96]);
    assert(Math.abs(record.sparsity - 0.9) < 0.01);
    const last = first.err.at(-1)!;
    assertStringIncludes(last, "train 1 seed in ");
    assertStringIncludes(last, "% dense, ");
    assertStringIncludes(last, "at 90.0 % zeros");
    const again = await run(...args);
    assertEquals([again.out, again.err], [[], ["train done before, unchanged"]]);
    const more = await run(name, "--seeds", "2", "--train-examples", "96", "--json");
    const both = JSON.parse(more.out.join("\n")) as TrainingRecord;
    assertEquals([both.dense[0], both.sparse[0]], [record.dense[0], record.sparse[0]]);
    assertEquals(both.seeds, [1, 2]);
    assertStringIncludes(more.err.at(-1)!, "1 trained before");
  } finally {
    for (const seeds of [1, 2]) {
      await Deno.remove(join(CACHE, "train", keyOfSeeds(family, seeds)), { recursive: true });
    }
  }
});

Deno.test("train says before it starts what cannot be done", async () => {
  const attempt = (...args: readonly string[]): Promise<Error> =>
    assertRejects(() => run(...args), Error);
  const few = await attempt("how-sparse-gradual-90", "--train-examples", "3");
  assert(few instanceof EnvironmentError);
  assertStringIncludes(few.message, "3 training examples, expected a batch of 32 at least");
  const unknown = await attempt("how-sparse-gradual-91");
  assert(unknown instanceof UsageError);
  const folder = await Deno.makeTempDir();
  try {
    await Deno.mkdir(join(folder, "mnist"));
    await Deno.writeTextFile(join(folder, "mnist/train-images-idx3-ubyte"), "<html>");
    await Deno.writeTextFile(join(folder, "mnist/train-labels-idx1-ubyte"), "<html>");
    const broken = await attempt(
      ...["mnist-cnn-sparse1-mnist", "--profile", "published", "--data", folder],
    );
    assert(broken instanceof EnvironmentError);
    assertStringIncludes(broken.message, "it starts with 3c 68 74 6d, expected 00 00 08 03");
    assertEquals(broken.remedy, `deno task fetch mnist --data ${folder}, or unpack it anew`);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("startNotes() tells of a checkpoint that is missing, and of what was done to one", async () => {
  const recipe = await findRecipe("resnet20-2x1-cifar10");
  const plan = { recipe, profile: "published", data: "/d", initial: null } as const;
  const deviations = ["seeds: 1 instead of 3", "init: not used: a"];
  const [note] = startNotes(plan, { deviations });
  assertStringIncludes(note!, "there is no /d/weights/cifar10_resnet20.safetensors; weights are ");
  const initial = { path: "/d/weights/cifar10_resnet20.safetensors", sha256: "" };
  assertEquals(startNotes({ ...plan, initial }, { deviations }), ["init: not used: a"]);
  assertEquals(startNotes({ ...plan, profile: "quick" }, { deviations: [] }), []);
});
