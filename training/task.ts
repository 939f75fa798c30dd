/**
 * What training asks of a task: batches, a loss by the outputs of the network, and a score. Training knows nothing else of a data set.
 *
 * @module
 */
import type { Tensor } from "../core/mod.ts";
import type { DatasetFacts } from "../datasets/mod.ts";
import type { Floats } from "../engines/tfjs/mod.ts";
import type { Graph, NetworkShape } from "../models/mod.ts";
import type { Distillation } from "../recipes/mod.ts";
import type { GroupMetric } from "./metric.ts";
import type { PartRange } from "./parts.ts";

/** A batch as a graph reads it. Tasks add what their loss and their score need. */
export interface TaskBatch {
  /** How much the graph takes at once; it is built once for every shape that occurs. */
  readonly shape: NetworkShape;
  /** Inputs of the graph by name; what the graph has as int64 comes as int32. */
  readonly inputs: Readonly<Record<string, Tensor>>;
  /** The batch that this is a part of, whose losses it has a share of; absent = it is whole. */
  readonly whole?: this;
}

/** Outputs of the graph by name, in place: valid during the call, and not to be changed. */
export type OutputViews = Readonly<Record<string, Floats>>;

/** The loss of a batch. */
export interface BatchLoss {
  /** Mean over the batch; of a part, what it adds to the mean over its whole batch. */
  readonly value: number;
  /** Gradients of `value` by outputs, each as long as its output; what is left out is zero. */
  readonly gradients: Readonly<Record<string, Floats>>;
}

/** Which batches of training. */
export interface TrainRequest {
  /** Examples per batch. */
  readonly size: number;
  /** Names the stream of chance, such as `seed 1 dense epoch 3`: the order and the changes of examples depend on it alone. */
  readonly label: string;
  /** First batch; those before are passed over without work, and the others come as if they had not been. */
  readonly from: number;
}

/** How good a network is. */
export interface Evaluation {
  /** The task's metric, 0 to 1. */
  readonly metric: number;
  /** Other metrics by name, such as `top5`. */
  readonly others?: Readonly<Record<string, number>>;
  /** Accuracy of every sub-population. */
  readonly groups: readonly GroupMetric[];
  /** 1 for every evaluation example that is answered rightly, 0 for the others; absent where there is no right or wrong. */
  readonly correct?: Uint8Array;
}

/** Collects what a network says about the evaluation examples. */
export interface Scorer<B extends TaskBatch = TaskBatch> {
  /** Takes a batch of {@linkcode Task.devBatches} in turn. */
  add(batch: B, outputs: OutputViews): void;
  /** The score of all batches together. */
  finish(): Evaluation;
}

/** A further test of finished models, such as one under noise. */
export interface Trial<B extends TaskBatch = TaskBatch> {
  /** Name for the record, such as `noise 0.05`. */
  readonly name: string;
  /** Batches that cover the evaluation examples once. */
  devBatches(size: number): AsyncIterable<B>;
}

/** Asks a network that is not in training for the values that a distillation compares. */
export type Ask<B extends TaskBatch = TaskBatch> = (batch: B) => OutputViews;

/** What a student learns from its teacher. */
export interface Distiller<B extends TaskBatch = TaskBatch> {
  /** Values of the graph that are compared, besides its outputs. */
  readonly values: readonly string[];
  /** Weighted loss of the student's values against the teacher's. */
  loss(batch: B, student: OutputViews, teacher: OutputViews): BatchLoss;
  /**
   * A teacher says the same in every epoch: asks for all training examples at once and remembers the answers, or gives `null` where they
   * do not fit into memory or change from epoch to epoch.
   */
  remember?(ask: Ask<B>): Ask<B> | null;
}

/** A data set and what is asked of a network that learns it. */
export interface Task<B extends TaskBatch = TaskBatch> {
  /** What the data set says of itself. */
  readonly facts: DatasetFacts;
  /** Name of the metric. */
  readonly metric: "accuracy" | "f1" | "matthews" | "auc" | "map";
  /** Training examples, of which an epoch gives whole batches at least as many as there are, and evaluation examples. */
  readonly counts: { readonly train: number; readonly dev: number };
  /**
   * Throws if a network does not fit the data, such as in its number of classes.
   *
   * @param graph The network for any shape.
   */
  check(graph: Graph): void;
  /** Batches of an epoch of training, all of one size; what fills no whole batch is left out, other examples each epoch. */
  trainBatches(request: TrainRequest): AsyncIterable<B>;
  /** Batches that cover the evaluation examples once; the last may be smaller. */
  devBatches(size: number): AsyncIterable<B>;
  /** Tokens of the longest example of training, where examples have lengths. */
  readonly longest?: number;
  /** Examples per batch of evaluation; 32 unless given. */
  readonly evaluationBatch?: number;
  /** Values of the graph that the loss reads besides its outputs, such as logits behind a softmax. */
  readonly values?: readonly string[];
  /** Some examples of a batch of training; may share its memory. Its `whole` is the batch. */
  part(batch: B, range: PartRange): B;
  /** Loss of the outputs of a training batch, or of a part of one. */
  loss(batch: B, outputs: OutputViews): BatchLoss;
  /** Starts a score. */
  scorer(): Scorer<B>;
  /** Further tests of finished models. */
  readonly trials?: readonly Trial<B>[];
  /**
   * Figures drawn from the evaluations of all {@linkcode Task.trials}, by name.
   *
   * @param last The evaluation without any trial.
   */
  sumUp?(
    trials: ReadonlyMap<string, Evaluation>,
    last: Evaluation,
  ): Readonly<Record<string, number>>;
  /**
   * How to learn from a teacher; absent where that is not known.
   *
   * @throws {RangeError} If the network has no values such as the weights ask for.
   */
  distiller?(weights: Distillation, graph: Graph): Distiller<B>;
  /** Examples that were left out as broken so far, in words. */
  skipped?(): readonly string[];
}
