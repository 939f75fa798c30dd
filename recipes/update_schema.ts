/**
 * Writes `recipe.schema.json` anew: `deno run --allow-read --allow-write --allow-env recipes/update_schema.ts`.
 *
 * @module
 */
import { recipeJsonSchema } from "./schema.ts";

/** The text of `recipe.schema.json`. */
export function schemaFileText(): string {
  const about = { title: "skipzero recipe", ...recipeJsonSchema() };
  return `${JSON.stringify(about, null, 2)}\n`;
}

if (import.meta.main) {
  await Deno.writeTextFile(new URL("recipe.schema.json", import.meta.url), schemaFileText());
}
