/**
 * Checks of the trainings of a profile: whether optimiser, learning rate, method, pattern and losses go together.
 *
 * @module
 */
import { parsePattern } from "../core/mod.ts";
import { PLANE_SETS, TEXT_SETS } from "./dataset_choice.ts";
import type { Found, Path } from "./issues.ts";
import type { Profile, ProfileName, Recipe } from "./recipe.ts";
import type { PruneTraining, Training } from "./training_plan.ts";
import { profileOf } from "./trainable.ts";

/** Everything in the two trainings of a profile that does not go together. */
export function checkTrainings(recipe: Recipe, name: ProfileName): Found[] {
  const profile = profileOf(recipe, name);
  const at = ["profiles", name, "prune"];
  return [
    ...(["dense", "prune"] as const).flatMap((stage) =>
      checkTraining(profile[stage], profile, ["profiles", name, stage])
    ),
    ...checkRule(recipe, profile.prune),
    ...checkMethod(recipe, profile, at),
    ...checkEpochs(recipe, profile.prune, at),
    ...checkLosses(recipe, profile.prune, at),
  ];
}

function problem(path: Path, found: string, wanted: string, atKey = false): Found {
  return { path, atKey, text: `${path.join(".")} is ${found}, expected ${wanted}` };
}

function checkTraining(training: Training, { dataset }: Profile, at: Path): Found[] {
  const found = [...checkSchedule(training, at)];
  const { optimizer, momentum, nesterov, labelSmoothing } = training;
  if (optimizer !== "sgd" && (momentum > 0 || nesterov)) {
    const key = momentum > 0 ? "momentum" : "nesterov";
    const wanted = `optimizer "sgd", since ${key} is given`;
    found.push(problem([...at, "optimizer"], `"${optimizer}"`, wanted));
  }
  if (optimizer === "sgd" && nesterov && momentum === 0) {
    found.push(problem([...at, "nesterov"], "true", "momentum above 0 to look ahead along"));
  }
  const classifies = [...TEXT_SETS, ...PLANE_SETS].some((name) => name === dataset.name);
  if (labelSmoothing > 0 && !classifies) {
    const wanted = `0: "${dataset.name}" has no classes to spread a target over`;
    found.push(problem([...at, "labelSmoothing"], `${labelSmoothing}`, wanted));
  }
  return found;
}

/** Each schedule has its own settings, and no others. */
function checkSchedule(training: Training, at: Path): Found[] {
  const { learningRateSchedule, milestones, epochs } = training;
  const owners = { stepEpochs: "step", milestones: "multi_step", oneCycle: "one_cycle" } as const;
  const found: Found[] = [];
  for (const [key, schedule] of Object.entries(owners)) {
    const given = key in training;
    if (given && learningRateSchedule !== schedule) {
      const path = [...at, "learningRateSchedule"];
      found.push(
        problem(path, `"${learningRateSchedule}"`, `"${schedule}", since ${key} is given`),
      );
    }
    if (!given && schedule === learningRateSchedule && schedule !== "one_cycle") {
      const wanted = `it, since learningRateSchedule is ${schedule}`;
      found.push(problem([...at, key], "missing", wanted));
    }
  }
  if (milestones?.some((epoch, i) => epoch >= (milestones[i + 1] ?? epochs))) {
    const wanted = `ascending epochs below ${epochs}`;
    found.push(problem([...at, "milestones"], milestones.join(", "), wanted));
  }
  return found;
}

/** A profile says what is trained and for how long, `sparsity` by what rule. */
function checkRule({ sparsity }: Recipe, { method }: PruneTraining): Found[] {
  const wanted = { gradual: ["criterion", "schedule"], one_shot: ["criterion"] } as const;
  if (method !== "gradual" && method !== "one_shot") return [];
  return wanted[method].filter((key) => sparsity[key] === undefined).map((key) =>
    problem(["sparsity", key], "missing", `one, since a profile prunes by method ${method}`)
  );
}

function checkMethod(recipe: Recipe, { prune, sparseFrom }: Profile, at: Path): Found[] {
  const { pattern: text, criterion } = recipe.sparsity;
  const pattern = parsePattern(text);
  const { method, rigl, groupLasso } = prune;
  const found: Found[] = [];
  if ((method === "rigl") !== (rigl !== undefined)) {
    found.push(
      rigl === undefined
        ? problem([...at, "rigl"], "missing", "its fraction, since method is rigl")
        : problem([...at, "method"], `"${method}"`, '"rigl", since rigl is given'),
    );
  }
  if (method === "rigl" && pattern.kind !== "unstructured" && pattern.kind !== "block") {
    found.push(problem(
      [...at, "method"],
      '"rigl"',
      `"gradual", "static" or "one_shot" for ${text}: weights can be exchanged if they are unstructured or in blocks`,
    ));
  }
  if (method === "one_shot" && criterion !== undefined && criterion !== "magnitude") {
    const wanted = '"magnitude", since method one_shot prunes before there are gradients';
    found.push(problem(["sparsity", "criterion"], `"${criterion}"`, wanted));
  }
  if (method === "one_shot" && sparseFrom === "scratch") {
    const wanted = '"dense": the magnitudes of weights that were just drawn mean nothing';
    found.push(problem([...at.slice(0, -1), "sparseFrom"], '"scratch"', wanted));
  }
  if (groupLasso !== undefined && pattern.kind !== "block") {
    const path = [...at, "groupLasso"];
    const what = `${path.join(".")} pulls on blocks, expected a pattern of blocks, not ${text}`;
    found.push({ path, atKey: true, text: what });
  }
  return found;
}

function checkEpochs({ sparsity }: Recipe, prune: PruneTraining, at: Path): Found[] {
  if (prune.method !== "gradual") return [];
  const { epochs, warmEpochs, cooldownEpochs } = prune;
  const left = epochs - warmEpochs - cooldownEpochs;
  const oneShot = sparsity.schedule === "one_shot";
  if (oneShot ? left >= 0 : left > 0) return [];
  return [problem(
    [...at, "cooldownEpochs"],
    `${cooldownEpochs}`,
    `${oneShot ? "at most" : "less than"} ${epochs - warmEpochs}: of ${epochs} epochs, ` +
      `${warmEpochs} to warm up and ${cooldownEpochs} to cool down leave none to prune in`,
  )];
}

function checkLosses({ model }: Recipe, { distillation }: PruneTraining, at: Path): Found[] {
  if (distillation === undefined) return [];
  const { hidden, logits, attention, taskLoss } = distillation;
  const path = [...at, "distillation"];
  if (hidden + logits + attention + taskLoss === 0) {
    const text = `${
      path.join(".")
    } has no loss, expected hidden, logits, attention or taskLoss above 0`;
    return [{ path, atKey: false, text }];
  }
  if (hidden + attention > 0 && model.architecture !== "bert") {
    const text = `${
      path.join(".")
    } compares hidden states or attention, expected logits only: a ${model.name} has neither`;
    return [{ path, atKey: false, text }];
  }
  return [];
}
