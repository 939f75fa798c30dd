/**
 * The network that a recipe trains.
 *
 * @module
 */
import type { Dataset } from "../datasets/mod.ts";
import type { BertConfig } from "../models/mod.ts";
import { asBert, type ProfileName, type Recipe, trainedModel } from "../recipes/mod.ts";

/**
 * The network that a profile trains on a data set.
 *
 * @throws {RangeError} If the data has more token ids, classes or longer sequences than the network.
 */
export function configOf(recipe: Recipe, profile: ProfileName, dataset: Dataset): BertConfig {
  const { name, layers, hidden, heads, intermediate, vocabulary, positions, head, classes } =
    asBert(trainedModel(recipe, profile));
  const limits = [
    ["token ids", dataset.vocabulary, vocabulary],
    ["classes", dataset.classes.length, classes],
    ["tokens a sequence", Math.max(dataset.train.sequence, dataset.dev.sequence), positions],
  ] as const;
  for (const [what, found, most] of limits) {
    if (found > most) {
      throw new RangeError(
        `Cannot train ${name} on ${dataset.name}: ${found} ${what}, expected at most ${most}`,
      );
    }
  }
  return {
    name,
    layers,
    hidden,
    heads,
    intermediate,
    vocabulary,
    positions,
    typeVocabulary: 2,
    head,
    classes,
    layerNormEpsilon: 1e-12,
  };
}
