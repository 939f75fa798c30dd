/**
 * What to say of a training whose loss is no longer a number.
 *
 * @module
 */
import { type Network, viewOf } from "./network.ts";

/** The step that went wrong. */
export interface Divergence {
  /** What its loss was. */
  readonly loss: number;
  /** Its number, from 0. */
  readonly step: number;
  /** Its learning rate. */
  readonly rate: number;
}

/** The error of a stage that diverged: the step, and the likely cause. */
export function diverged(
  { network, name, seed }: {
    readonly network: Network;
    readonly name: string;
    readonly seed: number;
  },
  { loss, step, rate }: Divergence,
): RangeError {
  return new RangeError(
    `Cannot go on training seed ${seed}: loss is ${loss} at step ${step} of the ${name} stage ` +
      `(learning rate ${rate}), expected a finite number; ${causeOf(network, step)}\n` +
      (step === 0 && name === "dense"
        ? "Try: other weights to start from (the checkpoint of the recipe's init), or clean data"
        : "Try: a lower learningRate or a clipNorm in the recipe"),
  );
}

function causeOf(network: Network, step: number): string {
  const before = step === 0 ? "it starts from such ones" : "the steps before were too large";
  const spoilt = network.slots.find(({ weights }) => isSpoilt(viewOf(network, weights)));
  if (spoilt) {
    return `"${spoilt.name}" has weights that are not finite: ${before}`;
  }
  const table = network.tables.find(({ table }) => isSpoilt(table.weights))?.table;
  if (table) return `"${table.name}" has rows that are not finite: ${before}`;
  const running = [...network.statistics].find(([, tensor]) => isSpoilt(viewOf(network, tensor)));
  if (running) {
    return step === 0
      ? `"${running[0]}" is not finite: ${before}`
      : `"${running[0]}" is not finite: activations of the steps before had grown too large`;
  }
  return "the weights are finite, so the activations have grown too large";
}

function isSpoilt(values: Float32Array): boolean {
  return values.some((value) => !Number.isFinite(value));
}
