import { assert, assertEquals } from "@std/assert";
import { Ajv2020 } from "ajv/2020";
import { parse } from "yaml";
import { loadRecipes, recipePath } from "./catalogue.ts";
import { checkShape, recipeJsonSchema } from "./schema.ts";
import { schemaFileText } from "./update_schema.ts";

const example = await Deno.readTextFile(recipePath("bert-mini-4x1-sst2"));

Deno.test("recipe.schema.json is what the schema says now", async () => {
  const file = await Deno.readTextFile(new URL("recipe.schema.json", import.meta.url));
  assertEquals(file, schemaFileText(), "Try: deno run -RWE recipes/update_schema.ts");
});

Deno.test("recipeJsonSchema() accepts every recipe and refuses an unknown key and a wrong kind", async () => {
  const validate = new Ajv2020({ strict: false, formats: { uri: true } }).compile(
    recipeJsonSchema(),
  );
  for (const { name } of await loadRecipes()) {
    const value = parse(await Deno.readTextFile(recipePath(name)));
    assertEquals(validate(value), true, `${name}: ${JSON.stringify(validate.errors)}`);
  }
  const value = parse(example);
  assertEquals(validate({ ...value, sparsitty: 1 }), false);
  assertEquals(validate({ ...value, title: 3 }), false);
});

Deno.test("recipeJsonSchema() describes every field", () => {
  const bare: string[] = [];
  function visit(schema: Record<string, unknown>, path: string): void {
    for (const [key, field] of Object.entries(schema.properties ?? {})) {
      if (!field.description) bare.push(`${path}.${key}`);
      visit(field, `${path}.${key}`);
    }
    for (const key of ["anyOf", "oneOf", "items"]) {
      for (const one of [schema[key] ?? []].flat()) visit({ ...one }, path);
    }
  }
  visit(recipeJsonSchema(), "");
  assertEquals(bare, []);
});

Deno.test("recipeJsonSchema() leaves fields with a default optional", () => {
  const { model: { oneOf: [model] } } = parse(JSON.stringify(recipeJsonSchema())).properties;
  assertEquals(model.required.includes("positions"), false);
  assertEquals(model.required.includes("layers"), true);
});

Deno.test("checkShape() fills in defaults, but not in the differences of a profile", () => {
  const { recipe } = checkShape(parse(example));
  assert(recipe?.profiles.quick !== undefined);
  assertEquals("positions" in recipe.model && recipe.model.positions, 512);
  assertEquals(recipe.profiles.quick.dense.betas, [0.9, 0.999]);
  const difference = recipe.profiles.quick.model ?? {};
  assertEquals("head" in difference || "classes" in difference, false);
});
