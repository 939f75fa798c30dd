/**
 * Checks of one profile of a recipe: whether what is trained, on what, and how it is judged go together.
 *
 * @module
 */
import { checkBert } from "./bert_checks.ts";
import type { MetricName } from "./claim.ts";
import {
  BOX_SETS,
  CLICK_SETS,
  type DatasetChoice,
  type DatasetName,
  isSpanChoice,
  PLANE_SETS,
  SPAN_SETS,
  TEXT_SETS,
} from "./dataset_choice.ts";
import type { Found, Path } from "./issues.ts";
import type { Profile, ProfileName, Recipe } from "./recipe.ts";
import { profileOf, trainedModel } from "./trainable.ts";
import { checkTrainings } from "./training_checks.ts";

/** Data sets that a metric can be judged on. Of the tasks of GLUE two are there. */
const SETS_OF: Readonly<Record<MetricName, readonly DatasetName[]>> = {
  "accuracy": ["sst2", "synthetic-sentiment", ...PLANE_SETS],
  "f1": ["mrpc", "synthetic-paraphrase", ...SPAN_SETS],
  "top1": PLANE_SETS,
  "mAP": BOX_SETS,
  "auc": CLICK_SETS,
  "glue-average": TEXT_SETS,
  "token-probability": TEXT_SETS,
};

/** Data sets for which an option means something. */
const OPTIONS: Readonly<Record<string, readonly DatasetName[]>> = {
  noise: ["mnist", "synthetic-digits", "speech-commands"],
  fold: ["speech-commands"],
  words: ["speech-commands"],
  side: ["imagenet", "synthetic-photographs", ...BOX_SETS],
  augment: ["cifar10", "speech-commands", "imagenet"],
  stride: SPAN_SETS,
};

/** Everything in a profile that does not go together with the rest of its recipe. */
export function checkProfile(recipe: Recipe, name: ProfileName): Found[] {
  const profile = profileOf(recipe, name);
  return [
    ...checkTrainings(recipe, name),
    ...checkTrainedModel(recipe, profile, name),
    ...checkTwin(recipe, profile, name),
    ...checkDataset(recipe, profile, name),
  ];
}

function problem(path: Path, found: unknown, wanted: string, atKey = false): Found {
  const shown = typeof found === "string" ? `"${found}"` : String(found);
  return { path, atKey, text: `${path.join(".")} is ${shown}, expected ${wanted}` };
}

function checkTrainedModel(recipe: Recipe, profile: Profile, name: ProfileName): Found[] {
  const { model: change = {}, dataset } = profile;
  const at = ["profiles", name];
  const model = trainedModel(recipe, name);
  const isText = "sequence" in dataset;
  if (model.architecture === "network") {
    return [
      ...checkChange(change, ["name", "init", "kWinners"], "a network by its name", at),
      ...isText
        ? [problem(
          [...at, "dataset", "name"],
          dataset.name,
          "no texts: they are trained with architecture bert",
        )]
        : [],
    ];
  }
  const found = profile.model === undefined
    ? []
    : [...checkBert(model, recipe, [...at, "model"]), ...checkKWinners(change, at)];
  if (!isText) {
    return [...found, problem([...at, "dataset", "name"], dataset.name, "texts for a BERT")];
  }
  const head = isSpanChoice(dataset) ? "span" : "classification";
  if (model.head !== head) {
    found.push(problem(
      [...at, "dataset", "name"],
      dataset.name,
      `a data set for a head of kind ${model.head}`,
    ));
  }
  if (dataset.sequence > model.positions) {
    found.push(problem(
      [...at, "dataset", "sequence"],
      dataset.sequence,
      `at most the model's positions, ${model.positions}`,
    ));
  }
  return found;
}

function checkChange(change: object, known: readonly string[], what: string, at: Path): Found[] {
  return Object.keys(change).filter((key) => !known.includes(key)).map((key) => ({
    path: [...at, "model", key],
    atKey: true,
    text: `${[...at, "model", key].join(".")} is given, expected one of ${
      known.join(", ")
    } for ${what}`,
  }));
}

function checkKWinners(change: NonNullable<Profile["model"]>, at: Path): Found[] {
  if (change.kWinners === undefined) return [];
  const path = [...at, "model", "kWinners"];
  return [{
    path,
    atKey: true,
    text: `${path.join(".")} is given, expected none for a BERT: it has no ReLU to replace`,
  }];
}

/** A network of other sizes cannot start from the twin's weights, nor compare hidden values with it. */
function checkTwin({ twin }: Recipe, profile: Profile, name: ProfileName): Found[] {
  const at = ["profiles", name];
  if (twin === undefined) {
    if (profile.twin === undefined) return [];
    return [{
      path: [...at, "twin"],
      atKey: true,
      text: `${at.join(".")}.twin is given, expected none, since the recipe has no twin`,
    }];
  }
  const found: Found[] = [];
  if (profile.sparseFrom !== "scratch") {
    const path = [...at, "sparseFrom"];
    found.push(problem(path, profile.sparseFrom, `"scratch", since the twin is another network`));
  }
  const { hidden = 0, attention = 0 } = profile.prune.distillation ?? {};
  if (hidden + attention > 0) {
    found.push({
      path: [...at, "prune", "distillation"],
      atKey: false,
      text: `${
        at.join(".")
      }.prune.distillation compares hidden values, expected logits only, since the twin is another network`,
    });
  }
  return found;
}

function checkDataset({ claim }: Recipe, profile: Profile, name: ProfileName): Found[] {
  const { dataset } = profile;
  const at = ["profiles", name, "dataset"];
  const found: Found[] = [];
  if (!SETS_OF[claim.metric].includes(dataset.name)) {
    const wanted = `a data set judged by claim.metric, ${claim.metric}`;
    found.push(problem([...at, "name"], dataset.name, wanted));
  }
  const generated = dataset.name.startsWith("synthetic-");
  if (generated !== (name === "quick")) {
    const wanted = name === "quick" ? "a generated one, which needs no download" : "official data";
    found.push(problem([...at, "name"], dataset.name, wanted));
  }
  return [...found, ...checkOptions(dataset, at)];
}

function checkOptions(dataset: DatasetChoice, at: Path): Found[] {
  return Object.keys(dataset).flatMap((key) => {
    const sets = OPTIONS[key];
    if (sets === undefined || sets.includes(dataset.name)) return [];
    const path = [...at, key];
    return [{
      path,
      atKey: true,
      text: `${path.join(".")} is given for "${dataset.name}", expected it for ${
        sets.join(", ")
      } only`,
    }];
  });
}
