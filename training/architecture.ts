/**
 * The networks that a recipe trains: how they are built, and the weights that they start from.
 *
 * @module
 */
import { createRandom } from "../core/mod.ts";
import {
  type BertConfig,
  bertNetwork,
  drawParameters,
  initialiseBert,
  type Network as Architecture,
  networkNamed,
} from "../models/mod.ts";
import {
  type BertModel,
  denseModel,
  type Model,
  type ProfileName,
  trainedModel,
  type TrainingRecipe,
} from "../recipes/mod.ts";
import { type Parameters, parametersOf } from "./network.ts";
import type { NetworkWinnersPlan } from "./winner_layers.ts";

/** A network to be trained. */
export interface TrainedArchitecture {
  /** As the recipe has it. */
  readonly model: Model;
  /** Builds its graphs. */
  readonly architecture: Architecture;
  /** Sizes, for the record. */
  readonly description: Readonly<Record<string, unknown>>;
  /** Layers that keep their largest activations only; `null` if there are none. */
  readonly winners: NetworkWinnersPlan | null;
  /**
   * Fresh weights.
   *
   * @param label Names the stream of chance.
   */
  draw(label: string): Parameters;
}

/** The two networks of a training: mostly the same one. */
export interface Architectures {
  /** Trained without zeros. */
  readonly dense: TrainedArchitecture;
  /** Trained with them. */
  readonly sparse: TrainedArchitecture;
}

/**
 * The networks that a profile trains.
 *
 * @throws {UsageError} If the recipe does not train in this profile.
 * @throws {RangeError} If there is no network of that name.
 */
export function architecturesOf(recipe: TrainingRecipe, profile: ProfileName): Architectures {
  const sparse = architectureOf(trainedModel(recipe, profile));
  return {
    dense: recipe.twin === undefined ? sparse : architectureOf(denseModel(recipe, profile)),
    sparse,
  };
}

/** Whether both networks have the same parameters, so that one can go on from the other. */
export function areAlike({ dense, sparse }: Architectures): boolean {
  return dense.model.architecture === sparse.model.architecture &&
    dense.model.name === sparse.model.name;
}

/** A model of a recipe, ready to be built. */
export function architectureOf(model: Model): TrainedArchitecture {
  if (model.architecture === "bert") return bertArchitecture(model);
  const architecture = networkNamed(model.name);
  const { kWinners = null } = model;
  return {
    model,
    architecture,
    winners: kWinners,
    description: { name: model.name, ...kWinners && { kWinners } },
    draw: (label) => parametersOf(architecture, drawParameters(label)),
  };
}

function bertArchitecture(model: BertModel): TrainedArchitecture {
  const config = bertConfigOf(model);
  return {
    model,
    architecture: bertNetwork(config, config.positions),
    winners: null,
    description: { ...config },
    draw: (label) => initialiseBert(config, createRandom(label)),
  };
}

/** Sizes of a BERT as its builder wants them. */
export function bertConfigOf(
  { architecture: _, init: __, ...sizes }: BertModel,
): BertConfig {
  return { ...sizes, typeVocabulary: 2, layerNormEpsilon: 1e-12 };
}
