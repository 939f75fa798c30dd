/**
 * What an experiment is: trainings that differ in one thing, and the figures of documents that they are looked at beside. A suite times, an
 * experiment trains; both are run by `bench` and leave one result.
 *
 * @module
 */
import type { TrainingRecipe } from "../recipes/mod.ts";
import type { PruningSchedule, PublishedPoint, TrainedModel } from "../results/mod.ts";

/** What a network is called in an experiment, and where it stands in its charts. */
export type ModelPlace = Pick<TrainedModel, "id" | "series" | "width">;

/** One training of an experiment. The network that its second stage leaves is looked at: a sparse one, or a dense one trained as long. */
export interface Variant {
  /** How it is trained; `<experiment>-<what differs>` is its name. A target of 0 zeros makes a dense network. */
  readonly recipe: TrainingRecipe;
  /** Its place in the charts. */
  readonly place: ModelPlace;
}

/** An experiment. */
export interface TrainingExperiment {
  /** Id on the command line and in results. */
  readonly id: string;
  /** One line for the help text. */
  readonly summary: string;
  /** Its trainings, in the order of the result. */
  readonly variants: readonly Variant[];
  /** Trainings with different seeds of each, and with `--quick`. */
  readonly seeds: { readonly full: number; readonly quick: number };
  /** Figures printed in the documents. */
  readonly published: readonly PublishedPoint[];
  /** Whether the curves of the trainings go into the result. */
  readonly keepsCurves?: boolean;
  /**
   * When zeros are to come, in steps of the sparse stage; for an experiment of a single gradual pruning.
   *
   * @param stepsPerEpoch Batches of an epoch.
   */
  schedule?(profile: "quick" | "scratch", stepsPerEpoch: number): PruningSchedule;
}
