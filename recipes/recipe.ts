/**
 * The recipe: what was claimed, and how to redo it. One YAML file per claim, format `skipzero.recipe/1`.
 *
 * Fractions (sparsity, metrics) are 0 to 1. What a file may leave out has its default filled in here.
 *
 * @module
 */

import type { Claim } from "./claim.ts";
import type { DatasetChoice } from "./dataset_choice.ts";
import type { Model, ModelChange, NetworkChange, NetworkModel } from "./model.ts";
import type { PruneTraining, Training } from "./training_plan.ts";

/** A checked recipe. */
export interface Recipe {
  /** Format of the file. */
  readonly format: "skipzero.recipe/1";
  /** `<model>-<pattern>-<dataset>`; the file's name without `.yaml`, and the id in results and charts. */
  readonly name: string;
  /** One line for people. */
  readonly title: string;
  /** What was published. */
  readonly claim: Claim;
  /** The network of the claim, at full size. Speed is always measured on it. */
  readonly model: Model;
  /**
   * The dense network that the claim compares it with, where it is another one, such as a narrower one or one without k-winners; absent = the
   * same network without zeros.
   */
  readonly twin?: NetworkModel;
  /** What is pruned, how far, and by what rule. */
  readonly sparsity: Sparsity;
  /** How the full-size network is raced. */
  readonly benchmark: Benchmark;
  /** How it is trained: in minutes on generated data, as published, or from scratch on official data. A recipe that only measures has none. */
  readonly profiles: Readonly<Partial<Record<ProfileName, Profile>>>;
  /** Why `quick` or `published` is missing, in words for the user; present if and only if one is. */
  readonly missing?: string;
  /** When the claim counts as held. */
  readonly tolerances: Tolerances;
}

/** The parts of a recipe that a training reads; a training that redoes no claim has no others. */
export type TrainingRecipe = Pick<
  Recipe,
  "name" | "model" | "twin" | "sparsity" | "profiles" | "missing"
>;

/**
 * Names of the profiles: generated data and a scaled network, the official data and the published hyperparameters, or the official data
 * and weights drawn at random, in a time that a laptop can afford.
 */
export type ProfileName = "quick" | "published" | "scratch";

/** What is pruned, how far, and by what rule. */
export interface Sparsity {
  /** Pattern in the spelling of `core/pattern.ts`. */
  readonly pattern: string;
  /** Fraction of zeros in the pruned layers. */
  readonly target: number;
  /** Layers with a target of their own, where a claim sets them layer by layer; `target` is then the fraction over all. */
  readonly layers?: readonly LayerTarget[];
  /** One threshold over all pruned layers, or one per layer. */
  readonly scope: "global" | "layer";
  /** Most zeros that a global threshold may put into one layer. */
  readonly maxPerLayer: number;
  /** Score of a weight: `|W|`, `|W·G|`, or the running sum `S = 0.9·S + |W·G|`. Absent where weights are not scored. */
  readonly criterion?: "magnitude" | "snip" | "snip_momentum";
  /** Score of a block from the scores of its weights. */
  readonly reduce: "mean" | "sum" | "max";
  /** How sparsity grows from 0 to the target. Absent where it does not grow. */
  readonly schedule?: "exp" | "linear" | "cos" | "cube" | "gmp_cubic" | "one_shot";
  /** A layer is pruned if its name contains one of these ... */
  readonly include: readonly string[];
  /** ... and none of these. */
  readonly exclude: readonly string[];
}

/** A layer's own share of zeros. */
export interface LayerTarget {
  /** A part of the layer's name. */
  readonly name: string;
  /** Fraction of zeros in it. */
  readonly target: number;
}

/** A rule to prune by, complete enough to train with. */
export type PruningRule = Sparsity & Required<Pick<Sparsity, "criterion" | "schedule">>;

/** How the full-size network is raced. */
export interface Benchmark {
  /** Tokens per sequence; absent for networks without sequences. */
  readonly sequence?: number;
  /** Sequences, images or samples per run, each a cell. */
  readonly batches: readonly number[];
  /** The batch size of the one-line verdict; one of `batches`. */
  readonly headline: number;
}

/** The training half of a recipe. */
export interface Profile {
  /** What differs from the full model while training: sizes of a BERT, or the name of another network. */
  readonly model?: ModelChange;
  /** The dense network of this profile, where the recipe has a twin and this profile scales it. */
  readonly twin?: NetworkChange;
  /** What it is trained and judged on. */
  readonly dataset: DatasetChoice;
  /** Trainings with different seeds. */
  readonly seeds: number;
  /** Dense training, which also makes the teacher. */
  readonly dense: Training;
  /** Training with zeros. */
  readonly prune: PruneTraining;
  /** Where the sparse network starts: from the trained dense one, or from weights of its own. */
  readonly sparseFrom: "dense" | "scratch";
}

/** When the claim counts as held. */
export interface Tolerances {
  /** How far the dense-sparse gap may be from the claimed one. */
  readonly accuracyGap: number;
  /** How far the sparse figure may be from the claimed one; judged on published data only. */
  readonly accuracy: number;
  /** Least speed-up over the fastest dense baseline at the headline batch. */
  readonly speedup: number;
}
