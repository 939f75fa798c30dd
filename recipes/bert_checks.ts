/**
 * Checks of a BERT by its sizes: heads, and whether the recipe's pattern divides its layers.
 *
 * @module
 */
import { parsePattern, whyIndivisible } from "../core/mod.ts";
import type { Found, Path } from "./issues.ts";
import type { BertModel } from "./model.ts";
import type { Recipe } from "./recipe.ts";

/** A linear layer of an encoder, by the name that Hugging Face gives it. */
interface LinearLayer {
  readonly name: string;
  readonly rows: number;
  readonly cols: number;
}

/**
 * What does not fit between a model and the recipe's pattern.
 *
 * @param at Where the model stands in the file.
 */
export function checkBert(model: BertModel, recipe: Recipe, at: Path): Found[] {
  const found: Found[] = [];
  if (model.hidden % model.heads !== 0) {
    found.push({
      path: [...at, "heads"],
      atKey: false,
      text: `${
        at.join(".")
      }.heads is ${model.heads}, expected a divisor of hidden, ${model.hidden}`,
    });
  }
  const layers = encoderLayers(model).filter(({ name }) => isSelected(name, recipe));
  if (layers.length === 0) {
    found.push({
      path: ["sparsity", "include"],
      atKey: false,
      text:
        `sparsity.include and sparsity.exclude select no layer of ${model.name}, expected some, such as ${
          encoderLayers(model)[0]!.name
        }`,
    });
  }
  return [...found, ...layers.flatMap((layer) => checkDivision(layer, recipe, at))];
}

function checkDivision({ name, rows, cols }: LinearLayer, { sparsity }: Recipe, at: Path): Found[] {
  const why = whyIndivisible(parsePattern(sparsity.pattern), rows, cols);
  if (why === null) return [];
  return [{
    path: ["sparsity", "pattern"],
    atKey: false,
    text: `sparsity.pattern is "${sparsity.pattern}", expected one that divides ${name} of ${
      at.join(".")
    } (${rows}x${cols}): ${why}`,
  }];
}

/** The linear layers of the first encoder layer; the others have the same shapes. */
function encoderLayers({ hidden, intermediate }: BertModel): LinearLayer[] {
  const layer = (name: string, rows: number, cols: number): LinearLayer => ({
    name: `bert.encoder.layer.0.${name}.weight`,
    rows,
    cols,
  });
  return [
    layer("attention.self.query", hidden, hidden),
    layer("attention.self.key", hidden, hidden),
    layer("attention.self.value", hidden, hidden),
    layer("attention.output.dense", hidden, hidden),
    layer("intermediate.dense", intermediate, hidden),
    layer("output.dense", hidden, intermediate),
  ];
}

function isSelected(name: string, { sparsity }: Recipe): boolean {
  return sparsity.include.some((part) => name.includes(part)) &&
    !sparsity.exclude.some((part) => name.includes(part));
}
