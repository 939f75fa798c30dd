/**
 * Checks across the fields of a recipe: what each field allows alone, but not together.
 *
 * @module
 */
import { formatPattern, parsePattern, sparsityOfPattern } from "../core/mod.ts";
import { checkBert } from "./bert_checks.ts";
import type { Found, Path } from "./issues.ts";
import { checkProfile } from "./profile_checks.ts";
import type { Recipe } from "./recipe.ts";
import { profileNames } from "./trainable.ts";

/** Everything in a well-formed recipe that does not go together. */
export function contradictions(recipe: Recipe): Found[] {
  const { model } = recipe;
  return [
    ...checkSparsity(recipe),
    ...checkBatches(recipe),
    ...checkMissing(recipe),
    ...model.architecture === "bert"
      ? [...checkSequence(recipe, model.positions), ...checkBert(model, recipe, ["model"])]
      : [],
    ...profileNames(recipe).flatMap((name) => checkProfile(recipe, name)),
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
  const targets = sparsity.layers?.map(({ target }) => target) ?? [sparsity.target];
  const [least, most] = [Math.min(...targets), Math.max(...targets)];
  if (sparsity.target < least || sparsity.target > most) {
    found.push(problem(
      ["sparsity", "target"],
      `sparsity.target is ${sparsity.target}, expected a mean of the targets in sparsity.layers, ${least} to ${most}`,
    ));
  }
  return found;
}

function checkBatches({ benchmark }: Recipe): Found[] {
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
  return found;
}

function checkSequence({ benchmark: { sequence } }: Recipe, positions: number): Found[] {
  const found = sequence === undefined ? "missing" : sequence;
  if (sequence !== undefined && sequence <= positions) return [];
  return [problem(
    ["benchmark", "sequence"],
    `benchmark.sequence is ${found}, expected at most model.positions, ${positions}`,
  )];
}

/** A user who cannot train a recipe is told why; one who can is not told otherwise. Few recipes are affordable from scratch. */
function checkMissing(recipe: Recipe): Found[] {
  const { missing } = recipe;
  const absent = (["quick", "published"] as const).filter((name) =>
    recipe.profiles[name] === undefined
  );
  if (absent.length > 0 && missing === undefined) {
    return [problem(
      ["missing"],
      `missing is missing, expected words on why there is no profile ${absent.join(" and ")}`,
    )];
  }
  if (absent.length === 0 && missing !== undefined) {
    return [{
      path: ["missing"],
      atKey: true,
      text: "missing is given, expected nothing: the recipe has both profiles",
    }];
  }
  return [];
}
