/**
 * The shape of a recipe's data: the name decides which other keys there are.
 *
 * @module
 */
import { z } from "zod";
import {
  BOX_SETS,
  CLICK_SETS,
  type DatasetChoice,
  PLANE_SETS,
  SPAN_SETS,
  TEXT_SETS,
} from "./dataset_choice.ts";
import { count, flag, steps } from "./schema_fields.ts";

const TOKENS = "a whole number from 8 to 512";
const PIXELS = "a whole number from 16 to 2048";

const sequence = z.number(TOKENS).int(TOKENS).min(8, TOKENS).max(512, TOKENS);
const side = z.number(PIXELS).int(PIXELS).min(16, PIXELS).max(2048, PIXELS)
  .describe("Pixels of a side").exactOptional();
const fold = z.union(
  [
    z.literal("each"),
    z.number("a whole number from 0 to 4").int("a whole number from 0 to 4").min(0).max(4),
  ],
  '"each", or a whole number from 0 to 4',
);
const amounts = {
  trainExamples: count("Cap on training examples, or how many are generated").exactOptional(),
  devExamples: count("Cap on evaluation examples, or how many are generated").exactOptional(),
};

function name<const Names extends readonly string[]>(
  names: Names,
): z.ZodEnum<{ [Name in Names[number]]: Name }> {
  return z.enum(names).describe("A published set, or a generated stand-in");
}

/** The `dataset` of a profile. */
export const dataset: z.ZodType<DatasetChoice> = z.discriminatedUnion("name", [
  z.strictObject({
    name: name(TEXT_SETS),
    sequence: sequence.describe("Longest sequence in tokens; longer ones are cut"),
    ...amounts,
  }),
  z.strictObject({
    name: name(SPAN_SETS),
    sequence: sequence.describe("Longest sequence in tokens; longer texts become windows"),
    stride: steps("Tokens that neighbouring windows share").exactOptional(),
    ...amounts,
  }),
  z.strictObject({
    name: name(PLANE_SETS),
    side,
    augment: flag("Whether training changes examples by chance; default true").exactOptional(),
    noise: flag("Whether finished models are tested under noise as well").exactOptional(),
    fold: fold.exactOptional().describe(
      "Which of five parts of the speech test set is held out; each = that of the seed",
    ),
    words: z.enum(["commands", "digits"]).exactOptional().describe("Ten spoken words"),
    ...amounts,
  }),
  z.strictObject({ name: name(CLICK_SETS), ...amounts }),
  z.strictObject({ name: name(BOX_SETS), side, ...amounts }),
]);
