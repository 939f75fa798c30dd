/**
 * Command `reproduce`: the whole walk, from a claim to its verdict.
 *
 * @module
 */
import { describeFailure, exitCodeOf } from "../core/mod.ts";
import { findRecipes, type Recipe } from "../recipes/mod.ts";
import { type Result, resultText } from "../results/mod.ts";
import { count, failedTolerance } from "../suites/mod.ts";
import type { Assembled } from "./assemble.ts";
import type { Command, Input } from "./command.ts";
import { reproduceRecipe } from "./reproduce_recipe.ts";
import { StageFailure } from "./stages.ts";
import type { Terminal } from "./terminal.ts";
import { train } from "./train.ts";

/** Reproduces a claim. */
export const reproduce: Command = {
  name: "reproduce",
  summary: "Trains, measures and judges a published claim, and writes the report.",
  operands: ["recipe, model or all"],
  options: [
    ...train.options.filter(({ name }) =>
      ["profile", "data", "seeds", "train-examples"].includes(name)
    ),
    { name: "threads", value: "N", count: true, summary: "threads (default: one, then all)" },
    { name: "filter", value: "TEXT", summary: "measure only cells whose id contains this" },
    { name: "thorough", summary: "more rounds: an hour instead of minutes" },
    { name: "fresh", summary: "measure again, even if nothing changed" },
    { name: "out", value: "DIR", summary: "folder of the report (default: reports/site)" },
    { name: "json", summary: "print the result document, and nothing else, on standard output" },
  ],
  notes: [
    "A model's name means all its recipes: bert-mini, bert-large, bert-base, dlrm, resnet50, resnext,",
    "ssd, gsc; so does a name with parts left out, such as bert-mini-sst2.",
    "A recipe that does not train yet is measured: its full-size network, with drawn weights in the",
    "claim's pattern. Timing depends on where the zeros are, not on the values.",
    "",
    "Exit codes: 0 done, 1 the claim failed its tolerance, 2 usage, 3 environment.",
    "Ctrl-C keeps what is finished; the same command goes on from there.",
  ],
  run: runReproduce,
};

async function runReproduce(input: Input, terminal: Terminal): Promise<number> {
  const recipes = await findRecipes(input.operands[0]!);
  if (recipes.length > 1) {
    const names = recipes.map(({ name }) => name).join(", ");
    terminal.say(`${count(recipes.length, "recipe")}: ${names}`);
  }
  const run = (recipe: Recipe): Promise<Assembled> => reproduceRecipe(recipe, input, terminal);
  const { results, code } = await reproduceEach(recipes, run, terminal);
  if (input.has("json")) {
    const [only] = results;
    const text = recipes.length === 1 && only ? resultText(only) : JSON.stringify(results, null, 2);
    terminal.print(text.trimEnd());
  }
  return code;
}

/** What came of several recipes. */
export interface Reproduced {
  /** Of those that could be run. */
  readonly results: readonly Result[];
  /** The worst exit code of all. */
  readonly code: number;
}

/**
 * One recipe after the other. Of several, one that cannot be reproduced here is told of and does not keep the others from it; a
 * single one fails as it does.
 */
export async function reproduceEach(
  recipes: readonly Recipe[],
  run: (recipe: Recipe) => Promise<Assembled>,
  { signal, fail }: Pick<Terminal, "signal" | "fail">,
): Promise<Reproduced> {
  const results: Result[] = [];
  let code = 0;
  for (const recipe of recipes) {
    try {
      const { result, verdict } = await run(recipe);
      results.push(result);
      code = Math.max(code, failedTolerance(verdict) ? 1 : 0);
    } catch (error) {
      if (recipes.length === 1 || signal.aborted) throw error;
      const stage = error instanceof StageFailure ? error : null;
      fail(`${recipe.name}: ${stage ? stage.message : describeFailure(error)}`);
      code = Math.max(code, stage ? stage.code : exitCodeOf(error));
    }
  }
  return { results, code };
}
