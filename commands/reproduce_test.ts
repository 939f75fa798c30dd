import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { EnvironmentError } from "../core/mod.ts";
import { findRecipes, type Recipe } from "../recipes/mod.ts";
import type { Check } from "../suites/mod.ts";
import type { Assembled } from "./assemble.ts";
import { reproduceEach } from "./reproduce.ts";
import { sampleResult } from "./sample.ts";
import { StageFailure } from "./stages.ts";

const recipes = await findRecipes("resnext");
const [first, second] = recipes;

function assembled(recipe: Recipe, status: Check["status"] = "ok"): Assembled {
  const checks = [{ name: "speed", status, text: "" }] as const;
  return {
    result: sampleResult({ recipe: recipe.name }),
    verdict: { outcome: "partial", reasons: [], checks },
  };
}

/** Runs recipes as told; gives what came of it and what was said. */
async function reproduceWith(
  run: (recipe: Recipe) => Promise<Assembled>,
  which: readonly Recipe[] = recipes,
  signal = new AbortController().signal,
): Promise<{ names: (string | null)[]; code: number; said: string[] }> {
  const said: string[] = [];
  const terminal = { signal, fail: (text: string) => void said.push(text) };
  const { results, code } = await reproduceEach(which, run, terminal);
  return { names: results.map(({ recipe }) => recipe), code, said };
}

Deno.test("reproduceEach() gives every result, and 1 if a claim failed its tolerance", async () => {
  const good = await reproduceWith((recipe) => Promise.resolve(assembled(recipe)));
  assertEquals(good, { names: [first!.name, second!.name], code: 0, said: [] });
  const failed = await reproduceWith((recipe) =>
    Promise.resolve(assembled(recipe, recipe === first ? "failed" : "ok"))
  );
  assertEquals(failed.code, 1);
});

Deno.test("reproduceEach() goes on after a recipe that cannot be reproduced here", async () => {
  const failures = [
    [new EnvironmentError("no memory", { remedy: "close programs" }), 3],
    [new StageFailure("bench: no memory", 3), 3],
    [new Error("no memory"), 1],
  ] as const;
  for (const [failure, code] of failures) {
    const outcome = await reproduceWith((recipe) =>
      recipe === first ? Promise.reject(failure) : Promise.resolve(assembled(recipe))
    );
    assertEquals([outcome.names, outcome.code], [[second!.name], code]);
    assertStringIncludes(outcome.said.join(), `${first!.name}: `);
    assertStringIncludes(outcome.said.join(), "no memory");
  }
});

Deno.test("reproduceEach() lets a single recipe fail, and stops all when interrupted", async () => {
  const fail = () => Promise.reject(new EnvironmentError("no memory"));
  await assertRejects(() => reproduceWith(fail, [first!]), EnvironmentError, "no memory");
  const aborted = AbortSignal.abort(new Error("interrupted"));
  await assertRejects(() => reproduceWith(fail, recipes, aborted), EnvironmentError);
});
