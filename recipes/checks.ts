/**
 * Checks across the fields of a recipe: what each field allows alone, but not together.
 *
 * @module
 */
import { formatPattern, parsePattern, sparsityOfPattern, whyIndivisible } from "../core/mod.ts";
import type { Found, Path } from "./issues.ts";
import { type Model, type ProfileName, type Recipe, trainedModel } from "./recipe.ts";

/** A linear layer of an encoder, by the name that Hugging Face gives it. */
interface LinearLayer {
  readonly name: string;
  readonly rows: number;
  readonly cols: number;
}

const PROFILES: readonly ProfileName[] = ["quick", "published"];
const METRIC_OF = {
  "sst2": "accuracy",
  "synthetic-sentiment": "accuracy",
  "mrpc": "f1",
  "synthetic-paraphrase": "f1",
} as const;

/** Everything in a well-formed recipe that does not go together. */
export function contradictions(recipe: Recipe): Found[] {
  return [
    ...checkSparsity(recipe),
    ...checkBenchmark(recipe),
    ...checkModel(recipe.model, recipe, ["model"]),
    ...PROFILES.flatMap((name) => checkProfile(recipe, name)),
  ];
}

function problem(path: Path, text: string): Found {
  return { path, atKey: false, text };
}

function checkSparsity({ sparsity }: Recipe): Found[] {
  const found: Found[] = [];
  const pattern = parsePattern(sparsity.pattern);
  const decided = sparsityOfPattern(pattern);
  // A recipe writes 1/3 in a few digits.
  if (decided !== null && Math.abs(sparsity.target - decided) > 1e-4) {
    found.push(problem(
      ["sparsity", "target"],
      `sparsity.target is ${sparsity.target}, expected ${decided}, which is what ${
        formatPattern(pattern)
      } leaves zero`,
    ));
  }
  if (sparsity.maxPerLayer < sparsity.target) {
    found.push(problem(
      ["sparsity", "maxPerLayer"],
      `sparsity.maxPerLayer is ${sparsity.maxPerLayer}, expected at least sparsity.target, ${sparsity.target}`,
    ));
  }
  return found;
}

function checkBenchmark({ benchmark, model }: Recipe): Found[] {
  const found: Found[] = [];
  if (!benchmark.batches.includes(benchmark.headline)) {
    found.push(problem(
      ["benchmark", "headline"],
      `benchmark.headline is ${benchmark.headline}, expected one of benchmark.batches, ${
        benchmark.batches.join(", ")
      }`,
    ));
  }
  if (new Set(benchmark.batches).size < benchmark.batches.length) {
    found.push(problem(
      ["benchmark", "batches"],
      `benchmark.batches is ${benchmark.batches.join(", ")}, expected each batch size once`,
    ));
  }
  if (benchmark.sequence > model.positions) {
    found.push(problem(
      ["benchmark", "sequence"],
      `benchmark.sequence is ${benchmark.sequence}, expected at most model.positions, ${model.positions}`,
    ));
  }
  return found;
}

function checkProfile(recipe: Recipe, name: ProfileName): Found[] {
  const at = ["profiles", name];
  const { dataset, model: difference } = recipe.profiles[name];
  const found = [...checkPruning(recipe, name)];
  const model = trainedModel(recipe, name);
  if (difference) found.push(...checkModel(model, recipe, [...at, "model"]));
  if (dataset.sequence > model.positions) {
    found.push(problem(
      [...at, "dataset", "sequence"],
      `${
        at.join(".")
      }.dataset.sequence is ${dataset.sequence}, expected at most the model's positions, ${model.positions}`,
    ));
  }
  const metric = METRIC_OF[dataset.name];
  if (metric !== recipe.claim.metric) {
    found.push(problem(
      [...at, "dataset", "name"],
      `${
        at.join(".")
      }.dataset.name is "${dataset.name}", which is judged by ${metric}, expected a data set judged by claim.metric, ${recipe.claim.metric}`,
    ));
  }
  return found;
}

function checkPruning(recipe: Recipe, name: ProfileName): Found[] {
  const { prune } = recipe.profiles[name];
  const at = `profiles.${name}.prune`;
  const found: Found[] = [];
  const left = prune.epochs - prune.warmEpochs - prune.cooldownEpochs;
  const oneShot = recipe.sparsity.schedule === "one_shot";
  if (oneShot ? left < 0 : left <= 0) {
    found.push(problem(
      ["profiles", name, "prune", "cooldownEpochs"],
      `${at}.cooldownEpochs is ${prune.cooldownEpochs}, expected ${
        oneShot ? "at most" : "less than"
      } ${prune.epochs - prune.warmEpochs}: of ${prune.epochs} epochs, ` +
        `${prune.warmEpochs} to warm up and ${prune.cooldownEpochs} to cool down leave none to prune in`,
    ));
  }
  const teacher = prune.distillation;
  if (teacher && teacher.hidden + teacher.logits + teacher.taskLoss === 0) {
    found.push(problem(
      ["profiles", name, "prune", "distillation"],
      `${at}.distillation has no loss, expected hidden, logits or taskLoss above 0`,
    ));
  }
  return found;
}

function checkModel(model: Model, recipe: Recipe, at: Path): Found[] {
  const found: Found[] = [];
  if (model.hidden % model.heads !== 0) {
    found.push(problem(
      [...at, "heads"],
      `${at.join(".")}.heads is ${model.heads}, expected a divisor of hidden, ${model.hidden}`,
    ));
  }
  const pattern = parsePattern(recipe.sparsity.pattern);
  const layers = encoderLayers(model).filter(({ name }) => isSelected(name, recipe));
  if (layers.length === 0) {
    found.push(problem(
      ["sparsity", "include"],
      `sparsity.include and sparsity.exclude select no layer of ${model.name}, expected some, such as ${
        encoderLayers(model)[0]!.name
      }`,
    ));
  }
  for (const { name, rows, cols } of layers) {
    const why = whyIndivisible(pattern, rows, cols);
    if (why) {
      found.push(problem(
        ["sparsity", "pattern"],
        `sparsity.pattern is "${recipe.sparsity.pattern}", expected one that divides ${name} of ${
          at.join(".")
        } (${rows}x${cols}): ${why}`,
      ));
    }
  }
  return found;
}

/** The linear layers of the first encoder layer; the others have the same shapes. */
function encoderLayers({ hidden, intermediate }: Model): LinearLayer[] {
  const layer = (name: string, rows: number, cols: number): LinearLayer => ({
    name: `bert.encoder.layer.0.${name}.weight`,
    rows,
    cols,
  });
  return [
    layer("attention.self.query", hidden, hidden),
    layer("attention.self.key", hidden, hidden),
    layer("attention.self.value", hidden, hidden),
    layer("attention.output.dense", hidden, hidden),
    layer("intermediate.dense", intermediate, hidden),
    layer("output.dense", hidden, intermediate),
  ];
}

function isSelected(name: string, { sparsity }: Recipe): boolean {
  return sparsity.include.some((part) => name.includes(part)) &&
    !sparsity.exclude.some((part) => name.includes(part));
}
