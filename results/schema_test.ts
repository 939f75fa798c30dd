import { assert, assertEquals } from "@std/assert";
import { Ajv2020 } from "ajv/2020";
import { sampleResult } from "./sample.ts";
import { resultJsonSchema, resultSchemaText } from "./schema.ts";

/** `date-time` and the like are left to the pattern that stands beside them. */
function validator(): (value: unknown) => boolean {
  return new Ajv2020({ validateFormats: false }).compile(resultJsonSchema());
}

Deno.test("result.schema.json is up to date", async () => {
  const committed = await Deno.readTextFile(new URL("result.schema.json", import.meta.url));
  assert(
    committed === resultSchemaText(),
    "results/result.schema.json is stale. Try: deno run -R -W results/schema.ts",
  );
});

Deno.test("resultJsonSchema() validates a sample, with and without its optional parts", () => {
  const validate = validator();
  assertEquals(validate(sampleResult()), true);
  const bare = { verdict: null, accuracy: null, sparsity: null, training: null, recipe: null };
  assertEquals(validate(sampleResult(bare)), true);
  assertEquals(validate(sampleResult({ more: "beside" })), true);
});

Deno.test("resultJsonSchema() refuses what the format forbids", () => {
  const validate = validator();
  const { comparisons: _, ...incomplete } = sampleResult();
  assertEquals(validate(incomplete), false);
  assertEquals(validate({ ...sampleResult(), format: "skipzero.result/2" }), false);
  assertEquals(validate({ ...sampleResult(), startedAt: "yesterday" }), false);
  assertEquals(validate({ ...sampleResult(), deviations: [1] }), false);
});

Deno.test("resultJsonSchema() is draft 2020-12", () => {
  assertEquals(resultJsonSchema().$schema, "https://json-schema.org/draft/2020-12/schema");
});
