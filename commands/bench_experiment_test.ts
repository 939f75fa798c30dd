import { assert, assertEquals, assertRejects } from "@std/assert";
import { join } from "@std/path";
import { UsageError } from "../core/mod.ts";
import { profileOf } from "../recipes/mod.ts";
import { listResults, machineName } from "../results/mod.ts";
import { findExperiment, type TrainingExperiment, type Variant } from "../suites/mod.ts";
import { trainSeed } from "../training/mod.ts";
import { bench } from "./bench.ts";
import { benchExperiment, type ExperimentPlaces } from "./bench_experiment.ts";
import { readInput } from "./command.ts";
import { fakeTerminal, type Written } from "./fake_terminal.ts";
import type { TrainJob } from "./train_jobs.ts";
import { openSeedTask } from "./train_plan.ts";

/** A training of the experiment on few examples, an epoch a stage. */
function small({ recipe, place }: Variant): Variant {
  const { dense, prune, ...rest } = profileOf(recipe, "quick");
  const quick = {
    ...rest,
    dataset: { name: "synthetic-digits", trainExamples: 64, devExamples: 40 },
    dense: { ...dense, epochs: 1 },
    prune: { ...prune, epochs: 2, warmEpochs: 0, cooldownEpochs: 0.5, frequency: 1 },
  } as const;
  return { recipe: { ...recipe, profiles: { quick } }, place };
}

const { variants, ...rest } = findExperiment("subpopulations")!;
const EXPERIMENT: TrainingExperiment = {
  ...rest,
  variants: variants.slice(0, 2).map(small),
  seeds: { full: 2, quick: 1 },
};
const [DENSE, SPARSE] = EXPERIMENT.variants.map(({ recipe }) => recipe.name);

/** What an experiment wrote, and which seeds it had trained. */
interface Ran {
  readonly written: Written;
  readonly trained: readonly string[];
}

async function trainHere(jobs: readonly TrainJob[]): Promise<void> {
  for (const { plan, seed, directory } of jobs) {
    using opened = await openSeedTask(plan, seed);
    await trainSeed(plan.recipe, plan.profile, opened.task, seed, { directory });
  }
}

async function run(
  root: string,
  args: readonly string[],
  train: ExperimentPlaces["train"] = trainHere,
): Promise<Ran> {
  const { terminal, written } = fakeTerminal();
  const trained: string[] = [];
  const input = readInput(bench, [EXPERIMENT.id, ...args]);
  await benchExperiment(EXPERIMENT, input, terminal, {
    cache: join(root, "cache"),
    results: join(root, "results"),
    train: async (jobs, terminal) => {
      trained.push(...jobs.map(({ plan, seed }) => `${plan.recipe.name} ${seed}`));
      await train!(jobs, terminal);
    },
  });
  return { written, trained };
}

async function withFolder(test: (root: string) => Promise<void>): Promise<void> {
  const root = await Deno.makeTempDir();
  try {
    await test(root);
  } finally {
    await Deno.remove(root, { recursive: true });
  }
}

Deno.test("benchExperiment() trains, files and prints, and does not train twice", async () => {
  await withFolder(async (root) => {
    const csv = join(root, "figures.csv");
    const first = await run(root, ["--quick", "--csv", csv]);
    assertEquals(first.trained, [`${DENSE} 1`, `${SPARSE} 1`]);
    assert(first.written.out.length > 2, first.written.out.join("\n"));
    const name = EXPERIMENT.id;
    const [filed, ...others] = await listResults(join(root, "results"), {
      machine: await machineName(),
      name,
    });
    assertEquals(others, []);
    const { experiment, profile, suite } = filed!.result;
    assertEquals([suite, profile], [EXPERIMENT.id, "quick"]);
    assertEquals(experiment!.models.map(({ kind, runs }) => [kind, runs.length]), [
      ["dense", 1],
      ["sparse", 1],
    ]);
    assertEquals(experiment!.data.classes.length, 10);
    assertEquals(Uint8Array.fromBase64(experiment!.data.labels!).length, 40);
    assertEquals(experiment!.models[0]!.runs[0]!.sparsity, 0);
    assert(Math.abs(experiment!.models[1]!.runs[0]!.sparsity - 0.8) < 0.01);
    assert((await Deno.readTextFile(csv)).split("\n").length > 2);

    const again = await run(root, ["--quick", "--json"]);
    assertEquals(again.trained, []);
    assert(again.written.err.includes("train done before, unchanged"));
    assertEquals(JSON.parse(again.written.out.join("\n")).experiment, experiment);
  });
});

Deno.test("benchExperiment() trains a seed of every network before the next, and can go on after a failure", async () => {
  await withFolder(async (root) => {
    const jobs: string[] = [];
    const fail: ExperimentPlaces["train"] = (given) => {
      jobs.push(...given.map(({ plan, seed }) => `${plan.recipe.name} ${seed}`));
      return Promise.reject(new Error("no memory"));
    };
    await assertRejects(() => run(root, [], fail), Error, "no memory");
    assertEquals(jobs, [`${DENSE} 1`, `${SPARSE} 1`, `${DENSE} 2`, `${SPARSE} 2`]);
    // Nothing is filed, and the entries are free again.
    const none = await listResults(join(root, "results"), {
      machine: await machineName(),
      name: EXPERIMENT.id,
    });
    assertEquals(none, []);
    const { trained } = await run(root, ["--quick", "--filter", "gradual-80"]);
    // What is compared with stays, whatever the filter.
    assertEquals(trained, [`${DENSE} 1`, `${SPARSE} 1`]);
  });
});

Deno.test("benchExperiment() refuses a filter that leaves nothing", async () => {
  await withFolder(async (root) => {
    await assertRejects(
      () => run(root, ["--filter", "gradual-77"]),
      UsageError,
      `no training contains "gradual-77", expected a part of e.g. "${SPARSE}"`,
    );
  });
});
