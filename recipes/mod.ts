/**
 * What was claimed, and how to redo it: one YAML file per claim, and their reader.
 *
 * @module
 */
export * from "./catalogue.ts";
export type * from "./claim.ts";
export * from "./dataset_choice.ts";
export * from "./metric_names.ts";
export type * from "./model.ts";
export * from "./parse.ts";
export type * from "./recipe.ts";
export { recipeJsonSchema } from "./schema.ts";
export * from "./trainable.ts";
export type * from "./training_plan.ts";
