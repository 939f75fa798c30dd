/**
 * Checks of one profile of a recipe: what is trained, on what, and how it is pruned.
 *
 * @module
 */
import { checkBert } from "./bert_checks.ts";
import type { Found, Path } from "./issues.ts";
import type { Profile, ProfileName, Recipe } from "./recipe.ts";
import { profileOf } from "./trainable.ts";

const METRIC_OF = {
  "sst2": "accuracy",
  "synthetic-sentiment": "accuracy",
  "mrpc": "f1",
  "synthetic-paraphrase": "f1",
} as const;

/** Everything in a profile that does not go together with the rest of its recipe. */
export function checkProfile(recipe: Recipe, name: ProfileName): Found[] {
  const profile = profileOf(recipe, name);
  return [
    ...checkRule(recipe),
    ...checkPruning(recipe, profile, name),
    ...checkTrainedModel(recipe, profile, name),
    ...checkMetric(recipe, profile, name),
  ];
}

/** A profile says what is trained and for how long, `sparsity` by what rule. */
function checkRule({ sparsity }: Recipe): Found[] {
  return (["criterion", "schedule"] as const).filter((key) => sparsity[key] === undefined)
    .map((key) => ({
      path: ["sparsity", key],
      atKey: false,
      text: `sparsity.${key} is missing, expected one, since the recipe has a profile to train`,
    }));
}

function checkTrainedModel(recipe: Recipe, profile: Profile, name: ProfileName): Found[] {
  const at = ["profiles", name];
  if (recipe.model.architecture !== "bert") {
    return [{
      path: at,
      atKey: true,
      text: `${
        at.join(".")
      } trains the network "${recipe.model.name}", expected a model with architecture bert`,
    }];
  }
  const model = { ...recipe.model, ...profile.model };
  const found = profile.model ? checkBert(model, recipe, [...at, "model"]) : [];
  const { sequence } = profile.dataset;
  if (sequence <= model.positions) return found;
  const path: Path = [...at, "dataset", "sequence"];
  const text = `${
    path.join(".")
  } is ${sequence}, expected at most the model's positions, ${model.positions}`;
  return [...found, { path, atKey: false, text }];
}

function checkMetric({ claim }: Recipe, { dataset }: Profile, name: ProfileName): Found[] {
  const metric = METRIC_OF[dataset.name];
  if (metric === claim.metric) return [];
  const path: Path = ["profiles", name, "dataset", "name"];
  const text = `${
    path.join(".")
  } is "${dataset.name}", which is judged by ${metric}, expected a data set judged by claim.metric, ${claim.metric}`;
  return [{ path, atKey: false, text }];
}

function checkPruning({ sparsity }: Recipe, { prune }: Profile, name: ProfileName): Found[] {
  const at = `profiles.${name}.prune`;
  const found: Found[] = [];
  const left = prune.epochs - prune.warmEpochs - prune.cooldownEpochs;
  const oneShot = sparsity.schedule === "one_shot";
  if (oneShot ? left < 0 : left <= 0) {
    found.push({
      path: ["profiles", name, "prune", "cooldownEpochs"],
      atKey: false,
      text:
        `${at}.cooldownEpochs is ${prune.cooldownEpochs}, expected ${
          oneShot ? "at most" : "less than"
        } ${prune.epochs - prune.warmEpochs}: of ${prune.epochs} epochs, ` +
        `${prune.warmEpochs} to warm up and ${prune.cooldownEpochs} to cool down leave none to prune in`,
    });
  }
  const teacher = prune.distillation;
  if (teacher && teacher.hidden + teacher.logits + teacher.taskLoss === 0) {
    found.push({
      path: ["profiles", name, "prune", "distillation"],
      atKey: false,
      text: `${at}.distillation has no loss, expected hidden, logits or taskLoss above 0`,
    });
  }
  return found;
}
