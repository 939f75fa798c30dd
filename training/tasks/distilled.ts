/**
 * What students of every task with tokens are compared in.
 *
 * @module
 */
import type { Floats } from "../../engines/tfjs/mod.ts";
import type { Graph } from "../../models/mod.ts";
import type { Loss } from "../loss.ts";
import type { BatchLoss } from "../task.ts";

/** A difference between student and teacher in one output. */
export interface Difference {
  /** The output. */
  readonly name: string;
  /** What it counts. */
  readonly weight: number;
  /** The error, and its gradient by the student's output. */
  readonly loss: Loss;
}

/** The weighted sum of differences, each in an output of its own. */
export function sumOfDifferences(differences: readonly Difference[]): BatchLoss {
  return {
    value: differences.reduce((sum, { weight, loss }) => sum + weight * loss.value, 0),
    gradients: Object.fromEntries(
      differences.map(({ name, weight, loss }): [string, Floats] => [
        name,
        loss.gradient.map((part) => weight * part),
      ]),
    ),
  };
}

/**
 * Name of the hidden states that the head reads.
 *
 * @throws {RangeError} If there are none.
 */
export function lastHidden(graph: Graph): string {
  const last = graph.nodes.findLast(({ op }) => op === "LayerNormalization");
  if (last !== undefined) return last.outputs[0]!;
  throw new RangeError(`Cannot distil ${graph.name}: it has no hidden states, expected a BERT`);
}
