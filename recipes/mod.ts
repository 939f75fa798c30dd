/**
 * What was claimed, and how to redo it: one YAML file per claim, and their reader.
 *
 * @module
 */
export * from "./catalogue.ts";
export * from "./metric_names.ts";
export * from "./parse.ts";
export * from "./recipe.ts";
export { recipeJsonSchema } from "./schema.ts";
export * from "./trainable.ts";
